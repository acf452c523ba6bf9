import { wentWell } from './attempts.ts';
import { blocksDryRun } from './dry.ts';
import { begun } from './batches.ts';
import { withTroubles } from './evolve-asking.ts';
import { collects, passes } from './policy.ts';
import { placeOf, stepsUnderWay, withStep } from './steps.ts';
import { withoutBeside } from './unseen-ends.ts';
import type { Instant, RunState, StepState, Trouble } from './types.ts';

/** Ends the step at hand once none of its tasks holds it back, and keeps what it found wrong before the first change. */
export function settleSteps(state: RunState, at: Instant): RunState {
  const under = stepsUnderWay(state).filter((each) => each.status === 'open');
  // While guards are looked at again, the step that asked is open too, and comes last.
  const step = under.find(({ id }) => id !== state.guards?.step) ?? under[0];
  const open = step?.held === true ? step : step && begun(state, withoutBeside(state, step), at);
  if (open === undefined) return state;
  if (open !== step)
    return settleSteps(
      withStep(state, open.id, open.phase, () => open),
      at,
    );
  if (!open.tasks.every((task) => passes(state, open, task))) return state;
  const ended = withStep(state, open.id, open.phase, (step) => ({ ...step, status: 'done', endedAt: at }));
  const told = withTroubles(ended, reasons(state, open));
  // In a record made anew several may stand open behind one that somebody has to speak about.
  return state.rebuilt === undefined ? told : settleSteps(told, at);
}

function reasons(state: RunState, step: StepState): readonly Trouble[] {
  return step.tasks.flatMap((task) => {
    if (task.outcome === undefined || wentWell(task.outcome)) return [];
    const counts = collects(state, step) || (state.mode === 'dryrun' && blocksDryRun(state, step.id, task));
    return counts ? [`${placeOf(task)}: step ${step.id}: ${task.detail ?? task.outcome}`] : [];
  });
}
