import type { Attempt, Outcome, Reached, TaskState } from './types.ts';

/** The task's outcome is one that lets the run go on. */
export const wentWell = (outcome: Outcome): boolean =>
  outcome === 'ok' || outcome === 'changed' || outcome === 'skipped';

/** How the attempt ended, as far as is known now. */
export const outcomeOf = (attempt: Attempt): Outcome | undefined => attempt.settled?.outcome ?? attempt.outcome;

export const lastAttempt = (task: TaskState): Attempt | undefined => task.attempts.at(-1);

/** The last attempt whose end nobody saw. */
export const unknownAttempt = (task: TaskState): Attempt | undefined =>
  task.attempts.findLast((attempt) => outcomeOf(attempt) === 'unknown');

/** Phases in which a job may have changed its host. */
const CHANGING: readonly Reached[] = ['apply', 'verify'];

/**
 * Whether the attempts together may have changed the host, so that a rollback must undo them. It does not matter what
 * was made of the task later: one that changed half of something and was then skipped has still done so.
 */
export const mayHaveChanged = (task: TaskState): boolean => task.attempts.some(attemptMayHaveChanged);

function attemptMayHaveChanged(attempt: Attempt): boolean {
  switch (outcomeOf(attempt)) {
    case 'changed':
    case 'unknown':
      return true;
    case 'failed':
    case 'timed_out':
    case 'aborted':
      return attempt.finished === undefined || CHANGING.includes(attempt.finished.reached);
    case undefined:
      return attempt.startedAt !== undefined;
    case 'ok':
    case 'skipped':
    case 'unreachable':
      return false;
  }
}

/** Whether one of the attempts is known to have begun to change the host: its end was seen, or settled. */
export const hasApplied = (task: TaskState): boolean =>
  task.attempts.some(
    (attempt) =>
      outcomeOf(attempt) !== 'unknown' &&
      attemptMayHaveChanged(attempt) &&
      attempt.finished !== undefined &&
      CHANGING.includes(attempt.finished.reached),
  );

/** The task with one attempt changed. */
export function withAttempt(task: TaskState, number: number, change: (attempt: Attempt) => Attempt): TaskState {
  return {
    ...task,
    attempts: task.attempts.map((attempt) => (attempt.attempt === number ? change(attempt) : attempt)),
  };
}
