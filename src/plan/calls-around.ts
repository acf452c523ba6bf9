import type { PlanStep } from './types.ts';

/** The calls that a step belongs to, the outermost first. */
export function callsAround({ call }: Pick<PlanStep, 'call'>): readonly string[] {
  const ids = call?.split('/') ?? [];
  return ids.map((_, index) => ids.slice(0, index + 1).join('/'));
}
