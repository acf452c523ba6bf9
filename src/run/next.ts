import { aborting } from './next-abort.ts';
import { atHand } from './batches.ts';
import { foresee } from './foreseeing.ts';
import { asking, guarding } from './next-asking.ts';
import { failing } from './next-failure.ts';
import { finished } from './next-end.ts';
import { holding } from './next-holding.ts';
import { ambiguous } from './next-lock.ts';
import { opening } from './next-opening.ts';
import { working } from './next-task.ts';
import { openPrompt } from './evolve-decision.ts';
import { pausedBefore } from './pausing.ts';
import { currentStep } from './policy.ts';
import { askAboutUnseen } from './unseen-ends.ts';
import { preflightDone } from './preflight.ts';
import { afterLook } from './rebuilt.ts';
import { awaitsStart } from './start.ts';
import { firstChange, listOf, planStep } from './steps.ts';
import type { Effect, Ending, RunState, StepState, TaskState } from './types.ts';

/**
 * What is to be brought about now. Only the state decides, so the same state gives the same effects: whoever performs
 * them leaves out those that are under way. At most one of them is a `record`. None: the run has ended, or has not been
 * claimed, or waits for a person.
 */
export function next(state: RunState): readonly Effect[] {
  if (state.endedAt !== undefined || state.epoch === 0) return [];
  if (state.aborting !== undefined || state.barredFrom !== undefined) return aborting(state);
  if (openPrompt(state) !== undefined || awaitsStart(state)) return [];
  const locks = ambiguous(state);
  if (locks !== undefined) return locks;
  const looked = afterLook(state);
  if (looked !== undefined) return [looked];
  if (state.ending === undefined && !preflightDone(state)) return beforeSteps(state);
  if (state.guards !== undefined) return guarding(state, state.guards);
  const ahead = state.ending === undefined ? foresee(state) : takenAgain(state, state.ending);
  if (ahead.length > 0) return ahead;
  const step = currentStep(state);
  if (step === undefined) return [askAboutUnseen(state) ?? finished(state)];
  if (mayNotBegin(state, step)) return [finished(state)];
  const pause = pausedBefore(state, step);
  if (pause !== undefined) return [pause];
  if (step.status !== 'open') return opening(state, step);
  if (step.held === true && step.tasks.some(isLeft)) return [holding(state, step)];
  const effects = atHand(state, step).flatMap((task) => (task.outcome === undefined ? working(state, task) : []));
  const record = effects.find((effect) => effect.do === 'record');
  if (record !== undefined) return [record];
  return effects.length > 0 ? effects : (asking(state, step) ?? [failing(state, step)]);
}

/** Before anything is done at the run's end: hosts that others could have meanwhile are taken again, as far as can be. */
function takenAgain({ released }: RunState, { without }: Ending): readonly Effect[] {
  const [host] = released.filter((each) => without[each] === undefined).sort();
  return host === undefined ? [] : [{ do: 'lock', host }];
}

/**
 * Locks one after the other, in the order of names, and hosts after all else, so that two runs can never hold one each and
 * wait for the other.
 */
function beforeSteps(state: RunState): readonly Effect[] {
  const names = state.plan.hosts.map((host) => host.name).sort();
  const unlocked = names.find((host) => !state.locked.includes(host));
  const locking = state.mode === 'apply' && Object.keys(state.hosts).length === 0;
  const free = state.plan.locks?.find((name) => !state.lockedNames.includes(name));
  if (locking && free !== undefined) return [{ do: 'lock_name', name: free }];
  if (locking && unlocked !== undefined) return [{ do: 'lock', host: unlocked }];
  return names.filter((host) => state.hosts[host] === undefined).map((host) => ({ do: 'preflight', host }));
}

/** With anything found wrong before it, the first change is not begun, nor what wants a secret: it may be that which is missing. */
function mayNotBegin(state: RunState, step: StepState): boolean {
  const first = state.plan.steps[firstChange(state.plan)];
  if (state.blocked.length === 0 || step.phase !== 'apply' || step.status !== 'pending') return false;
  if (listOf(state, step) !== 'steps') return first === undefined && state.mode === 'dryrun';
  return step.id === first?.id || planStep(state.plan, step.id, 'apply').secrets !== undefined;
}

/** Else all that was held was skipped, and what else is wrong with the step is asked about. */
const isLeft = ({ outcome }: TaskState): boolean => outcome === undefined;
