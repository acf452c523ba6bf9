import { nextPrompt } from './prompt-ids.ts';
import type { AnswerKind, Effect, RunState, Waiting } from './types.ts';

/**
 * What the run waits for is held by one that may never give it back: a person is asked. Or they have said that it is over
 * there: then it is barred from the host, and only then can the host be had.
 * @returns undefined where there is nothing to ask and nothing was said
 */
export function ambiguous(state: RunState): readonly Effect[] | undefined {
  const { barring, waitingFor } = state;
  if (barring !== undefined) return [{ do: 'bar', ...barring }];
  if (waitingFor?.holder?.kind !== 'run' || waitingFor.holder.ask !== true) return undefined;
  const prompt = nextPrompt(state);
  const about = { step: '-', phase: 'apply', tasks: [], answers: answersTo(waitingFor), lock: waitingFor } as const;
  return [{ do: 'record', event: { type: 'prompt_opened', prompt, ...about } }];
}

/** A name has no place at which its holder could be kept from going on; a host has, once nothing of it lives there. */
function answersTo({ what, holder }: Waiting): readonly AnswerKind[] {
  const alive = holder?.kind === 'run' ? (holder.alive ?? []) : [];
  return what === 'host' && alive.length === 0 ? ['retry', 'continue', 'abort'] : ['retry', 'abort'];
}
