import type { PlanStep } from '../plan/types.ts';
import { lastAttempt, outcomeOf } from './attempts.ts';
import { later } from './time.ts';
import type { Attempt, Instant, Outcome, RunState, TaskState } from './types.ts';

/** What is tried again where the step may be done twice; what never started is tried again in any case. */
const AGAIN: readonly Outcome[] = ['failed', 'timed_out', 'unknown'];

/**
 * When a task that has ended so is to be tried again by itself; undefined: it is not. A job whose end nobody saw is tried
 * again once in any case, if it may be done twice and nothing of it lives.
 */
export function triesAgainAt(
  state: RunState,
  step: PlanStep | undefined,
  task: TaskState,
  outcome: Outcome,
  at: Instant,
): Instant | undefined {
  const attempt = lastAttempt(task);
  if (state.aborting !== undefined || step === undefined || attempt === undefined) return undefined;
  // Done again, it would be done with other values.
  if (task.lost === true) return undefined;
  if (outcome !== 'unreachable' && !(step.idempotent && AGAIN.includes(outcome))) return undefined;
  // Also where the task's outcome is another: a host was waited for in vain, and its job's end nobody saw.
  if (outcomeOf(attempt) === 'unknown' && attempt.alive !== false) return undefined;
  const unknown = outcome === 'unknown';
  const { times, delayMs } = step.retries ?? { times: 0, delayMs: 0 };
  return byThemselves(task) < Math.max(times, unknown ? 1 : 0) ? later(at, delayMs) : undefined;
}

/** How many of the last attempts nobody asked for: whoever asks for one gives all retries anew. */
export function byThemselves({ attempts }: TaskState): number {
  const asked = attempts.findLastIndex((attempt) => attempt.byItself === undefined);
  return attempts.length - 1 - asked;
}

/** The attempt waits for its time: nothing of it has been begun. */
export const isNotDue = (state: RunState, attempt: Attempt): boolean => attempt.dueAt > state.lastAt;

/** Nothing of the attempt can have been begun before somebody aborted the run. */
export const neverDue = (state: RunState, attempt: Attempt): boolean =>
  state.aborting !== undefined && attempt.dueAt > state.aborting.at;
