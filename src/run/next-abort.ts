import { lastAttempt, outcomeOf, unknownAttempt } from './attempts.ts';
import { wantsLook } from './conclude.ts';
import { jobOf, stopAndLook } from './next-opening.ts';
import { ended, withAlways } from './next-end.ts';
import { neverDue } from './retrying.ts';
import { allSteps, isJob, placeOf } from './steps.ts';
import type { Effect, RunState, TaskState } from './types.ts';

/**
 * Somebody decided to abort: jobs under way are stopped and their ends awaited, then the run ends. Nothing new is begun:
 * a job of which no start is known is settled (the host proves that it never will start), not ensured.
 */
export function aborting(state: RunState): readonly Effect[] {
  const tasks = allSteps(state).flatMap((step) => step.tasks);
  const stopping = tasks.flatMap((task) => stop(state, task));
  return stopping.length > 0 ? stopping : [aborted(state)];
}

function stop(state: RunState, task: TaskState): readonly Effect[] {
  const attempt = lastAttempt(task);
  // There nothing can start, and what was seen before is all that can be known.
  if (isBarred(state, task)) return [];
  if (attempt === undefined || state.mode === 'dryrun' || neverDue(state, attempt)) return [];
  const unknown = task.lookAgain === true ? unknownAttempt(task) : undefined;
  if (unknown !== undefined) return stopAndLook(jobOf(task, unknown.attempt), unknown.alive);
  const job = jobOf(task, attempt.attempt);
  if (wantsLook(state, attempt)) return stopAndLook(job, attempt.alive);
  if (outcomeOf(attempt) !== undefined || !isJob(state.plan, task) || task.outcome !== undefined) return [];
  if (attempt.startedAt === undefined) return stopAndLook(job, undefined);
  // Started for certain: to ensure it can only be to follow it.
  return [
    { do: 'kill', job },
    { do: 'ensure_job', job },
  ];
}

const isBarred = ({ barredFrom }: RunState, { host }: TaskState): boolean => barredFrom?.[host] !== undefined;

/** Jobs under way on a host from which the run was barred are over by somebody's word, and nobody saw how. */
const unseenThere = (state: RunState, task: TaskState): boolean =>
  isBarred(state, task) && task.outcome === undefined && task.attempts.length > 0 && isJob(state.plan, task);

function aborted(state: RunState): Effect {
  const by = state.aborting?.by;
  const who = by === undefined ? 'somebody' : by.kind === 'github' ? by.login : by.user;
  const unknown = (state.ending === undefined ? allSteps(state) : state.always)
    .flatMap((step) => step.tasks)
    .filter((task) => (unknownAttempt(task) !== undefined && task.outcome === 'unknown') || unseenThere(state, task))
    .map((task) => `how step ${task.step} ended on ${placeOf(task)} is not known`);
  if (state.barredFrom !== undefined) {
    const because = [...barredWords(state.barredFrom), ...unknown].join('; ');
    return { do: 'record', event: { type: 'run_finished', status: 'aborted', because } };
  }
  if (state.ending !== undefined) {
    const words = `what is always done at its end was aborted by ${who}`;
    return { do: 'record', event: withAlways(state, 'aborted', words, ...unknown) };
  }
  return { do: 'record', event: ended(state, 'aborted', [`aborted by ${who}`, ...unknown].join('; ')) };
}

/** Not even what is always done at the end: nothing more of it may begin. */
const barredWords = (barred: NonNullable<RunState['barredFrom']>): readonly string[] =>
  Object.entries(barred).map(
    ([host, { by, who }]) =>
      `it was closed on ${host} by run ${by}, as ${who} decided there, so that nothing more of it may begin`,
  );
