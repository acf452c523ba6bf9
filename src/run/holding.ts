import { isOpen } from '../language/window-times.ts';
import { downNow } from './downtime.ts';
import { planStep, withStep } from './steps.ts';
import type { Instant, PromptState, RunState, StepState } from './types.ts';

/**
 * Whether a step that opens is to wait for the window: it cannot be undone, and nothing of it has begun. Judged once, by
 * the time at which it opens: what has begun is never held.
 */
export function isHeld(state: RunState, { id, phase, tasks }: StepState, at: Instant): boolean {
  const { plan, mode } = state;
  if (plan.window === undefined || mode === 'dryrun' || phase === 'undo') return false;
  if (planStep(plan, id, phase).undo.kind !== 'irreversible' || isOpen(plan.window, at)) return false;
  // To wait would only make it longer.
  if (downNow(state) !== undefined) return false;
  const begun = tasks.some(({ attempts }) => attempts.length > 0);
  return !begun && tasks.some(({ outcome }) => outcome === undefined);
}

/** Somebody has it looked at again: the step goes on if the window is open by now. */
export function heldAgain(state: RunState, { step: id, phase }: PromptState, at: Instant): RunState {
  const { window } = state.plan;
  if (window !== undefined && !isOpen(window, at)) return state;
  return withStep(state, id, phase, ({ held: _held, ...step }) => ({ ...step, openedAt: at }));
}
