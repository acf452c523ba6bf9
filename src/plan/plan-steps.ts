import { expandHosts } from '../language/inventory.ts';
import type { Call, Inventory, Place, Problem, Procedure, Step } from '../language/types.ts';
import { type Callees, giveParams } from './callees.ts';
import { varsOf } from './hosts.ts';
import type { Matches } from './params.ts';
import { type Ground, planStep } from './steps.ts';
import type { PlanCall, PlanHost, PlanStep } from './types.ts';

/** What comes of planning a procedure's steps beside the steps themselves. */
export interface Planning {
  readonly callees: Callees;
  readonly matches?: Matches;
  readonly problems: Problem[];
  readonly calls: Record<string, PlanCall>;
  /** Ids of steps that are looked at before the first change too. */
  readonly early: Set<string>;
  readonly places: Map<string, Place>;
}

/** A job's folder on a host is named after its step, with `/` as three characters; its undo's id is longer still. */
const LONGEST_ID = 120;

/** Steps in their order, with those of called procedures in the place of the steps that call them. */
export function planSteps(ground: Ground, steps: readonly Step[], planning: Planning): readonly PlanStep[] {
  let down = ground.down === true;
  return steps.flatMap((own) => {
    const step = inCall(own, ground);
    if (step.downtime !== undefined) down = step.downtime === 'begins';
    planning.places.set(step.id, step.place);
    if (step.id.length > LONGEST_ID) {
      const message = `the name of this step, ${step.id}, is longer than ${String(LONGEST_ID)} characters: shorten the ids that it is made of`;
      planning.problems.push({ place: step.place, message });
    }
    if (step.call !== undefined) {
      return called(down ? { ...ground, down } : ground, step, step.call, planning);
    }
    if (step.preflight === true) planning.early.add(step.id);
    return planStep(ground, step, planning.problems) ?? [];
  });
}

/** A called procedure's step as it is named in the run. */
function inCall(given: Step, { call, down }: Ground): Step {
  if (call === undefined) return given;
  const { downtime, ...step } = given;
  const id = `${call}/${step.id}`;
  const named = { ...step, id, name: step.name === step.id ? id : step.name };
  return downtime === undefined || down === true ? named : { ...named, downtime };
}

/**
 * A called procedure's steps; before them, where there is something to decide or to follow their undo, a step that stands
 * for the call: it decides whether they are taken, and as it comes before them it is undone after them.
 */
function called(ground: Ground, step: Step, call: Call, planning: Planning): readonly PlanStep[] {
  const callee = planning.callees.get(call.procedure);
  const { problems, calls, early } = planning;
  const wrong = (message: string): readonly PlanStep[] => {
    problems.push({ place: call.place, message });
    return [];
  };
  if (callee === undefined) return wrong(`there is no procedure ${call.procedure}`);
  const { procedure, texts } = callee;
  const hosts = hostsOf(procedure, ground);
  if (hosts.length === 0) return wrong(`${call.procedure} has no host in common with this procedure`);
  const given = giveParams(call, procedure, { params: ground.params, hosts }, planning.matches);
  if (!given.ok) {
    problems.push(...given.problems);
    return [];
  }
  const { params } = given;
  const inside: PlanHost[] = [];
  for (const host of hosts) {
    const vars = varsOf(procedure.vars, params, varsIn(ground.inventory, host));
    if (vars.problems.length > 0) return wrong(`${call.procedure}: ${vars.problems.join('; ')}`);
    inside.push({ ...host, vars: vars.values });
  }
  const { facts, file } = procedure;
  const vars = Object.fromEntries(inside.map(({ name, vars: own }) => [name, own]));
  calls[step.id] = { procedure: call.procedure, file, params, vars, facts };
  const own: Ground = {
    ...{ ...ground, hosts: inside, elsewhere: elsewhereOf(procedure, ground) },
    ...{ facts, params, texts, call: step.id },
  };
  const after = planSteps({ ...own, ending: true }, procedure.rollback ?? [], planning);
  const stands = step.when !== undefined || after.length > 0;
  const first = stands ? planStep(ground, { ...step, on: procedure.hosts, readOnly: true }, problems) : undefined;
  const steps = planSteps(own, procedure.steps, planning);
  // What decides about a step that is looked at early is looked at before it.
  if (first?.when !== undefined && steps.some(({ id }) => early.has(id))) early.add(first.id);
  const undo = after.length === 0 ? {} : { undo: { kind: 'steps', steps: after, follows: true } as const };
  return [...(first === undefined ? [] : [{ ...first, ...undo }]), ...steps];
}

/** In the order in which the called procedure names them. */
function hostsOf({ hosts }: Procedure, ground: Ground): readonly PlanHost[] {
  return expandHosts(ground.inventory, hosts).flatMap((name) => ground.hosts.find((host) => host.name === name) ?? []);
}

/** Those that the environment has not, so that its steps may name them and are not taken there. */
const elsewhereOf = ({ hosts }: Procedure, ground: Ground): readonly string[] =>
  expandHosts(ground.inventory, hosts).filter((name) => !ground.hosts.some((host) => host.name === name));

const varsIn = ({ hosts }: Inventory, { name }: PlanHost): PlanHost['vars'] => hosts[name]?.vars ?? {};
