import { lastAboutStep, openPrompt } from './evolve-decision.ts';
import { nameOf } from './next-asking.ts';
import { currentStep, hostsToTake } from './policy.ts';
import { nextPrompt } from './prompt-ids.ts';
import { isTakenBack } from './rehearsals.ts';
import { awaitsStart } from './start.ts';
import { listOf, stepsUnderWay } from './steps.ts';
import type { Actor, Effect, EventBody, PromptState, RunState, StepState } from './types.ts';

/** Why a run cannot be paused. */
export type NoPause =
  /** It is not at work: it waits already, for an answer or, without a prompt, to be approved. */
  | { readonly kind: 'waits_already'; readonly prompt?: PromptState }
  | { readonly kind: 'pausing_already'; readonly by: Actor }
  /** No step follows that could be held back. */
  | {
      readonly kind: 'nothing_to_pause';
      readonly why: 'dryrun' | 'blocked' | 'ending' | 'last';
      readonly step?: string;
    };

/** Whether a run can be held before its next step: by what is known now, there must be one. */
export function noPause(state: RunState): NoPause | undefined {
  const prompt = openPrompt(state);
  if (prompt !== undefined) return { kind: 'waits_already', prompt };
  if (awaitsStart(state)) return { kind: 'waits_already' };
  if (state.pausing !== undefined) return { kind: 'pausing_already', by: state.pausing.by };
  if (state.mode === 'dryrun') return { kind: 'nothing_to_pause', why: 'dryrun' };
  if (isBlocked(state)) return { kind: 'nothing_to_pause', why: 'blocked' };
  if (state.ending !== undefined) return { kind: 'nothing_to_pause', why: 'ending' };
  if (stepAhead(state) !== undefined || (isTakenBack(state) && state.rollback === undefined)) return undefined;
  const step = currentStep(state)?.id;
  return { kind: 'nothing_to_pause', why: 'last', ...(step === undefined ? {} : { step }) };
}

/** The step that would be held back: the first of which nothing has begun. */
const stepAhead = (state: RunState): StepState | undefined =>
  stepsUnderWay(state).find((step) => step.status === 'pending' && hostsToTake(state, step).length > 0);

/** It only looks for what else is in the way, and ends. */
const isBlocked = ({ blocked, rollback }: RunState): boolean => blocked.length > 0 && rollback === undefined;

/**
 * Before a step of which nothing has begun: the prompt of a pause that somebody has asked for, and what its answer leads
 * to. A step that did not go well has been asked about before, and that stood for the pause.
 */
export function pausedBefore(state: RunState, step: StepState): Effect | undefined {
  if (step.status !== 'pending') return undefined;
  const last = lastAboutStep(state);
  if (last?.paused !== undefined && last.answer?.decision === 'rollback' && state.rollback === undefined) {
    return record({ type: 'rollback_started', because: `${nameOf(last.answer.by)} decided so at ${last.id}` });
  }
  if (state.pausing === undefined || isBlocked(state)) return undefined;
  const isForward = listOf(state, step) === 'steps';
  return record({
    type: 'prompt_opened',
    prompt: nextPrompt(state),
    step: step.id,
    phase: step.phase,
    tasks: [],
    answers: isForward ? ['continue', 'rollback', 'abort'] : ['continue', 'abort'],
    paused: true,
  });
}

const record = (event: EventBody): Effect => ({ do: 'record', event });
