import { wentWell } from './attempts.ts';
import { isTakenBack } from './rehearsals.ts';
import { placeOf } from './steps.ts';
import type { Effect, RunState } from './types.ts';
import { notUndone } from './undo.ts';

/**
 * Nothing is left to be done: how the run ended, and why, where that needs a word. A rehearsal has its rollback before it,
 * as any other that a person decides on.
 */
export function finished(state: RunState): Effect {
  if (state.blocked.length > 0 && state.rollback === undefined) {
    return end('failed', `blocked: ${state.blocked.join('; ')}`);
  }
  if (state.rollback !== undefined) {
    const left = notUndone(state);
    return left.length === 0 ? end('rolled_back', state.rollback.because) : end('failed', left.join('; '));
  }
  const passedOver = state.mode === 'dryrun' ? [] : state.steps.flatMap((step) => step.tasks.flatMap(passedOverAs));
  if (state.mode === 'dryrun' || !isTakenBack(state)) return end('succeeded', passedOver.join('; '));
  const because = ['the rehearsal succeeded', ...passedOver].join('; ');
  return { do: 'record', event: { type: 'rollback_started', because, rehearsed: true } };
}

function end(status: 'succeeded' | 'failed' | 'rolled_back', because: string): Effect {
  return { do: 'record', event: { type: 'run_finished', status, ...(because === '' ? {} : { because }) } };
}

/** A run that succeeded says what in it did not. */
function passedOverAs(task: RunState['steps'][number]['tasks'][number]): readonly string[] {
  if (task.skippedAt !== undefined) return [`step ${task.step} on ${placeOf(task)} was skipped at ${task.skippedAt}`];
  if (task.outcome === undefined || wentWell(task.outcome)) return [];
  return [`step ${task.step} on ${placeOf(task)} ended ${task.outcome}, and the procedure goes on without it`];
}
