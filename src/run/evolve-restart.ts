import { lastAttempt, outcomeOf, withAttempt } from './attempts.ts';
import { orAgain } from './conclude.ts';
import { asOfNow, deadlineOf, isBack, isNews, isRestless, overdue, restartOf, standing } from './restart.ts';
import { planStep, withAllSteps } from './steps.ts';
import type { Attempt, Instant, ObservedFor, RunState, TaskState } from './types.ts';

/** By what the host runs before it is told to restart. */
export function bootSeen(state: RunState, task: TaskState, seen: ObservedFor<'boot'>, at: Instant): TaskState {
  const { boot, unreachable } = seen;
  if (unreachable !== undefined) {
    const ended = withAttempt(task, seen.attempt, (attempt) => ({ ...attempt, outcome: 'unreachable', endedAt: at }));
    return orAgain(state, { ...ended, outcome: 'unreachable', detail: unreachable }, at);
  }
  if (boot !== undefined) return { ...task, boot };
  return orAgain(state, { ...task, outcome: 'failed', detail: UNREADABLE }, at);
}

const UNREADABLE =
  'by which boot it runs cannot be read (/proc/sys/kernel/random/boot_id), so nobody could tell whether it has restarted';

/** How the host stands since. Where nothing is new, its time was up. */
export function restartSeen(state: RunState, task: TaskState, seen: ObservedFor<'restart'>, at: Instant): TaskState {
  const restart = restartOf(planStep(state.plan, task.step, task.phase));
  const attempt = lastAttempt(task);
  if (restart === undefined || attempt === undefined) return task;
  const read = seen.condition === undefined ? {} : { lastRead: seen.condition };
  if (state.mode === 'dryrun') return { ...task, ...read, restart: asOfNow(state, restart, task, seen, at) };
  const now = standing(state, restart, task, seen, at);
  if (isNews(task, now) && !isRestless(restart, attempt, now)) return { ...task, ...read, restart: now };
  if (at < deadlineOf(restart, task, attempt)) return task;
  if (now.stage === 'well' && !isNews(task, now)) return held(task, attempt, at);
  return orAgain(state, { ...task, ...read, ...overdue(restart, attempt, now) }, at);
}

/** Where the job's end was not seen, that is settled first, by this. */
function held(task: TaskState, attempt: Attempt, at: Instant): TaskState {
  const restart = { ...task.restart, stage: 'held', since: at, times: task.restart?.times ?? 1 } as const;
  if (outcomeOf(attempt) === 'unknown') return { ...task, restart };
  return { ...task, restart, outcome: 'changed' };
}

/** The lock of a host that has started anew is ours, still or again; or it could not be asked for. */
export function locksAnew(state: RunState, { host, held: other, trouble }: ObservedFor<'lock'>, at: Instant): RunState {
  if (other !== undefined) return state;
  const change = (task: TaskState): TaskState => {
    const { restart } = task;
    if (task.host !== host || task.outcome !== undefined || restart === undefined || !isBack(restart)) return task;
    if (trouble === undefined) return { ...task, restart: { ...restart, locked: true } };
    const { boot, times } = restart;
    return {
      ...task,
      restart: { stage: 'away', since: at, ...(boot === undefined ? {} : { boot }), times, why: trouble },
    };
  };
  return withAllSteps(state, (step) => ({ ...step, tasks: step.tasks.map(change) }));
}
