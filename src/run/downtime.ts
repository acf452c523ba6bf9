import { wentWell } from './attempts.ts';
import { stepState, undoneStep } from './steps.ts';
import type { Instant, RunState, StepState } from './types.ts';

/** A time in which the service is down, as the procedure says. */
export interface Downtime {
  /** The step by which it began. */
  readonly step: string;
  readonly from: Instant;
  /** Absent: it lasts still. */
  readonly to?: Instant;
}

/**
 * The run's downtimes as they really were, by its events' times. A rollback ends one when all is undone down to the step
 * that began it; and where it undoes what was done within one that had ended, the service is down again meanwhile.
 */
export function downtimes(state: RunState): readonly Downtime[] {
  if (state.mode === 'dryrun') return [];
  const pairs = pairsOf(state);
  const forward = pairs.flatMap(({ begins, ends }): readonly Downtime[] => {
    const from = begunAt(stepState(state, begins, 'apply'));
    if (from === undefined) return [];
    const to = upAgainAt(state, ends) ?? undoneAt(state, begins);
    return [{ step: begins, from, ...(to === undefined ? {} : { to }) }];
  });
  const back = pairs.toReversed().flatMap(({ begins, ends }): readonly Downtime[] => {
    if (ends === undefined || upAgainAt(state, ends) === undefined) return [];
    const again = undosOf(state, placeOf(state, begins) + 1, placeOf(state, ends))[0]?.openedAt;
    if (again === undefined) return [];
    const to = undoneAt(state, begins);
    return [{ step: begins, from: again, ...(to === undefined ? {} : { to }) }];
  });
  return [...forward, ...back];
}

/** The downtime that the run is in, or has ended in. */
export const downNow = (state: RunState): Downtime | undefined => downtimes(state).find(({ to }) => to === undefined);

/** The steps by which each downtime begins and ends. */
export function pairsOf({
  plan,
}: Pick<RunState, 'plan'>): readonly { readonly begins: string; readonly ends?: string }[] {
  const marked = plan.steps.filter(({ downtime }) => downtime !== undefined);
  return marked.flatMap(({ id, downtime }, index) => {
    const after = marked[index + 1];
    if (downtime !== 'begins') return [];
    return [{ begins: id, ...(after?.downtime === 'ends' ? { ends: after.id } : {}) }];
  });
}

/** A step that was passed over everywhere takes nothing down, nor one that waits for its window. */
function begunAt(step: StepState | undefined): Instant | undefined {
  if (step?.held === true) return undefined;
  return isTaken(step) ? step?.openedAt : undefined;
}

/** Nor does one that was passed over everywhere bring anything up. */
function upAgainAt(state: RunState, ends: string | undefined): Instant | undefined {
  const step = ends === undefined ? undefined : stepState(state, ends, 'apply');
  return isTaken(step) ? endedAt(step) : undefined;
}

const isTaken = (step: StepState | undefined): boolean =>
  step?.tasks.some(({ skip, trouble }) => skip !== 'when' && skip !== 'empty' && trouble === undefined) === true;

/** What a person skipped, or what failed and is gone on without, has brought nothing up again. */
function endedAt(step: StepState | undefined): Instant | undefined {
  const well = step?.tasks.every(
    ({ outcome, skippedAt }) => outcome !== undefined && wentWell(outcome) && skippedAt === undefined,
  );
  return step?.status === 'done' && well === true ? step.endedAt : undefined;
}

/** Where in the plan a step stands. */
const placeOf = ({ plan }: RunState, id: string | undefined): number => plan.steps.findIndex((step) => step.id === id);

/** The rollback's steps that undo those from one place in the plan to another, in the order in which they are taken. */
const undosOf = (state: RunState, from: number, to: number): readonly StepState[] =>
  state.undo.filter(({ id }) => {
    const at = placeOf(state, undoneStep(state.plan, id)?.id);
    return at >= from && at <= to;
  });

/** When everything from this step on was undone; undefined: it is not, or a person has passed over some of it. */
function undoneAt(state: RunState, id: string): Instant | undefined {
  if (state.rollback === undefined) return undefined;
  const ends = undosOf(state, placeOf(state, id), state.plan.steps.length).map(endedAt);
  const known = ends.flatMap((at) => at ?? []);
  return known.length < ends.length ? undefined : [state.rollback.at, ...known].sort().at(-1);
}
