import { awaited, digestToType } from './approvals.ts';
import { headAt } from './chain.ts';
import { asked, givenUp, settleGuards } from './evolve-asking.ts';
import { approved } from './evolve-approved.ts';
import { decided, stepSkipped } from './evolve-decision.ts';
import { jobFinished, jobSettled, jobStarted } from './evolve-job.ts';
import { observed } from './evolve-observed.ts';
import { stepOpened } from './evolve-opened.ts';
import { settleSteps } from './settle-steps.ts';
import { awaitsStart } from './start.ts';
import { withAllSteps } from './steps.ts';
import type { PlanStep } from '../plan/types.ts';
import type { RunEvent, RunState, RunStatus, StepState } from './types.ts';
import { undoSteps } from './undo.ts';

type Requested = Extract<RunEvent, { readonly type: 'run_requested' }>;
type Started = Extract<RunEvent, { readonly type: 'run_started' }>;
type RollbackStarted = Extract<RunEvent, { readonly type: 'rollback_started' }>;
type Always = Extract<RunEvent, { readonly type: 'always_started' }>;

/**
 * The state after an event. Total over what `next` and `accept` lead to, in any order; an event that finds nothing to
 * say something about (the look of a step that was aborted meanwhile) changes nothing but the chain's head.
 * @throws where a run does not begin with `run_requested`, or is requested twice
 */
export function evolve(state: RunState | undefined, event: RunEvent): RunState {
  if (state === undefined) {
    if (event.type === 'run_requested') return requested(event);
    throw new Error(`Run ${event.run} begins with ${event.type} instead of run_requested: its journal is not whole.`);
  }
  const lastAt = event.at > state.lastAt ? event.at : state.lastAt;
  const stamped = { ...state, lastAt, seq: event.seq, head: headAt(event) };
  // What was under way when the run ended may still be heard of; the end stands.
  if (state.endedAt !== undefined) return stamped;
  const settled = settleSteps(settleGuards(settleSteps(apply(stamped, event), event.at), event.at), event.at);
  return { ...settled, status: statusOf(settled) };
}

function apply(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'run_requested':
      throw new Error(`Run ${event.run} is requested twice, again by event ${String(event.seq)}.`);
    case 'run_approved':
      return approved(state, event, event.at);
    case 'run_started':
      return takenUp(state, event);
    case 'worker_stopped':
      return { ...state, stopped: { worker: event.worker, at: event.at } };
    case 'observed':
      return observed(state, event, event.at);
    case 'step_opened':
      return stepOpened(state, event, event.at);
    case 'job_started':
      return jobStarted(state, event, event.at);
    case 'job_finished':
      return jobFinished(state, event, event.at);
    case 'job_settled':
      return jobSettled(state, event, event.at);
    case 'step_skipped':
      return stepSkipped(state, event, event.at);
    case 'prompt_opened': {
      const { prompt: id, step, phase, tasks, answers, found, closed, rebuilt, paused, lock } = event;
      // Whatever is asked, the run stands still: so nothing is left to be paused.
      const { pausing, ...still } = state;
      const digest = answers.includes('approve') ? { digest: digestToType(state) } : {};
      const more = {
        ...(found === undefined ? {} : { found }),
        ...(closed === undefined ? {} : { closed }),
        ...(rebuilt === undefined ? {} : { rebuilt }),
        ...(paused === undefined || pausing === undefined ? {} : { paused: pausing }),
        ...(lock === undefined ? {} : { lock }),
        ...digest,
      };
      const prompt = { id, step, phase, tasks, answers, ...more, openedAt: event.at, head: state.head };
      return asked({ ...still, prompts: [...state.prompts, prompt] }, prompt);
    }
    case 'decision_made':
      return decided(state, event, event.at);
    case 'rollback_started':
      return rollbackStarted(state, event, event.at);
    case 'always_started':
      return alwaysStarted(state, event, event.at);
    case 'run_finished': {
      const because = event.because === undefined ? {} : { because: event.because };
      const { pausing, ...rest } = given(state);
      return { ...rest, status: event.status, endedAt: event.at, ...because };
    }
  }
}

function takenUp({ stopped, ...state }: RunState, { worker, epoch, at }: Started): RunState {
  return { ...state, worker, epoch, startedAt: state.startedAt ?? at };
}

function requested(event: Requested): RunState {
  const { run, at, seq, plan, mode, by, where, rehearsed, not_now: notNow, rebuilt } = event;
  const head = headAt(event);
  return {
    run,
    mode,
    plan,
    by,
    where,
    onFailure: event.on_failure,
    status: 'planned',
    requestedAt: at,
    ...(rehearsed === undefined ? {} : { rehearsed }),
    ...(notNow === undefined ? {} : { notNow }),
    ...(rebuilt === undefined ? {} : { rebuilt }),
    epoch: 0,
    hosts: {},
    steps: plan.steps.map(pending),
    undo: [],
    after: (plan.rollback ?? []).map(pending),
    always: (plan.always ?? []).map(pending),
    prompts: [],
    approvals: [],
    locked: [],
    lockedNames: [],
    released: [],
    leftBy: {},
    blocked: [],
    lastAt: at,
    seq,
    head,
    firstHead: head,
  };
}

const pending = ({ id, hosts }: PlanStep): StepState => ({
  ...{ id, phase: 'apply', status: 'pending' },
  ...{ hosts, tasks: [], reads: {} },
});

/** From here on only what is always done at a run's end is done; what else was under way was given up. */
function alwaysStarted(state: RunState, { status, because }: Always, at: string): RunState {
  const { guards, aborting: aborted, pausing, waitingFor, barring, ...rest } = given(state);
  const more = { ...(because === undefined ? {} : { because }), ...(aborted === undefined ? {} : { aborted }) };
  return { ...rest, ending: { status, at, ...more, without: {} } };
}

/** From here on the run goes backwards. Jobs whose end nobody saw will be looked at once more before they are undone. */
function rollbackStarted(state: RunState, { because, rehearsed }: RollbackStarted, at: string): RunState {
  const { guards, ...rest } = givenUp(state, at);
  const steps = rest.steps.map((step) => ({
    ...step,
    tasks: step.tasks.map((task) =>
      task.attempts.some((attempt) => (attempt.settled?.outcome ?? attempt.outcome) === 'unknown')
        ? ({ ...task, lookAgain: true } as const)
        : task,
    ),
  }));
  return {
    ...rest,
    steps,
    undo: undoSteps(rest),
    rollback: { because, at, ...(rehearsed === undefined ? {} : { rehearsed }) },
  };
}

/** What was still being looked at or waited for when the run ended was given up; what had not begun never did. */
function given(state: RunState): RunState {
  return withAllSteps(state, (step) => ({
    ...step,
    tasks: step.tasks.map((task) =>
      task.outcome === undefined && task.attempts.length > 0 ? { ...task, outcome: 'aborted' } : task,
    ),
  }));
}

function statusOf(state: RunState): RunStatus {
  if (state.endedAt !== undefined) return state.status;
  if (state.epoch === 0) return 'planned';
  if (state.aborting === undefined) {
    if (awaitsStart(state)) return 'awaiting_approval';
    const prompt = state.prompts.at(-1);
    if (prompt !== undefined && prompt.answer === undefined) {
      if (prompt.paused !== undefined) return 'paused';
      return awaited(state) === undefined ? 'waiting' : 'awaiting_approval';
    }
    if (state.waitingFor !== undefined) return 'queued';
  }
  return state.rollback === undefined ? 'running' : 'rolling_back';
}
