import type { JobWork, Work } from '../../src/actions/types.ts';
import type { Script } from '../../src/language/types.ts';
import type { Plan, PlanHost, PlanStep } from '../../src/plan/types.ts';

export const sh = (text: string): Script => ({ shell: 'sh', text });

export const hostNamed = (name: string, vars: PlanHost['vars'] = {}): PlanHost => ({
  name,
  address: `${name}.example.org`,
  port: 22,
  user: 'root',
  vars,
});

export const jobWork = (more: Partial<JobWork> = {}): JobWork => ({
  kind: 'job',
  env: {},
  apply: sh('apply'),
  undo: sh('undo'),
  needs: [],
  touches: { paths: [], units: [] },
  ...more,
});

export const check = (expr: string): Work => ({ kind: 'check', holds: { expr } });

/** A step with the defaults of the language. */
export function step(id: string, more: Partial<PlanStep> = {}): PlanStep {
  return {
    id,
    name: id,
    action: 'run',
    input: 'apply',
    hosts: ['alpha'],
    work: jobWork(),
    timeoutMs: 600_000,
    readOnly: false,
    idempotent: false,
    critical: false,
    onFailure: 'prompt',
    undo: (more.work ?? jobWork()).kind === 'job' && more.readOnly !== true ? { kind: 'self' } : { kind: 'none' },
    ...more,
  };
}

export function plan(steps: readonly PlanStep[], more: Partial<Plan> = {}): Plan {
  const all = [...steps, ...(more.rollback ?? []), ...(more.always ?? [])];
  const names = [...new Set(all.flatMap((each) => each.hosts))];
  return {
    system: 'pryv',
    verb: 'upgrade',
    file: 'procedures/pryv/upgrade.yml',
    commit: null,
    description: 'A test',
    params: { version: '1.6' },
    typed: { positional: ['version'], named: [] },
    hosts: names.map((name) => hostNamed(name)),
    facts: {
      version: { name: 'version', type: 'string', script: sh('version') },
      free: { name: 'free', type: 'int', script: sh('free') },
      up: { name: 'up', type: 'bool', script: sh('up') },
    },
    steps,
    procedure_digest: 'a'.repeat(64),
    plan_digest: 'b'.repeat(64),
    ...more,
  };
}
