import { callsAround } from '../plan/calls-around.ts';
import type { Plan, PlanStep } from '../plan/types.ts';
import { planHost } from './steps.ts';
import type { RunState } from './types.ts';

/** What a step's expressions and scripts know by name: nothing but what their own procedure says. */
export interface Scope {
  readonly params: Plan['params'];
  readonly facts: Plan['facts'];
  readonly vars: (host: string) => Plan['params'];
  /** As a step of that procedure is named in the run. */
  readonly stepId: (id: string) => string;
}

/** @param call as in the step; absent: it is one of the procedure that was asked for. */
export function scopeOf(plan: Plan, call: string | undefined): Scope {
  if (call === undefined) {
    const { params, facts } = plan;
    return { params, facts, vars: (host) => planHost(plan, host).vars, stepId: (id) => id };
  }
  const own = plan.calls?.[call];
  if (own === undefined) throw new Error(`The plan ${plan.verb} ${plan.system} has no call ${call}.`);
  const { params, facts, vars } = own;
  return { params, facts, vars: (host) => vars[host] ?? {}, stepId: (id) => `${call}/${id}` };
}

/** The steps that a call stands for; undefined where it is none. */
export function stepsOfCall({ calls, steps }: Plan, id: string): readonly PlanStep[] | undefined {
  if (calls?.[id] === undefined) return undefined;
  return steps.filter((step) => callsAround(step).includes(id) && !isCopy(step));
}

/** The steps that decide whether the calls around a step are taken, the outermost first. */
export function deciders(plan: Plan, step: PlanStep): readonly PlanStep[] {
  return callsAround(step).flatMap((call) => {
    const named = (id: string): PlanStep | undefined => plan.steps.find((each) => each.id === id);
    return (isCopy(step) ? named(`preflight/${call}`) : undefined) ?? named(call) ?? [];
  });
}

/** It is a copy of the step, to be looked at before the first change. */
const isCopy = ({ id }: PlanStep): boolean => id.startsWith('preflight/');

/** Whether a call around the step is passed over on a host, and its steps with it. */
export const isPassedOver = (state: RunState, step: PlanStep, host: string): boolean =>
  decisionsOn(state, step, host).some(({ outcome }) => outcome === 'skipped');

/** In a dry run: that it is not known yet whether a call around the step is taken, in words. */
export function callDoubt(state: RunState, step: PlanStep, host: string): string | undefined {
  const doubtful = decisionsOn(state, step, host).find(({ undetermined }) => undetermined !== undefined);
  return doubtful && `whether ${doubtful.step} is called is not known yet`;
}

function decisionsOn(state: RunState, step: PlanStep, host: string) {
  if (step.call === undefined) return [];
  return deciders(state.plan, step).flatMap(
    ({ id }) => state.steps.find((each) => each.id === id)?.tasks.filter((task) => task.host === host) ?? [],
  );
}
