import { lastAboutStep } from './evolve-decision.ts';
import type { Work } from '../actions/types.ts';
import { atHand, heldBack } from './batches.ts';
import { working } from './next-task.ts';
import { nextPrompt } from './prompt-ids.ts';
import { keyOf, listOf, planStep } from './steps.ts';
import type {
  Actor,
  AnswerKind,
  Effect,
  EventBody,
  Guards,
  PromptState,
  RunState,
  StepState,
  TaskKey,
} from './types.ts';

type Ask = Extract<Work, { readonly kind: 'ask' }>;

/**
 * A step at which a person is asked: first the hosts are let go, where it says so, then the prompt is opened, and what
 * was decided there is followed.
 * @returns undefined where the step asks nobody, or something in it went wrong, which comes first
 */
export function asking(state: RunState, step: StepState): readonly Effect[] | undefined {
  const { work } = planStep(state.plan, step.id, step.phase);
  const tasks = due(state, step);
  if (work.kind !== 'ask' || tasks.length === 0 || heldBack(state, step).length > 0) return undefined;
  const last = lastAboutStep(state);
  if (last?.answer !== undefined && isAbout(last, step)) {
    // A later item, or batch, is asked for by itself.
    const asked = tasks.filter((key) => last.tasks.some((one) => one.host === key.host && one.item === key.item));
    if (last.answer.decision === 'skip' && asked.length > 0) return record(skipped(last, asked));
    if (last.answer.decision === 'rollback') return record(rollback(last));
  }
  const host = toRelease(state, step, work);
  if (host !== undefined) return [{ do: 'unlock', host }];
  return record(prompt(state, step, tasks, answers(state, step, work)));
}

/** Those whose turn it is, in the batch at hand. */
const due = (state: RunState, step: StepState): readonly TaskKey[] =>
  atHand(state, step)
    .filter(({ outcome, attempts }) => outcome === undefined && attempts.length > 0)
    .map(keyOf);

/** Such a prompt asks for the step's doing; one about what went wrong at its opening does not. */
const isAbout = ({ step, phase, answers, paused }: PromptState, { id, phase: own }: StepState): boolean =>
  step === id && phase === own && paused === undefined && (answers.includes('continue') || answers.includes('approve'));

/**
 * The last host first, and none once one could not be released: so what is still held comes, in the order in which
 * hosts are taken, before all that is taken again, and two runs can never wait for each other.
 */
function toRelease(state: RunState, { phase }: StepState, work: Ask): string | undefined {
  if (work.how !== 'manual' || work.unlock !== true || phase !== 'apply' || state.notReleased !== undefined)
    return undefined;
  return [...state.locked].sort().at(-1);
}

/** What a person may answer: from a rollback, and from a run's end, there is no way back; what is critical cannot be skipped. */
function answers(state: RunState, step: StepState, { how }: Ask): readonly AnswerKind[] {
  // An agreement that is passed over is none.
  if (how === 'approve') return ['approve', 'rollback', 'abort'];
  const list = listOf(state, step);
  if (list === 'undo') return ['continue', 'skip', 'abort'];
  const skip = planStep(state.plan, step.id, step.phase).critical ? [] : (['skip'] as const);
  return ['continue', ...skip, ...(list === 'steps' ? (['rollback'] as const) : []), 'abort'];
}

/** After an answer: the hosts are taken again and the guards looked at, and only then is it followed. */
export function guarding(state: RunState, { step: id, then, troubles }: Guards): readonly Effect[] {
  const step = state.steps.find((each) => each.id === id);
  const last = lastAboutStep(state);
  if (step === undefined || last === undefined) return [];
  const tasks = due(state, step);
  const [unlocked] = [...state.released].sort();
  if (then === 'rollback') {
    if (troubles.length > 0) return record(prompt(state, step, tasks, ['retry', 'abort'], troubles));
    return unlocked === undefined ? record(rollback(last)) : [{ do: 'lock', host: unlocked }];
  }
  const guard = state.steps.find((each) => each.status === 'open' && each.id !== id);
  if (guard !== undefined)
    return atHand(state, guard).flatMap((task) => (task.outcome === undefined ? working(state, task) : []));
  if (troubles.length > 0) return record(prompt(state, step, tasks, ['retry', 'rollback', 'abort'], troubles));
  return record(skipped(last, tasks));
}

const record = (event: EventBody): readonly Effect[] => [{ do: 'record', event }];

function prompt(
  state: RunState,
  { id: step, phase }: StepState,
  tasks: readonly TaskKey[],
  allowed: readonly AnswerKind[],
  found?: readonly string[],
): EventBody {
  const id = nextPrompt(state);
  const more = found === undefined ? {} : { found };
  return { type: 'prompt_opened', prompt: id, step, phase, tasks, answers: allowed, ...more };
}

const skipped = ({ id, step }: PromptState, tasks: readonly TaskKey[]): EventBody => ({
  type: 'step_skipped',
  step,
  prompt: id,
  tasks,
});

const rollback = ({ id, answer }: PromptState): EventBody => ({
  type: 'rollback_started',
  because: `${nameOf(answer?.by)} decided so at ${id}`,
});

export const nameOf = (by: Actor | undefined): string =>
  by === undefined ? 'somebody' : by.kind === 'github' ? by.login : by.user;
