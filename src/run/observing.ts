import type { Attempt, Effect, TaskState } from './types.ts';

export type Observe = Extract<Effect, { readonly do: 'observe' }>;

/** Reads on a task's host for one of its attempts. */
export function observe(
  { step, host, item, phase }: TaskState,
  { attempt }: Attempt,
  what: Observe['for'],
  facts: readonly string[],
): Observe {
  return { do: 'observe', for: what, step, phase, host, item, attempt, facts };
}
