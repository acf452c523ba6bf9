import { referencesOf } from '../language/expressions.ts';
import type { PlanStep } from '../plan/types.ts';
import { lastAttempt } from './attempts.ts';
import { wantsChecks, wantsLook, wantsVerify } from './conclude.ts';
import { factsAsked } from './context.ts';
import { tableFacts, tableOf } from './expected.ts';
import { jobOf } from './next-opening.ts';
import { restarting } from './next-restart.ts';
import { observe } from './observing.ts';
import { restartOf } from './restart.ts';
import { isNotDue } from './retrying.ts';
import { isJob, planStep, undoesItself } from './steps.ts';
import { later } from './time.ts';
import type { Attempt, Effect, RunState, TaskState } from './types.ts';
import { conditionFacts } from './verdict.ts';

/** What brings a task of an open step nearer to its outcome. */
export function working(state: RunState, task: TaskState): readonly Effect[] {
  const attempt = lastAttempt(task);
  if (attempt === undefined) return [];
  if (isNotDue(state, attempt)) return [{ do: 'wake', at: attempt.dueAt }];
  const step = planStep(state.plan, task.step, task.phase);
  const { work } = step;
  if (isJob(state.plan, task)) {
    if (state.mode === 'dryrun') return dryLook(step, task, attempt);
    const restart = task.phase === 'undo' && undoesItself(state.plan, task.step) ? undefined : restartOf(step);
    return restart === undefined ? jobEffects(state, step, task, attempt) : restarting(restart, task, attempt);
  }
  if (work.kind === 'check') return [observe(task, attempt, 'check', conditionFacts(work.holds, task.host))];
  if (work.kind === 'expect') {
    return [observe(task, attempt, 'check', tableFacts(tableOf(step, task.host), task.host))];
  }
  if (work.kind !== 'wait') return [];
  const look = observe(task, attempt, 'wait', conditionFacts(work.until, task.host));
  if (state.mode === 'dryrun') return [look];
  return [{ ...look, poll: { everyMs: work.everyMs, deadline: later(attempt.dueAt, work.atMostMs) } }];
}

/** What a restarting host shall be like is asked too: what it says now. */
function dryLook(step: PlanStep, task: TaskState, attempt: Attempt): readonly Effect[] {
  const until = restartOf(step)?.until;
  if (until !== undefined && task.restart === undefined) {
    return [observe(task, attempt, 'restart', conditionFacts(until, task.host))];
  }
  return [{ do: 'look', step: task.step, host: task.host, item: task.item }];
}

function jobEffects(state: RunState, step: PlanStep, task: TaskState, attempt: Attempt): readonly Effect[] {
  const job = jobOf(task, attempt.attempt);
  // To ensure is to start or to attach; the host decides which.
  if (attempt.finished === undefined) return [{ do: 'ensure_job', job }];
  if (wantsLook(state, attempt)) return [{ do: 'settle', job }];
  if (wantsChecks(state, task, attempt)) {
    const { checks } = attempt;
    if (checks === undefined)
      return [observe(task, attempt, 'settle', factsOf(step, ['doneWhen', 'verify'], task.host))];
    const outcome = step.readOnly ? 'ok' : 'changed';
    const event = { type: 'job_settled', job, outcome, by: 'checks', evidence: checks.evidence, alive: false } as const;
    return [{ do: 'record', event }];
  }
  return wantsVerify(state, task) ? [observe(task, attempt, 'verify', factsOf(step, ['verify'], task.host))] : [];
}

const factsOf = (step: PlanStep, fields: readonly ('doneWhen' | 'verify')[], host: string): readonly string[] =>
  factsAsked(
    fields.flatMap((field) => (step[field] === undefined ? [] : referencesOf({ expr: step[field] }))),
    host,
  );
