import { type Reference, referencesOf } from '../language/expressions.ts';
import { callsAround } from './calls-around.ts';
import type { PlanStep } from './types.ts';

/**
 * The steps with those that are to be looked at before the first change standing there too, as steps of their own: so
 * what they find is recorded, shown and collected like anything else that is found before the first change.
 */
export function withPreflight(steps: readonly PlanStep[], early: ReadonlySet<string>): readonly PlanStep[] {
  const first = firstChange(steps);
  const copies = steps
    .slice(first)
    .filter((step) => early.has(step.id))
    .map(({ downtime, ...step }) => ({
      ...step,
      undo: { kind: 'none' } as const,
      id: `preflight/${step.id}`,
      name: `${step.name}, before the first change`,
    }));
  return [...steps.slice(0, first), ...copies, ...steps.slice(first)];
}

/**
 * Of those steps, what they ask for that is known only after the first change. In its own file a procedure's steps are
 * held to that where they are read; here it shows what comes before them where their procedure is called.
 */
export function tooLate(
  steps: readonly PlanStep[],
  early: ReadonlySet<string>,
): readonly { readonly id: string; readonly source: string }[] {
  const earlier = steps.slice(0, firstChange(steps));
  const later = steps.slice(firstChange(steps));
  const unfinished = new Set(later.flatMap(callsAround));
  const known = new Set([
    ...earlier.map(({ id }) => id),
    ...earlier.flatMap(callsAround).filter((call) => !unfinished.has(call)),
  ]);
  return later
    .filter(({ id }) => early.has(id))
    .flatMap((step) => {
      const late = asked(step).find((each) => each.kind === 'step' && !known.has(nameIn(step, each.id)));
      return late === undefined ? [] : [{ id: step.id, source: late.source }];
    });
}

const nameIn = ({ call }: PlanStep, id: string): string => (call === undefined ? id : `${call}/${id}`);

function asked({ when, work }: PlanStep): readonly Reference[] {
  const own =
    work.kind === 'check'
      ? [work.holds]
      : work.kind === 'expect'
        ? Object.values(work.table).flatMap((row) =>
            Object.values(row).flatMap((cell) => ('any' in cell ? [] : [cell])),
          )
        : [];
  return [...(when === undefined ? [] : [when]), ...own].flatMap((source) => referencesOf(source));
}

/** Where the first step stands that may change a host, by a job or by somebody's hand; past the end where none does. */
function firstChange(steps: readonly PlanStep[]): number {
  const first = steps.findIndex((step) => !step.readOnly && (step.work.kind === 'job' || step.work.kind === 'ask'));
  return first < 0 ? steps.length : first;
}
