import { outcomeOf, withAttempt } from './attempts.ts';
import { conclude, detailOf } from './conclude.ts';
import { taskState, withTask } from './steps.ts';
import type { Attempt, EventBody, Instant, JobKey, RunState, TaskState } from './types.ts';

type Event<T extends EventBody['type']> = Extract<EventBody, { readonly type: T }>;

export function jobStarted(state: RunState, { job }: Event<'job_started'>, at: Instant): RunState {
  return withJob(state, job, at, (attempt) =>
    attempt.startedAt === undefined && attempt.finished === undefined ? { ...attempt, startedAt: at } : attempt,
  );
}

/** A known end stands, whatever is heard later; an unknown one is replaced by a known one, or by one that tells more. */
export function jobFinished(state: RunState, event: Event<'job_finished'>, at: Instant): RunState {
  return withJob(state, event.job, at, (attempt) => {
    if (attempt.finished !== undefined) {
      if (outcomeOf(attempt) !== 'unknown') return attempt;
      if (event.outcome === 'unknown') return { ...attempt, finished: event };
    }
    const { settled, ...rest } = attempt;
    const alive = event.alive === undefined ? {} : { alive: event.alive };
    return { ...rest, finished: event, outcome: event.outcome, endedAt: at, ...alive };
  });
}

export function jobSettled(state: RunState, event: Event<'job_settled'>, at: Instant): RunState {
  const looked = withJob(state, event.job, at, (attempt) => {
    const alive = event.alive === undefined ? {} : { alive: event.alive };
    return { ...attempt, settled: event, looks: attempt.looks + 1, endedAt: at, ...alive };
  });
  return withTask(looked, event.job, ({ lookAgain, ...task }) => task);
}

function withJob(state: RunState, job: JobKey, at: Instant, change: (attempt: Attempt) => Attempt): RunState {
  if (taskState(state, job) === undefined) return state;
  return withTask(state, job, (task) => {
    const known = state.rebuilt === undefined ? task : withFound(state, task, job.attempt, at);
    return nowKnown(conclude(state, withAttempt(known, job.attempt, change), at));
  });
}

/** A record that was made anew does not know who asked for an attempt; that its host has it is enough. */
function withFound(state: RunState, task: TaskState, attempt: number, at: Instant): TaskState {
  if (task.attempts.some((each) => each.attempt === attempt)) return task;
  const attempts = [...task.attempts, { attempt, dueAt: at, epoch: state.epoch, looks: 0 }];
  if (task.skip !== undefined) return { ...task, attempts };
  const { outcome, detail, ...rest } = task;
  return { ...rest, attempts };
}

/** A task that was left unknown gets the outcome that a later look found. */
function nowKnown(task: TaskState): TaskState {
  const attempt = task.attempts.at(-1);
  const outcome = attempt && outcomeOf(attempt);
  if (task.outcome !== 'unknown' || attempt === undefined || outcome === undefined || outcome === 'unknown')
    return task;
  const { detail, ...rest } = task;
  const now = detailOf(attempt);
  return { ...rest, outcome, ...(now === undefined ? {} : { detail: now }) };
}
