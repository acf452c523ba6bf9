import type { Restart } from '../actions/types.ts';
import { outcomeOf } from './attempts.ts';
import { jobOf } from './next-opening.ts';
import { type Observe, observe } from './observing.ts';
import { deadlineOf, isBack } from './restart.ts';
import type { Attempt, Effect, TaskState } from './types.ts';
import { conditionFacts } from './verdict.ts';

/**
 * What brings a host that is to restart nearer to being back. First by what it runs is read and recorded: only so can be
 * told later, by whomever, that it has restarted, and the command knows by it not to be given twice.
 */
export function restarting(restart: Restart, task: TaskState, attempt: Attempt): readonly Effect[] {
  if (task.boot === undefined) return [observe(task, attempt, 'boot', [])];
  const job = jobOf(task, attempt.attempt);
  const seen = task.restart;
  if (isToBeTold(task, attempt)) return [{ do: 'ensure_job', job }];
  // It goes on as before, and nobody saw whether it was told at all.
  if (seen?.stage === 'before' && outcomeOf(attempt) === 'unknown' && attempt.looks === 0)
    return [{ do: 'settle', job }];
  if (seen?.stage === 'held') {
    const event = {
      type: 'job_settled',
      job,
      outcome: 'changed',
      by: 'checks',
      evidence: EVIDENCE,
      alive: false,
    } as const;
    return [{ do: 'record', event }];
  }
  if (seen !== undefined && isBack(seen) && seen.locked !== true) return [{ do: 'lock', host: task.host }];
  return [waiting(restart, task, attempt)];
}

const EVIDENCE = 'the host has started anew since it was told to, and is as it must be';

/** Whoever tries again looks first: a host that has restarted since is only waited for. */
function isToBeTold({ restart }: TaskState, { attempt, startedAt, finished }: Attempt): boolean {
  if (finished !== undefined) return false;
  return attempt === 1 || startedAt !== undefined || restart?.stage === 'before';
}

/** \`until\` is asked only of a host that is known to have started anew. */
function waiting(restart: Restart, task: TaskState, attempt: Attempt): Observe {
  const facts = restart.until === undefined || !isBack(task.restart) ? [] : conditionFacts(restart.until, task.host);
  const poll = { everyMs: restart.everyMs, deadline: deadlineOf(restart, task, attempt) };
  return { ...observe(task, attempt, 'restart', facts), poll };
}
