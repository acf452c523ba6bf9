import type { Restart } from '../actions/types.ts';
import type { Condition } from '../language/types.ts';
import type { PlanStep } from '../plan/types.ts';
import { outcomeOf } from './attempts.ts';
import { later, span } from './time.ts';
import { planStep, taskState } from './steps.ts';
import type { Attempt, Instant, ObservedFor, Restarting, RunState, TaskState } from './types.ts';
import { verdictOf } from './verdict.ts';

export type { Restart };

type Seen = ObservedFor<'restart'>;

/** After its command has failed a host may go down all the same, if the failure was but a part of that. */
const GRACE_MS = 30_000;

/** How a step's host restarts; undefined: it does not. */
export const restartOf = ({ work }: PlanStep): Restart | undefined => (work.kind === 'job' ? work.restart : undefined);

/** The command is out of our hands: what counts from here on is how the host comes back. */
export function isRestarting(state: RunState, attempt: Attempt): boolean {
  if (attempt.settled?.by === 'checks') return false;
  switch (outcomeOf(attempt)) {
    case 'changed':
      return true;
    case 'unknown':
      return state.aborting === undefined;
    case 'failed':
    case 'timed_out':
      return attempt.finished?.reached === 'apply';
    case 'ok':
    case 'skipped':
    case 'unreachable':
    case 'aborted':
    case undefined:
      return false;
  }
}

/** Until when the host is waited for, as it stands. */
export function deadlineOf({ atMostMs, stableMs }: Restart, { restart }: TaskState, attempt: Attempt): Instant {
  if (restart?.stage === 'well') return later(restart.since, stableMs);
  const last = lastMoment(atMostMs, attempt);
  const isUp = restart === undefined || restart.stage === 'before';
  if (!isUp || attempt.endedAt === undefined || !hasFailed(attempt)) return last;
  const soon = later(attempt.endedAt, GRACE_MS);
  return soon < last ? soon : last;
}

const lastMoment = (atMostMs: number, { startedAt, dueAt }: Attempt): Instant => later(startedAt ?? dueAt, atMostMs);

/** It starts anew again and again: so it would never stay as it must. */
export const isRestless = ({ atMostMs }: Restart, attempt: Attempt, { stage, times, since }: Restarting): boolean =>
  stage === 'well' && times > 1 && since >= lastMoment(atMostMs, attempt);

/** It said so itself. What a signal ended was perhaps ended by the host's going down. */
const hasFailed = (attempt: Attempt): boolean =>
  outcomeOf(attempt) === 'failed' && (attempt.finished?.exit_code ?? 128) < 128;

/** How the host stands by what was seen. */
export function standing(state: RunState, restart: Restart, task: TaskState, seen: Seen, at: Instant): Restarting {
  const before = task.restart;
  const times = before?.times ?? 0;
  const { boot } = seen;
  const why = seen.unreachable ?? (boot === undefined ? 'by which boot it runs cannot be read' : undefined);
  if (boot === undefined || why !== undefined) {
    const last = before?.boot === undefined ? {} : { boot: before.boot };
    return { stage: 'away', since: at, ...last, times, ...(why === undefined ? {} : { why }) };
  }
  if (boot === task.boot) return { stage: 'before', since: at, times };
  const known = before?.boot === boot;
  const locked = known && before.locked === true ? ({ locked: true } as const) : {};
  const back = { since: at, boot, times: known ? times : times + 1, ...locked };
  if (restart.until === undefined) return { ...back, stage: 'well' };
  // What was asked together with a boot that is new may have been asked before it.
  if (!known || !isBack(before)) return { ...back, stage: 'back' };
  return { ...back, ...untilSays(state, restart.until, task, seen) };
}

function untilSays(state: RunState, until: Condition, task: TaskState, seen: Seen): Pick<Restarting, 'stage' | 'why'> {
  const verdict = verdictOf(state, planStep(state.plan, task.step, task.phase), task, until, seen);
  if (verdict.kind === 'holds') return { stage: 'well' };
  return { stage: 'back', why: verdict.kind === 'not' ? verdict.detail : verdict.why };
}

/** What a dry run sees of a host that would restart: what `until` says of it now. */
export function asOfNow(state: RunState, { until }: Restart, task: TaskState, seen: Seen, at: Instant): Restarting {
  return { since: at, times: 0, ...(until === undefined ? { stage: 'well' } : untilSays(state, until, task, seen)) };
}

/** It has started anew, so that `until` can be asked. */
export const isBack = (restarting: Restarting | undefined): boolean =>
  restarting !== undefined && restarting.stage !== 'before' && restarting.stage !== 'away';

/** Judges an observation that is about to be recorded: a restarting host is looked at until it stands otherwise. */
export function standsOtherwise(state: RunState, seen: Seen, at: Instant): boolean {
  const task = taskState(state, seen);
  const restart = restartOf(planStep(state.plan, seen.step, seen.phase));
  return task === undefined || restart === undefined || isNews(task, standing(state, restart, task, seen, at));
}

export function isNews({ restart: before }: TaskState, now: Restarting): boolean {
  return before?.stage !== now.stage || before.boot !== now.boot;
}

/** Why the wait is over without the host being well, in words. */
export function overdue(restart: Restart, attempt: Attempt, now: Restarting): Pick<TaskState, 'outcome' | 'detail'> {
  const most = span(restart.atMostMs);
  const again = now.times > 1 ? `; it has started anew ${String(now.times)} times` : '';
  if (now.stage === 'before' && hasFailed(attempt)) {
    const exit = String(attempt.finished?.exit_code);
    return { outcome: 'failed', detail: `the command ended with exit ${exit}, and the host has not gone down` };
  }
  const why = now.why === undefined ? '' : `: ${now.why}`;
  const details = {
    before: `it has not gone down within ${most}: it still runs by the boot of before`,
    away: `it has not come back within ${most}${why}`,
    back: `it has started anew, but not as until wants it within ${most}${why}${again}`,
    well: `within ${most} it has not stayed as it must for ${span(restart.stableMs)}${again}`,
    held: '',
  };
  return { outcome: 'timed_out', detail: details[now.stage] };
}
