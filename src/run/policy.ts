import { referencesOf } from '../language/expressions.ts';
import type { OnFailure } from '../language/types.ts';
import type { PlanStep } from '../plan/types.ts';
import { wentWell } from './attempts.ts';
import { wantedOf } from './expected.ts';
import { answered, preflightTroubles } from './preflight.ts';
import { isEarly, isGuard, listOf, planStep, stepsUnderWay } from './steps.ts';
import type { RunState, StepState, TaskState } from './types.ts';

/** What a step before the first change finds wrong is collected, so that the answer names all of it at once. */
export function collects(state: RunState, step: StepState): boolean {
  if (step.phase === 'undo' || !isEarly(state.plan, step.id)) return false;
  return isGuard(state.plan, step.id) || state.blocked.length > 0;
}

/** The task does not hold its step back. */
export function passes(state: RunState, step: StepState, task: TaskState): boolean {
  const { outcome } = task;
  if (outcome === undefined) return false;
  if (wentWell(outcome) || state.mode === 'dryrun' || collects(state, step)) return true;
  return policyOf(state, step, [task]) === 'continue';
}

/** What is to be done about a step of which these tasks did not end well. */
export function policyOf(state: RunState, step: StepState, bad: readonly TaskState[]): OnFailure {
  const own = planStep(state.plan, step.id, step.phase).onFailure;
  const unknown = bad.some((task) => task.outcome === 'unknown');
  // An unknown job may still be at work: only a person can say that the next step may follow it. At a run's end they are
  // asked last, and nothing is begun beside it.
  if (own === 'continue') return unknown && listOf(state, step) !== 'always' ? 'prompt' : 'continue';
  // There is nothing behind a rollback, or a run's end: where it is stuck, a person must look.
  if (listOf(state, step) !== 'steps') return 'prompt';
  return own === 'prompt' ? (state.onFailure ?? 'prompt') : own;
}

/**
 * Where the step is taken. On a blocked run nothing is said or waited for before it ends; and where hosts themselves are
 * in trouble, only checks are still looked at, on those that answered, since they can add to what is known to be wrong.
 */
export function hostsToTake(state: RunState, step: StepState): readonly string[] {
  if (step.phase === 'undo' || state.blocked.length === 0 || !isEarly(state.plan, step.id)) return step.hosts;
  const found = planStep(state.plan, step.id, 'apply');
  if (found.work.kind === 'wait' || found.work.kind === 'say' || found.work.kind === 'ask') return [];
  if (preflightTroubles(state).length === 0) return step.hosts;
  return isCheck(found) && !asksForSteps(found) ? step.hosts.filter((host) => answered(state, host)) : [];
}

const isCheck = ({ work }: PlanStep): boolean => work.kind === 'check' || work.kind === 'expect';

function asksForSteps(step: PlanStep): boolean {
  const own = step.work.kind === 'check' ? [step.work.holds] : wantedOf(step);
  const sources = [...own, ...(step.when ? [step.when] : [])];
  return sources.some((source) => referencesOf(source).some((asked) => asked.kind === 'step'));
}

/** The step at hand: the first that is not done and has a host to be taken on. */
export function currentStep(state: RunState): StepState | undefined {
  return stepsUnderWay(state).find((step) => step.status !== 'done' && hostsToTake(state, step).length > 0);
}
