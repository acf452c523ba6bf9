import { lastAboutStep } from './evolve-decision.ts';
import { heldBack } from './batches.ts';
import { policyOf } from './policy.ts';
import { ended } from './next-end.ts';
import { nextPrompt } from './prompt-ids.ts';
import { keyOf, listOf, planStep } from './steps.ts';
import type { AnswerKind, Effect, EventBody, RunState, StepState, TaskState } from './types.ts';

/** All tasks of the step have settled, and some did not end well. */
export function failing(state: RunState, step: StepState, bad = heldBack(state, step)): Effect {
  return { do: 'record', event: whatFollows(state, step, bad) };
}

function whatFollows(state: RunState, step: StepState, bad: readonly TaskState[]): EventBody {
  const tasks = bad.map(keyOf);
  const last = lastAboutStep(state);
  if (last?.step === step.id && last.phase === step.phase && last.answer !== undefined) {
    const { decision, by } = last.answer;
    const who = by.kind === 'github' ? by.login : by.user;
    // What has gone wrong since (with a later item, in a later batch) nobody has been asked about.
    const answered = tasks.filter((key) => last.tasks.some((one) => one.host === key.host && one.item === key.item));
    if (decision === 'skip' && answered.length > 0) {
      return { type: 'step_skipped', step: step.id, prompt: last.id, tasks: answered };
    }
    if (decision === 'rollback') return { type: 'rollback_started', because: `${who} decided so at ${last.id}` };
  }
  switch (policyOf(state, step, bad)) {
    case 'rollback':
      return { type: 'rollback_started', because: `step ${step.id} did not go well` };
    case 'abort':
      return ended(state, 'aborted', `step ${step.id} did not go well`);
    case 'prompt':
    case 'continue': {
      const prompt = nextPrompt(state);
      return {
        type: 'prompt_opened',
        prompt,
        step: step.id,
        phase: step.phase,
        tasks,
        answers: answers(state, step, bad),
      };
    }
  }
}

/** What a person may answer: from a rollback, and from a run's end, there is no way back; what is critical cannot be skipped. */
function answers(state: RunState, step: StepState, tasks: readonly TaskState[]): readonly AnswerKind[] {
  const list = listOf(state, step);
  if (list === 'undo') return ['retry', 'skip', 'abort'];
  const skip = planStep(state.plan, step.id, step.phase).critical ? [] : (['skip'] as const);
  const retry = tasks.some(({ lost }) => lost === true) ? [] : (['retry'] as const);
  return [...retry, ...skip, ...(list === 'steps' ? (['rollback'] as const) : []), 'abort'];
}
