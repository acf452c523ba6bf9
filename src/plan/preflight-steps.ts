import type { PlanStep } from './types.ts';

/**
 * The steps with those that are to be looked at before the first change standing there too, as steps of their own: so
 * what they find is recorded, shown and collected like anything else that is found before the first change.
 */
export function withPreflight(steps: readonly PlanStep[], early: ReadonlySet<string>): readonly PlanStep[] {
  const first = steps.findIndex((step) => !step.readOnly && step.work.kind === 'job');
  if (first < 0) return steps;
  const copies = steps
    .slice(first)
    .filter((step) => early.has(step.id))
    .map(({ downtime, ...step }) => ({
      ...step,
      id: `preflight/${step.id}`,
      name: `${step.name}, before the first change`,
    }));
  return [...steps.slice(0, first), ...copies, ...steps.slice(first)];
}
