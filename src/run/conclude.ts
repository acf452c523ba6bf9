import type { PlanStep } from '../plan/types.ts';
import { lastAttempt, outcomeOf } from './attempts.ts';
import { isRestarting, restartOf } from './restart.ts';
import { triesAgainAt } from './retrying.ts';
import { planStep, undoesItself } from './steps.ts';
import type { Attempt, Instant, RunState, TaskState } from './types.ts';

/** How often a job whose process lives is followed anew before a person is asked. */
const MOST_LOOKS = 3;

/** By this an undo says that what stands there now is not what this run left (`NOT_AS_LEFT` of the actions). */
const NOT_AS_LEFT = 77;

/** Gives a job's task its outcome, once nothing more is to be looked at for it. */
export function conclude(state: RunState, task: TaskState, at: Instant): TaskState {
  const attempt = lastAttempt(task);
  const outcome = attempt && outcomeOf(attempt);
  if (task.outcome !== undefined || attempt === undefined || outcome === undefined) return task;
  const step = jobStep(state, task);
  if (step !== undefined && restartOf(step) !== undefined && isRestarting(state, attempt)) return task;
  const detail = detailOf(attempt);
  const ended = { ...task, outcome, ...(detail === undefined ? {} : { detail }) };
  if (outcome === 'unknown') {
    if (wantsLook(state, attempt) || wantsChecks(state, task, attempt)) return task;
    return orAgain(state, ended, at);
  }
  return wantsVerify(state, task) ? task : orAgain(state, ended, at);
}

/** The unknown job is to be looked at again: once in any case, and while it lives it is followed. */
export function wantsLook(state: RunState, attempt: Attempt): boolean {
  if (outcomeOf(attempt) !== 'unknown') return false;
  return attempt.looks === 0 || (state.aborting === undefined && attempt.alive === true && attempt.looks < MOST_LOOKS);
}

/** Nothing of the unknown job lives, and its step says how to tell whether its work is done. */
export function wantsChecks(state: RunState, task: TaskState, attempt: Attempt): boolean {
  if (outcomeOf(attempt) !== 'unknown' || attempt.alive !== false || task.lost === true) return false;
  if (state.aborting !== undefined || attempt.checks?.hold === false) return false;
  const step = jobStep(state, task);
  return step !== undefined && hasChecks(step);
}

function hasChecks(step: PlanStep): boolean {
  const { work } = step;
  if (work.kind !== 'job') return false;
  const doneWhen = step.doneWhen !== undefined || work.probe !== undefined;
  return doneWhen && (step.verify !== undefined || work.verify !== undefined);
}

/** The job went well, and `verify`, as an expression, is still to be looked at. */
export function wantsVerify(state: RunState, task: TaskState): boolean {
  const attempt = lastAttempt(task);
  const outcome = attempt && outcomeOf(attempt);
  if (task.outcome !== undefined || (outcome !== 'ok' && outcome !== 'changed')) return false;
  // Where there was nothing to do nothing was done, and where the checks settled it, they have looked.
  if (attempt?.finished?.reached === 'probe' || attempt?.settled?.by === 'checks') return false;
  return jobStep(state, task)?.verify !== undefined;
}

/** The task's own step; none where its job is the step's undo script, of which the step's checks say nothing. */
function jobStep(state: RunState, task: TaskState): PlanStep | undefined {
  if (task.phase === 'undo' && undoesItself(state.plan, task.step)) return undefined;
  return planStep(state.plan, task.step, task.phase);
}

/** The task as it has ended; or due once more, where its step says that it is tried again by itself. */
export function orAgain(state: RunState, task: TaskState, at: Instant): TaskState {
  const due = task.outcome && triesAgainAt(state, jobStep(state, task), task, task.outcome, at);
  return due === undefined ? task : withNextAttempt(state, task, due, true);
}

/** The task due once more, from that time on. */
export function withNextAttempt(state: RunState, task: TaskState, at: Instant, byItself: boolean): TaskState {
  const { outcome, detail, lastRead, restart, skippedAt, behind, ...rest } = task;
  const attempt = (lastAttempt(task)?.attempt ?? 0) + 1;
  const more = byItself ? ({ byItself: true } as const) : {};
  const next: Attempt = { attempt, dueAt: at, epoch: state.epoch, looks: 0, ...more };
  return { ...rest, attempts: [...task.attempts, next] };
}

/** Why an attempt ended as it did, in words. */
export function detailOf(attempt: Attempt): string | undefined {
  const { finished, settled, checks } = attempt;
  if (settled?.outcome === 'unknown') return [settled.evidence, checks?.evidence].filter(Boolean).join('; ');
  if (settled?.by === 'checks') return `its end was not seen; ${settled.evidence}`;
  if (finished === undefined || finished.outcome === 'ok' || finished.outcome === 'changed') return undefined;
  if (finished.why !== undefined) return finished.why;
  if (finished.job.phase === 'undo' && finished.exit_code === NOT_AS_LEFT) {
    return 'what stands there now is not what this run left, so it was not touched';
  }
  if (finished.outcome === 'timed_out') return `it was stopped in ${finished.reached} when its time was up`;
  if (finished.outcome === 'aborted') return `it was stopped in ${finished.reached}`;
  return finished.exit_code === null
    ? `a signal ended it in ${finished.reached}`
    : `exit ${String(finished.exit_code)} in ${finished.reached}`;
}
