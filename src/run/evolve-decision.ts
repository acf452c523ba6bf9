import { lastAttempt, outcomeOf, unknownAttempt, wentWell } from './attempts.ts';
import { conclude, withNextAttempt } from './conclude.ts';
import { askAnswered, wasAsked, withoutDoing, withTroubles } from './evolve-asking.ts';
import { allToTake, lettingGo, lockAnswered } from './evolve-lock.ts';
import { heldAgain } from './holding.ts';
import { restartOf } from './restart.ts';
import { startTroubles } from './start.ts';
import {
  firstChange,
  isAsk,
  isEarly,
  planStep,
  stepState,
  undoneStep,
  withAllSteps,
  withStep,
  withTask,
} from './steps.ts';
import type { EventBody, Instant, PromptState, RunState, StepState, TaskKey, TaskState } from './types.ts';

type Event<T extends EventBody['type']> = Extract<EventBody, { readonly type: T }>;

/** The prompt that waits for an answer. */
export function openPrompt(state: RunState): PromptState | undefined {
  const last = state.prompts.at(-1);
  return last?.answer === undefined ? last : undefined;
}

/** The last one that was about a step. */
export const lastAboutStep = ({ prompts }: RunState): PromptState | undefined =>
  prompts.findLast(({ lock }) => lock === undefined);

/** Only a person can move the run on. */
export const waitsForPerson = ({ status }: Pick<RunState, 'status'>): boolean =>
  status === 'waiting' || status === 'paused' || status === 'awaiting_approval';

/** A person has decided. What a skip and a rollback lead to is recorded next; a retry and an abort begin at once. */
export function decided(state: RunState, event: Event<'decision_made'>, at: Instant): RunState {
  const prompt = openPrompt(state);
  const { decision, by } = event;
  if (decision === 'pause') return prompt === undefined ? { ...state, pausing: { by, at } } : state;
  const prompts = state.prompts.map((each) =>
    each.id === prompt?.id ? { ...each, answer: { decision, by, at } } : each,
  );
  const answered = { ...state, prompts };
  if (decision === 'abort') {
    const going = lettingGo(answered) ? allToTake(answered) : answered;
    return givenUpAll({ ...withoutPause(going), aborting: { by, at } }, at);
  }
  if (prompt === undefined) return decision === 'continue' ? withoutPause(answered) : answered;
  if (prompt.lock !== undefined) return lockAnswered(answered, prompt, decision);
  if (prompt.paused !== undefined) return decision === 'continue' ? goneOn(answered, prompt, at) : answered;
  if (prompt.rebuilt === true) return answered;
  if (prompt.closed === true) return decision === 'retry' ? heldAgain(answered, prompt, at) : answered;
  if (wasAsked(state, prompt)) return askAnswered(answered, prompt, decision, at);
  return decision === 'retry' ? retry(withoutNone(answered), prompt, at) : answered;
}

/** Taken back before it came to that. */
const withoutPause = ({ pausing, ...state }: RunState): RunState => state;

/** A pause may have lasted: before the first change what would keep the run from starting keeps it from that. */
function goneOn(state: RunState, { step }: PromptState, at: Instant): RunState {
  const isFirst = isEarly(state.plan, step) || state.plan.steps[firstChange(state.plan)]?.id === step;
  return isFirst && state.rollback === undefined ? withTroubles(state, startTroubles(state, at)) : state;
}

/**
 * Nothing new is begun from here on. What is only waited for is given up; a job whose end nobody saw, and which may
 * live, is stopped and looked at once more.
 */
export function givenUpAll(state: RunState, at: Instant): RunState {
  return withAllSteps(state, (step) => ({
    ...step,
    tasks: step.tasks.map((task) => {
      const unknown = unknownAttempt(task);
      const look = unknown !== undefined && unknown.alive !== false ? ({ lookAgain: true } as const) : {};
      return { ...conclude(state, task, at), ...look };
    }),
  }));
}

/** Hosts that could not be taken again for the run's end are tried once more. */
const withoutNone = (state: RunState): RunState =>
  state.ending === undefined ? state : { ...state, ending: { ...state.ending, without: {} } };

function retry(state: RunState, prompt: PromptState, at: Instant): RunState {
  return prompt.tasks.reduce((before, key) => retryTask(before, prompt, key, at), state);
}

/** Due once more; what could not be opened is opened again, from what is then read. */
function retryTask(state: RunState, { step, phase }: PromptState, key: TaskKey, at: Instant): RunState {
  const task = stepState(state, step, phase)?.tasks.find((each) => each.host === key.host && each.item === key.item);
  if (task?.outcome === undefined || wentWell(task.outcome)) return state;
  if (task.trouble === undefined) {
    // At a run's end it is asked about once its step is through.
    // One that is being opened anew, since a host of it has not been begun, stays so.
    const open = withStep(state, step, phase, ({ endedAt, ...each }) => ({
      ...each,
      status: each.status === 'done' ? 'open' : each.status,
    }));
    return withTask(open, { ...key, phase }, (each) =>
      each.behind === true
        ? asBefore(each)
        : mayStillRun(each) && !restarts(state, each)
          ? withFreshLook(each)
          : withNextAttempt(state, each, at, false),
    );
  }
  const reopened = withStep(state, step, phase, (each) => (isUnchosen(each) ? unopened(each) : reopenedOn(each, key)));
  const undone = phase === 'undo' ? undoneStep(state.plan, step) : undefined;
  if (undone === undefined) return reopened;
  // Its job may have ended meanwhile: look, before nothing is undone once more.
  return withStep(reopened, undone.id, 'apply', (each) => ({
    ...each,
    tasks: each.tasks.map((one) =>
      one.host !== key.host || unknownAttempt(one) === undefined ? one : { ...one, lookAgain: true },
    ),
  }));
}

const isUnchosen = ({ chosen }: StepState): boolean => chosen?.length === 0;

/** Its hosts could not be chosen: that is done anew. */
function unopened({ candidates, chosen, choices, ...step }: StepState): StepState {
  return { ...step, status: 'pending', hosts: candidates ?? step.hosts, tasks: [], reads: {} };
}

function reopenedOn({ unanswered, itemReads, ...step }: StepState, { host: own }: TaskKey): StepState {
  const { [own]: stale, ...reads } = step.reads;
  const { [own]: staleItems, ...ofItems } = itemReads ?? {};
  const { [own]: silent, ...others } = unanswered ?? {};
  return {
    ...step,
    status: 'opening',
    reads,
    ...(itemReads === undefined ? {} : { itemReads: ofItems }),
    ...(unanswered === undefined ? {} : { unanswered: others }),
    tasks: step.tasks.filter(({ host }) => host !== own),
  };
}

/** By how it runs is seen what has become of it, and its command is given but once: so nothing would run beside it. */
const restarts = (state: RunState, { step, phase }: TaskState): boolean =>
  restartOf(planStep(state.plan, step, phase)) !== undefined;

/** Nobody saw the last attempt's end, nor that nothing of it lives: another must not start beside it. */
function mayStillRun(task: TaskState): boolean {
  const attempt = lastAttempt(task);
  return attempt !== undefined && outcomeOf(attempt) === 'unknown' && attempt.alive !== false;
}

/** To retry such a job is to look at it again. What is then found decides: its end, or a prompt that knows more. */
function withFreshLook(task: TaskState): TaskState {
  const { outcome, detail, ...rest } = task;
  const attempts = task.attempts.map((attempt) =>
    attempt.attempt === lastAttempt(task)?.attempt ? { ...attempt, looks: 0 } : attempt,
  );
  return { ...rest, attempts };
}

const withoutBehind = ({ behind, ...task }: TaskState): TaskState => task;

/** It was not begun: now it waits for its turn again. */
const asBefore = ({ behind, outcome, detail, ...task }: TaskState): TaskState => task;

/** Passed over by a person: the record says by which prompt, and never that it went well. */
export function stepSkipped(state: RunState, event: Event<'step_skipped'>, at: Instant): RunState {
  const { guards, ...rest } = state;
  const prompt = state.prompts.find((each) => each.id === event.prompt);
  return event.tasks.reduce(
    (before, key) =>
      withTask(before, { ...key, phase: prompt?.phase ?? 'apply' }, (task) =>
        (task.outcome === undefined ? !isAsk(state, task) && prompt?.closed !== true : wentWell(task.outcome))
          ? task
          : { ...withoutBehind(withoutDoing(task, at)), outcome: 'skipped', skippedAt: event.prompt },
      ),
    rest,
  );
}
