import { lastAttempt, outcomeOf, withAttempt } from './attempts.ts';
import { conclude, orAgain, wantsVerify } from './conclude.ts';
import { changesBefore, lookVerdict } from './dry.ts';
import { withTroubles } from './evolve-asking.ts';
import { givenUpAll } from './evolve-decision.ts';
import { barredSeen, barSeen, lockSeen, nameSeen, unlockSeen } from './evolve-lock.ts';
import { bootSeen, locksAnew, restartSeen } from './evolve-restart.ts';
import { expectedRows, rowsVerdict, tableOf } from './expected.ts';
import { preflightDone, preflightTroubles } from './preflight.ts';
import { startTroubles } from './start.ts';
import { planStep, withStep, withTask } from './steps.ts';
import { foreseen } from './foreseeing.ts';
import type {
  ChoiceRead,
  HostReport,
  Instant,
  Observation,
  ObservedFor,
  RunState,
  StepState,
  TaskState,
} from './types.ts';
import { scriptVerdict, type Verdict, verdictOf } from './verdict.ts';
import { span } from './time.ts';

type OfCondition = ObservedFor<'check' | 'wait' | 'verify' | 'settle'>;
type Ending = Pick<TaskState, 'outcome' | 'detail' | 'undetermined'>;

/** What was seen on hosts, taken in. */
export function observed(state: RunState, seen: Observation, at: Instant): RunState {
  switch (seen.for) {
    case 'lock':
      return locksAnew(
        lockSeen(state, seen, (rest, trouble) => withReport(rest, seen.host, { troubles: [trouble] }, at)),
        seen,
        at,
      );
    case 'lock_name':
      return nameSeen(state, seen);
    case 'unlock':
      return unlockSeen(state, seen);
    case 'bar':
      return barSeen(state, seen);
    case 'barred':
      return barredSeen(givenUpAll(state, at), seen);
    case 'preflight':
      return withReport(state, seen.host, seen.report, at);
    case 'wake':
      // Whoever says so waited for it by a time that may differ by a little from the one that events are stamped with.
      return seen.due > state.lastAt ? { ...state, lastAt: seen.due } : state;
    case 'open':
      return withOpening(state, seen, (step) => readForOpening(step, seen, at));
    case 'choose':
      return withOpening(state, seen, (step) => ({ ...step, choices: { ...step.choices, [seen.host]: seen } }));
    case 'foresee':
      return foreseen(state, seen);
    case 'look':
      return withTask(state, { ...seen, phase: 'apply' }, (task) => {
        if (task.outcome !== undefined) return task;
        const read = seen.look.read === undefined ? {} : { lastRead: seen.look.read };
        const ending = lookVerdict(state, planStep(state.plan, seen.step, 'apply'), task, seen.look);
        return { ...task, look: seen.look, ...read, ...ending };
      });
    case 'check':
    case 'wait':
    case 'verify':
    case 'settle':
      return withDue(state, seen, (task) => conditionSeen(state, task, seen, at));
    case 'boot':
      return withDue(state, seen, (task) => bootSeen(state, task, seen, at));
    case 'restart':
      return withDue(state, seen, (task) => restartSeen(state, task, seen, at));
  }
}

/** What was seen for an attempt that is under way. */
const withDue = (
  state: RunState,
  seen: OfCondition | ObservedFor<'boot'> | ObservedFor<'restart'>,
  change: (task: TaskState) => TaskState,
): RunState =>
  withTask(state, seen, (task) =>
    task.outcome === undefined && lastAttempt(task)?.attempt === seen.attempt ? change(task) : task,
  );

/** What was read for a step that has not begun. */
function withOpening(
  state: RunState,
  { step: id, phase }: ObservedFor<'open'> | ChoiceRead,
  change: (step: StepState) => StepState,
): RunState {
  return withStep(state, id, phase, (step) =>
    step.status === 'pending' || step.status === 'opening' ? { ...change(step), status: 'opening' } : step,
  );
}

function readForOpening(step: StepState, seen: ObservedFor<'open'>, at: Instant): StepState {
  const { host, item } = seen;
  if (item !== undefined) {
    return { ...step, itemReads: { ...step.itemReads, [host]: { ...step.itemReads?.[host], [item]: seen } } };
  }
  const read = { ...step, reads: { ...step.reads, [host]: seen } };
  if (seen.unreachable === undefined) return read;
  const times = (step.unanswered?.[host]?.times ?? 0) + 1;
  return { ...read, unanswered: { ...step.unanswered, [host]: { times, at } } };
}

function withReport(state: RunState, host: string, report: HostReport, at: Instant): RunState {
  if (state.hosts[host] !== undefined) return state;
  const reported = { ...state, hosts: { ...state.hosts, [host]: report } };
  if (!preflightDone(reported)) return reported;
  return withTroubles(reported, [...startTroubles(reported, at), ...preflightTroubles(reported)]);
}

function conditionSeen(state: RunState, task: TaskState, seen: OfCondition, at: Instant): TaskState {
  const step = planStep(state.plan, task.step, task.phase);
  const { work } = step;
  const read = seen.condition === undefined ? {} : { lastRead: seen.condition };
  if (seen.for === 'check' && work.kind === 'check') {
    const ending = checkEnding(state, task, verdictOf(state, step, task, work.holds, seen));
    // Whether a call is taken is for its `when` alone to say, and has been.
    return { ...task, ...read, ...(step.action === 'call' ? ending : unlessStale(state, task, ending)) };
  }
  if (seen.for === 'check' && work.kind === 'expect') {
    const rows = expectedRows(state, step, task, tableOf(step, task.host), seen);
    const looked = withAttempt(task, seen.attempt, (attempt) => ({ ...attempt, rows }));
    return { ...looked, ...unlessStale(state, task, checkEnding(state, task, rowsVerdict(rows, seen))) };
  }
  if (seen.for === 'wait' && work.kind === 'wait') {
    const verdict = verdictOf(state, step, task, work.until, seen);
    return { ...task, ...read, ...unlessStale(state, task, waitEnding(state, verdict, work.atMostMs)) };
  }
  if (seen.for === 'verify' && step.verify !== undefined && wantsVerify(state, task)) {
    const ended = { ...task, ...verifyEnding(task, verdictOf(state, step, task, { expr: step.verify }, seen)) };
    return orAgain(state, ended, at);
  }
  return seen.for === 'settle' ? checksSeen(state, task, seen, at) : task;
}

/** In a dry run, a condition on a host that an earlier step would change is as of now. */
function unlessStale(state: RunState, task: TaskState, ending: Ending): Ending {
  const earlier = state.mode === 'dryrun' ? changesBefore(state, task.step, task.host) : undefined;
  if (earlier === undefined) return ending;
  const now = ending.undetermined ?? ending.detail ?? 'holds';
  return { outcome: 'ok', undetermined: `${earlier} would run before; now: ${now}` };
}

function checkEnding(state: RunState, task: TaskState, verdict: Verdict): Ending {
  switch (verdict.kind) {
    case 'holds':
      return { outcome: 'ok' };
    case 'not':
      return { outcome: 'failed', detail: [task.text, verdict.detail].flatMap((part) => part ?? []).join(' — ') };
    case 'unknown':
      return state.mode === 'dryrun'
        ? { outcome: 'ok', undetermined: verdict.why }
        : { outcome: 'failed', detail: verdict.why };
    case 'trouble':
      return { outcome: verdict.unreachable === true ? 'unreachable' : 'failed', detail: verdict.why };
  }
}

/** A wait's last look decides; a dry run looks once and waits for nothing. */
function waitEnding(state: RunState, verdict: Verdict, atMostMs: number): Ending {
  if (verdict.kind === 'holds') return { outcome: 'ok' };
  const why = verdict.kind === 'not' ? verdict.detail : verdict.why;
  if (state.mode === 'dryrun') {
    return verdict.kind === 'unknown'
      ? { outcome: 'ok', undetermined: why }
      : { outcome: 'ok', detail: `not now (${why}); it would wait for ${span(atMostMs)} at most` };
  }
  if (verdict.kind === 'unknown') return { outcome: 'failed', detail: why };
  const unreachable = verdict.kind === 'trouble' && verdict.unreachable === true;
  return { outcome: unreachable ? 'unreachable' : 'timed_out', detail: `after ${span(atMostMs)}: ${why}` };
}

/** The job itself went well; its step has only when what it was for is seen to be so. */
function verifyEnding(task: TaskState, verdict: Verdict): Ending {
  const attempt = lastAttempt(task);
  const outcome = attempt && outcomeOf(attempt);
  if (verdict.kind === 'holds' && outcome !== undefined) return { outcome };
  const why = verdict.kind === 'not' ? verdict.detail : verdict.kind === 'holds' ? '' : verdict.why;
  return { outcome: 'failed', detail: `verify: ${why}` };
}

/** `done_when` and `verify` of a job whose end nobody saw: only both together say that its work is done. */
function checksSeen(state: RunState, task: TaskState, seen: OfCondition, at: Instant): TaskState {
  const step = planStep(state.plan, task.step, task.phase);
  const judge = (expr: string | undefined, result: OfCondition['probe']): Verdict =>
    expr !== undefined && seen.unreachable === undefined
      ? verdictOf(state, step, task, { expr }, { facts: seen.facts })
      : scriptVerdict(result);
  const done = judge(step.doneWhen, seen.probe);
  const verified = judge(step.verify, seen.condition);
  const hold = done.kind === 'holds' && verified.kind === 'holds';
  const evidence =
    seen.unreachable ??
    `done_when ${done.kind === 'holds' ? 'holds' : 'does not hold'}, verify ${verified.kind === 'holds' ? 'holds' : 'does not'}, and no process of it is left`;
  return conclude(
    state,
    withAttempt(task, seen.attempt, (attempt) => ({ ...attempt, checks: { hold, evidence } })),
    at,
  );
}
