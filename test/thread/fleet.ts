import type { Loop } from '../../src/language/types.ts';
import type { Plan, PlanStep } from '../../src/plan/types.ts';
import { host, job, pryvPlan, step } from './pryv.ts';
import { finished, type World } from './story.ts';

/** A restart of a small fleet: by facts, for items, in batches and again. */
const HOSTS = ['web-1', 'web-2', 'web-3', 'web-4'];
const script = (text: string) => job({ shell: 'sh', text }, { env: {} });
const UNDO = { undo: { kind: 'leave', reason: 'a restart more does no harm' } } as const;

const items = (count: number): Loop => ({
  list: Array.from({ length: count }, (_, index) => ({ lit: `site-${String(index + 1)}` })),
});

export function fleetPlan(sites = 3): Plan {
  const start = step('stop/undo-1', 'Start it again', script('systemctl start "$item"\n'), {
    hosts: HOSTS,
    onChosen: true,
  });
  const steps: readonly PlanStep[] = [
    step('stop', 'Stop the old services', script('systemctl stop "$item"\n'), {
      hosts: HOSTS,
      choice: { named: [], where: [{ fact: 'release', value: '1.5' }] },
      maxHosts: 3,
      loop: { list: [{ lit: 'nginx' }, { lit: 'app' }] },
      undo: { kind: 'steps', steps: [start] },
    }),
    step('sites', 'Bring each site over', script('bring-over "$item" "$PORT"\n'), {
      hosts: HOSTS.slice(0, 3),
      loop: items(sites),
      ...UNDO,
    }),
    step('old', 'Remove what is old', script('rm -r "$item"\n'), {
      hosts: ['web-1'],
      loop: { expr: '${{ fromJSON(facts.old) }}' },
      undo: { kind: 'irreversible' },
    }),
    step('restart', 'Restart', script('systemctl restart app\n'), {
      hosts: HOSTS,
      serial: { hosts: 2 },
      idempotent: true,
      retries: { times: 2, delayMs: 30_000 },
      ...UNDO,
    }),
    step('tell', 'Tell the others', script('tell\n'), { hosts: ['web-1'], runOnce: true, ...UNDO }),
  ];
  return {
    ...pryvPlan(),
    system: 'web',
    verb: 'restart',
    file: 'procedures/web/restart.yml',
    params: {},
    typed: { positional: [], named: [] },
    hosts: HOSTS.map((name) => host(name)),
    facts: {
      release: { name: 'release', type: 'string', script: { shell: 'sh', text: 'cat RELEASE' } },
      old: { name: 'old', type: 'string', script: { shell: 'sh', text: 'list-old' } },
    },
    steps,
  };
}

/** Two hosts have the old release; one site fails on one of them, and a restart only goes well the third time. */
export const fleet: World = {
  factsOn: (name) => ({
    release: { value: name === 'web-1' || name === 'web-3' ? '1.5' : '1.6' },
    old: { value: '[]' },
  }),
  job: (each) => {
    if (each.step === 'sites' && each.item === 'site-2' && each.host === 'web-2' && each.attempt < 3) {
      return { report: finished('failed', 1200), stderr: { text: 'site-2: no such site\n' } };
    }
    if (each.step === 'restart' && each.host === 'web-3' && each.attempt < 3) {
      return { report: finished('failed', 900), stderr: { text: 'app did not come up\n' } };
    }
    return undefined;
  },
};
