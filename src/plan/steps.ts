import type { Action, JobWork } from '../actions/types.ts';
import type { Inventory, OnRollback, Problem, Step } from '../language/types.ts';
import { withDoneWhen } from './done-when.ts';
import { expand, unknownName } from './hosts.ts';
import type { PlanHost, PlanStep, Undo } from './types.ts';

/** What a step's plan rests on. */
export interface Ground {
  readonly inventory: Inventory;
  /** All hosts of the plan, in their order. */
  readonly hosts: readonly PlanHost[];
  readonly actions: readonly Action[];
  /** Texts of the files that the steps name, by their names as written. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * One step as the plan fixes it. What is wrong with it is added to `problems`, and there is no step then.
 * @param undoes it stands in an `on_rollback`, so it is not undone itself.
 */
export function planStep(ground: Ground, step: Step, problems: Problem[], undoes = false): PlanStep | undefined {
  const fault = (message: string): void => {
    problems.push({ place: step.place, message: `step ${step.id}: ${message}` });
  };
  const action = ground.actions.find((each) => each.name === step.action);
  if (action === undefined) {
    fault(`there is no action "${step.action}"`);
    return undefined;
  }
  const hosts = hostsOf(ground, step, fault);
  const read = (name: string): string => textOf(ground.texts, name);
  const given = action.work(step.input, { timeoutMs: step.timeoutMs, read });
  const work = given.kind === 'job' ? jobOf(step, given) : given;
  if (work.kind !== 'job' && (step.doneWhen ?? step.verify) !== undefined) {
    fault(`done_when and verify belong to steps that run something on a host, which ${action.name} does not`);
    return undefined;
  }
  const undo: Undo | undefined = undoes ? { kind: 'none' } : undoOf(ground, step, action, problems, fault);
  if (hosts === undefined || undo === undefined) return undefined;
  return {
    id: step.id,
    name: step.name,
    action: step.action,
    input: step.input,
    // What is said is said once, unless the step names the hosts that it is said for.
    hosts: (work.kind === 'say' && step.on.length === 0 ? hosts.slice(0, 1) : hosts).map((host) => host.name),
    ...(step.when === undefined ? {} : { when: step.when }),
    work,
    ...(step.chdir === undefined ? {} : { chdir: step.chdir }),
    ...(step.becomeUser === undefined ? {} : { becomeUser: step.becomeUser }),
    timeoutMs: step.timeoutMs,
    ...(step.doneWhen !== undefined && 'expr' in step.doneWhen ? { doneWhen: step.doneWhen.expr } : {}),
    ...(step.verify !== undefined && 'expr' in step.verify ? { verify: step.verify.expr } : {}),
    readOnly: step.readOnly || !action.changes,
    idempotent: step.idempotent,
    critical: step.critical,
    onFailure: step.onFailure,
    undo,
  };
}

function textOf(texts: ReadonlyMap<string, string>, name: string): string {
  const text = texts.get(name);
  if (text === undefined) throw new Error(`The file ${name} was not read before the plan was made.`);
  return text;
}

function hostsOf(
  { hosts, inventory }: Ground,
  step: Step,
  fault: (message: string) => void,
): readonly PlanHost[] | undefined {
  if (step.on.length === 0) return hosts;
  const wanted = expand(step.on, inventory);
  for (const name of wanted.unknown) fault(`on: ${unknownName(name, inventory)}`);
  const outside = wanted.hosts.filter((name) => !hosts.some((host) => host.name === name));
  if (outside.length > 0) fault(`on: ${outside.join(', ')} is not among the procedure's hosts; add it to hosts:`);
  if (wanted.unknown.length > 0 || outside.length > 0) return undefined;
  return hosts.filter((host) => wanted.hosts.includes(host.name));
}

/** The action's work with the step's own environment and checks. */
function jobOf(step: Step, work: JobWork): JobWork {
  const own: JobWork = {
    ...work,
    env: { ...step.env, ...work.env },
    ...(step.verify !== undefined && 'run' in step.verify ? { verify: step.verify.run } : {}),
  };
  return step.doneWhen !== undefined && 'run' in step.doneWhen ? withDoneWhen(own, step.doneWhen.run) : own;
}

function undoOf(
  ground: Ground,
  step: Step,
  action: Action,
  problems: Problem[],
  fault: (message: string) => void,
): Undo | undefined {
  if (step.readOnly || !action.changes) return { kind: 'none' };
  if (step.onRollback !== undefined) return declared(ground, step, step.onRollback, problems);
  if (!step.reversible) return { kind: 'irreversible' };
  if (action.undoesItself(step.input)) return { kind: 'self' };
  fault(
    'it changes a host, and nothing says how that is undone: add on_rollback (a step, a list of steps, or ' +
      '{leave: reason}), reversible: false, or read_only: true where it changes nothing',
  );
  return undefined;
}

function declared(ground: Ground, step: Step, onRollback: OnRollback, problems: Problem[]): Undo | undefined {
  if ('leave' in onRollback) return { kind: 'leave', reason: onRollback.leave };
  const steps = onRollback.steps.map((sub) => planStep(ground, undoStep(step, sub), problems, true));
  const planned = steps.flatMap((sub) => sub ?? []);
  return planned.length === steps.length ? { kind: 'steps', steps: planned } : undefined;
}

/** A step of an `on_rollback`: where it says nothing else, on the hosts, in the folder and as the user of the step it undoes. */
export function undoStep(step: Step, sub: Step): Step {
  const chdir = sub.chdir ?? step.chdir;
  const becomeUser = sub.becomeUser ?? step.becomeUser;
  return {
    ...sub,
    id: `${step.id}/${sub.id}`,
    on: sub.on.length === 0 ? step.on : sub.on,
    env: { ...step.env, ...sub.env },
    ...(chdir === undefined ? {} : { chdir }),
    ...(becomeUser === undefined ? {} : { becomeUser }),
  };
}
