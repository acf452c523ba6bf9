import { join } from 'node:path';
import { planCall, startRun } from '../src/engine/request.ts';
import { systemClock } from '../src/engine/system-clock.ts';
import type { Workshop } from '../src/engine/workshop.ts';
import { createHosts } from '../src/host/hosts.ts';
import { createLogs } from '../src/host/logs.ts';
import { createSecrets } from '../src/host/secrets.ts';
import { createFileJournal } from '../src/journal/file.ts';
import type { Sshd } from '../test/support/sshd.ts';
import type { Peer } from './peers.ts';

/** A whole run as `changeover run` does it: plan, preflight, lock, journal with every event synced, logs, tidying. */
export function wholeRun(server: Sshd): Peer {
  return {
    name: 'Changeover, a whole run',
    run: async (steps) => {
      const hosts = createHosts({ env: {} });
      const folder = join(server.folder, 'bench');
      const files = filesOf(server, steps);
      const workshop: Workshop = {
        hosts,
        journal: createFileJournal(folder, { clock: systemClock, worker: 'bench' }),
        logs: createLogs(join(folder, 'logs')),
        secrets: createSecrets({}),
        source: {
          head: () => Promise.resolve(null),
          read: (_commit, path) => Promise.resolve(files.get(path)),
          list: () => Promise.resolve([...files.keys()]),
        },
        conversation: { changed: () => undefined, settled: () => Promise.resolve() },
        clock: systemClock,
        worker: 'bench',
      };
      const planned = await planCall(workshop, { system: 'bench', verb: 'true', positional: [], named: [] });
      if (planned.kind !== 'planned') throw new Error(`no plan: ${JSON.stringify(planned)}`);
      const by = { kind: 'terminal', user: 'bench' } as const;
      const drive = await startRun(workshop, { plan: planned.plan, mode: 'apply', by, where: { kind: 'terminal' } });
      const end = await drive.ended;
      await hosts.end();
      if (end.state.status !== 'succeeded') throw new Error(`went wrong: ${end.state.because ?? end.kind}`);
    },
  };
}

function filesOf(server: Sshd, steps: number): ReadonlyMap<string, string> {
  const { address, port, user, key, hostKey } = server.planHost('thurst');
  const host = { address, port, user, key, host_key: hostKey };
  const step = (_: unknown, index: number): object => ({
    id: `step-${String(index + 1)}`,
    run: 'true',
    on_rollback: { leave: 'there is nothing to undo' },
  });
  const procedure = { description: 'Nothing, often', hosts: ['thurst'], steps: Array.from({ length: steps }, step) };
  return new Map([
    ['inventory.yml', JSON.stringify({ hosts: { thurst: host } })],
    ['procedures/bench/true.yml', JSON.stringify(procedure)],
  ]);
}
