import { lastAboutStep } from './evolve-decision.ts';
import { nameOf } from './next-asking.ts';
import { nextPrompt } from './prompt-ids.ts';
import { keyOf, planStep } from './steps.ts';
import type { AnswerKind, Effect, EventBody, RunState, StepState } from './types.ts';

/**
 * A step that waits for the window. A person is asked, and only they move it on: also once the window has opened somebody
 * must be there.
 */
export function holding(state: RunState, step: StepState): Effect {
  const tasks = step.tasks.filter(({ outcome }) => outcome === undefined).map(keyOf);
  const last = lastAboutStep(state);
  const answer = last?.closed === true && last.step === step.id ? last.answer : undefined;
  if (last !== undefined && answer?.decision === 'skip') {
    return record({ type: 'step_skipped', step: step.id, prompt: last.id, tasks });
  }
  if (last !== undefined && answer?.decision === 'rollback') {
    return record({ type: 'rollback_started', because: `${nameOf(answer.by)} decided so at ${last.id}` });
  }
  const prompt = nextPrompt(state);
  const answers = answersAt(state, step);
  return record({ type: 'prompt_opened', prompt, step: step.id, phase: step.phase, tasks, answers, closed: true });
}

function answersAt({ plan }: RunState, { id, phase }: StepState): readonly AnswerKind[] {
  return planStep(plan, id, phase).critical ? ['retry', 'rollback', 'abort'] : ['retry', 'skip', 'rollback', 'abort'];
}

const record = (event: EventBody): Effect => ({ do: 'record', event });
