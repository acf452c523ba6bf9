import { wentWell } from './attempts.ts';
import { isTakenBack } from './rehearsals.ts';
import { isGuard, placeOf } from './steps.ts';
import type { Effect, EventBody, RunState, RunStatus, StepState, TaskState } from './types.ts';
import { notUndone } from './undo.ts';

/**
 * Nothing is left to be done: how the run ended, and why, where that needs a word. A rehearsal has its rollback before it,
 * as any other that a person decides on.
 */
export function finished(state: RunState): Effect {
  return { do: 'record', event: state.ending === undefined ? outcome(state) : withAlways(state, 'failed') };
}

/** The run ends so, once what is always done at its end is done. A run that never began has nothing to end. */
export function ended(state: RunState, status: RunStatus, because: string): EventBody {
  const more = { status, ...(because === '' ? {} : { because }) };
  const always = state.mode === 'apply' && state.always.length > 0 && hasBegun(state, status);
  return always ? { type: 'always_started', ...more } : { type: 'run_finished', ...more };
}

/**
 * The end of a run in which the steps of `always` have been taken, or given up. They make no end better; only a success, or a
 * rehearsal that was, is made worse by what did not go well.
 */
export function withAlways(state: RunState, worse: 'failed' | 'aborted', ...words: readonly string[]): EventBody {
  const { status = 'succeeded', because } = state.ending ?? {};
  // What was given up went as whoever aborted it wanted.
  const bad = tasksOf(state.always)
    .filter(({ outcome: end }) => end !== 'aborted' || worse === 'failed')
    .flatMap(failedAs);
  const isWell = status === 'succeeded' || (status === 'rolled_back' && state.rollback?.rehearsed === true);
  const isWorse = isWell && (bad.length > 0 || words.length > 0);
  const parts = [...words, ...bad.map((each) => `at its end ${each}`)].join('; ');
  const what = isWorse ? `its steps succeeded, but ${parts}` : parts;
  const all = [because, what, ...tasksOf(state.always).flatMap(skippedAs)].filter(isSaid);
  const more = all.length === 0 ? {} : { because: all.join('; ') };
  return { type: 'run_finished', status: isWorse ? worse : status, ...more };
}

/** More than guards has been looked at, which is all that is done before a run may change anything. */
const hasBegun = (state: RunState, status: RunStatus): boolean =>
  status === 'succeeded' ||
  state.rollback !== undefined ||
  (state.blocked.length === 0 &&
    state.steps.some(({ id, openedAt }) => openedAt !== undefined && !isGuard(state.plan, id)));

function outcome(state: RunState): EventBody {
  if (state.blocked.length > 0 && state.rollback === undefined) {
    return ended(state, 'failed', `blocked: ${state.blocked.join('; ')}`);
  }
  if (state.rollback !== undefined) {
    const after = tasksOf(state.after);
    const left = [...notUndone(state), ...after.flatMap(failedAs)];
    const because = left.length === 0 ? [state.rollback.because] : left;
    return ended(
      state,
      left.length === 0 ? 'rolled_back' : 'failed',
      [...because, ...after.flatMap(skippedAs)].join('; '),
    );
  }
  const passedOver = state.mode === 'dryrun' ? [] : tasksOf(state.steps).flatMap(passedOverAs);
  if (state.mode === 'dryrun' || !isTakenBack(state)) return ended(state, 'succeeded', passedOver.join('; '));
  return { type: 'rollback_started', because: ['the rehearsal succeeded', ...passedOver].join('; '), rehearsed: true };
}

const tasksOf = (steps: readonly StepState[]): readonly TaskState[] => steps.flatMap(({ tasks }) => tasks);

const isSaid = (words: string | undefined): words is string => words !== undefined && words !== '';

/** A run that succeeded says what in it did not. */
const passedOverAs = (task: TaskState): readonly string[] => [
  ...skippedAs(task),
  ...failedAs(task).map((words) => `${words}, and the procedure goes on without it`),
];

const skippedAs = ({ skippedAt, ...task }: TaskState): readonly string[] =>
  skippedAt === undefined ? [] : [`step ${task.step} on ${placeOf(task)} was skipped at ${skippedAt}`];

const failedAs = ({ skippedAt, outcome: end, ...task }: TaskState): readonly string[] =>
  skippedAt !== undefined || end === undefined || wentWell(end)
    ? []
    : [`step ${task.step} on ${placeOf(task)} ended ${end}`];
