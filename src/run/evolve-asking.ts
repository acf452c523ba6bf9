import { allToTake } from './evolve-lock.ts';
import { lastAttempt, withAttempt } from './attempts.ts';
import { withNextAttempt } from './conclude.ts';
import { preflightDone } from './preflight.ts';
import { changes, isGuard, planStep, withStep, withTask } from './steps.ts';
import type { DecisionKind, Instant, PromptState, RunState, StepState, TaskState, Trouble } from './types.ts';

/** Whether it is a person's doing that the prompt waits for, rather than what to do about something that went wrong. */
export const wasAsked = (
  state: RunState,
  { step, phase, answers, found, closed, rebuilt, paused, lock }: PromptState,
): boolean =>
  closed === undefined &&
  rebuilt === undefined &&
  paused === undefined &&
  lock === undefined &&
  planStep(state.plan, step, phase).work.kind === 'ask' &&
  (found !== undefined || answers.includes('continue') || answers.includes('approve'));

/** From now on somebody may be changing something by hand: a rollback has to ask about it. */
export function asked(state: RunState, prompt: PromptState): RunState {
  if (!wasAsked(state, prompt) || !changes(planStep(state.plan, prompt.step, prompt.phase))) return state;
  return withAsked(state, prompt, (task) => withLast(task, { startedAt: prompt.openedAt }));
}

/** What a skip and a rollback lead to is recorded next. Hosts that others could have meanwhile are taken again first. */
export function askAnswered(state: RunState, prompt: PromptState, decision: DecisionKind, at: Instant): RunState {
  const { work } = planStep(state.plan, prompt.step, prompt.phase);
  if (work.kind === 'ask' && work.how === 'manual' && work.unlock === true && prompt.phase === 'apply') {
    return decision === 'abort' ? state : lookAgain(state, prompt, decision, at);
  }
  return decision === 'continue' ? doneByPeople(state, prompt, at) : state;
}

function lookAgain(state: RunState, { step }: PromptState, decision: DecisionKind, at: Instant): RunState {
  const { notReleased, guards, ...rest } = state;
  const then = decision === 'continue' || decision === 'skip' || decision === 'rollback' ? decision : guards?.then;
  if (then === undefined) return state;
  const taking = { ...allToTake(rest), guards: { step, then, troubles: [] } };
  // An undo looks for itself at what it finds, so nothing but the hosts' locks holds it back.
  if (then === 'rollback') return taking;
  return {
    ...taking,
    hosts: {},
    steps: state.steps.map((each) => (isLooked(state, each) ? dueAgain(state, each, at) : each)),
  };
}

const isLooked = (state: RunState, { id, status }: StepState): boolean => status === 'done' && isGuard(state.plan, id);

/** What was resolved stays so; only its condition is looked at again, where it was looked at before. */
function dueAgain(state: RunState, step: StepState, at: Instant): StepState {
  const tasks = step.tasks.map((task) =>
    task.attempts.length === 0 ? task : withLast(withNextAttempt(state, task, at, false), { again: true }),
  );
  if (tasks.every(({ outcome }) => outcome !== undefined)) return step;
  const { endedAt, ...rest } = step;
  return { ...rest, status: 'open', tasks };
}

/** Once the hosts are ours again, and all that must hold does, what was done by hand is done. */
export function settleGuards(state: RunState, at: Instant): RunState {
  const { guards, ...rest } = state;
  if (guards?.then !== 'continue' || guards.troubles.length > 0 || !isLookedThrough(state)) return state;
  const prompt = state.prompts.findLast(({ step, answer }) => step === guards.step && answer?.decision === 'continue');
  return prompt === undefined ? state : doneByPeople(rest, prompt, at);
}

/** The hosts are ours, and everything that must hold before a change has been looked at anew. */
function isLookedThrough(state: RunState): boolean {
  const open = state.steps.some(({ id, status }) => status === 'open' && id !== state.guards?.step);
  return state.released.length === 0 && preflightDone(state) && !open;
}

/** What is found wrong counts against the step that a person was asked at, or else against the run as a whole. */
export function withTroubles(state: RunState, troubles: readonly Trouble[]): RunState {
  const { guards, blocked } = state;
  if (guards === undefined) return { ...state, blocked: [...blocked, ...troubles] };
  return { ...state, guards: { ...guards, troubles: [...guards.troubles, ...troubles] } };
}

/** What the people wanted were asked for is done, or agreed to. */
export function doneByPeople(state: RunState, prompt: PromptState, at: Instant): RunState {
  const outcome = changes(planStep(state.plan, prompt.step, prompt.phase)) ? 'changed' : 'ok';
  return withAsked(state, prompt, (task) => ({
    ...withLast(task, { startedAt: prompt.openedAt, endedAt: at, outcome }),
    ...{ outcome, doneAt: prompt.id },
  }));
}

/** The task of a person who has not done it. */
export const withoutDoing = (task: TaskState, at: Instant): TaskState =>
  task.outcome === undefined ? withLast(task, { endedAt: at, outcome: 'skipped' }) : task;

/** A rollback ends all asking; what was begun by hand may have been done half. */
export function givenUp(state: RunState, at: Instant): RunState {
  return state.steps
    .filter(({ id, status }) => status === 'open' && planStep(state.plan, id, 'apply').work.kind === 'ask')
    .reduce(
      (before, { id }) => withStep(before, id, 'apply', (step) => ({ ...step, tasks: step.tasks.map(end) })),
      state,
    );

  function end(task: TaskState): TaskState {
    if (task.outcome !== undefined) return task;
    const { startedAt } = lastAttempt(task) ?? {};
    const ended = startedAt === undefined ? task : withLast(task, { outcome: 'aborted', endedAt: at });
    return { ...ended, outcome: 'aborted', detail: 'it was given up for the rollback' };
  }
}

const withLast = (task: TaskState, change: Partial<TaskState['attempts'][number]>): TaskState =>
  withAttempt(task, lastAttempt(task)?.attempt ?? 0, (attempt) => ({ ...attempt, ...change }));

function withAsked(state: RunState, prompt: PromptState, change: (task: TaskState) => TaskState): RunState {
  return prompt.tasks.reduce(
    (before, key) =>
      withTask(before, { ...key, phase: prompt.phase }, (task) => (task.outcome === undefined ? change(task) : task)),
    state,
  );
}
