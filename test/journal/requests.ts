import type { Clock } from '../../src/engine/ports.ts';
import type { EventBody } from '../../src/run/types.ts';
import { plan, step } from '../run/plans.ts';

export const FIRST: Extract<EventBody, { type: 'run_requested' }> = {
  type: 'run_requested',
  plan: plan([step('one')]),
  mode: 'apply',
  by: { kind: 'terminal', user: 'olivia' },
  where: { kind: 'terminal' },
};

export const STARTED: EventBody = { type: 'run_started', worker: 'test', epoch: 1 };

/** A clock that shows what it is told, and does not sleep. */
export function clockAt(...times: readonly string[]): Clock {
  const left = [...times];
  return { now: () => (left.length > 1 ? left.shift() : left[0]) ?? '', sleep: () => Promise.resolve() };
}

export const AT = '2026-11-22T02:45:00.000Z';

export const COMMENT = { kind: 'issue', owner: 'acme', repo: 'ops', issue: 1, comment: 5 } as const;
