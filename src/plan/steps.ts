import type { Action, JobWork, Work } from '../actions/types.ts';
import { resolve, toEnv } from '../language/expressions.ts';
import type { Fact, Inventory, Json, OnRollback, Problem, Step, Value } from '../language/types.ts';
import { withDoneWhen } from './done-when.ts';
import { expand, unknownName } from './hosts.ts';
import { type OnHosts, onHosts } from './on.ts';
import type { PlanHost, PlanStep, Undo } from './types.ts';

/** What a step's plan rests on. */
export interface Ground {
  readonly inventory: Inventory;
  /** All hosts of the plan, in their order. */
  readonly hosts: readonly PlanHost[];
  /** The environment's name; and the procedure's hosts that it has not, which a step may name and is not taken on. */
  readonly environment?: string;
  readonly elsewhere: readonly string[];
  readonly facts: Readonly<Record<string, Fact>>;
  readonly params: Readonly<Record<string, Json>>;
  readonly actions: readonly Action[];
  /** Texts of the files that the steps name, by their names as written. */
  readonly texts: ReadonlyMap<string, string>;
  /** The steps stand in `rollback` or `always`, the end of a run, which is not undone. */
  readonly ending?: true;
  /** The call whose steps these are. */
  readonly call?: string;
  /** That call stands within a downtime of its caller's, so what these steps say of one is no other. */
  readonly down?: true;
}

/**
 * One step as the plan fixes it. What is wrong with it is added to `problems`, and there is no step then.
 * @param undoes it stands in an `on_rollback`, so it is not undone itself; where that is taken which it undoes, where
 *   it names none of its own.
 */
export function planStep(
  ground: Ground,
  step: Step,
  problems: Problem[],
  undoes?: { readonly on?: OnHosts },
): PlanStep | undefined {
  const fault = (message: string): void => {
    problems.push({ place: step.place, message: `step ${step.id}: ${message}` });
  };
  const action = ground.actions.find((each) => each.name === step.action);
  if (action === undefined) {
    fault(`there is no action "${step.action}"`);
    return undefined;
  }
  const all: OnHosts = { hosts: ground.hosts.map((host) => host.name) };
  const on = action.table === true ? all : (undoes?.on ?? onHosts(ground, step, fault));
  const read = (name: string): string => textOf(ground.texts, name);
  const named = (name: Value): readonly PlanHost[] => hostsNamed(ground, name, action.table === true, fault);
  const given = action.work(step.input, { timeoutMs: step.timeoutMs, read, named, fault });
  const work = given.kind === 'job' ? jobOf(step, given) : withVariables(step, given);
  const hosts = on && hostsOf(step, on, work, undoes !== undefined);
  if (work.kind === 'expect' && hosts?.length === 0) {
    fault(
      `none of the table's hosts is among those of the environment ${ground.environment ?? ''}: nothing would be compared`,
    );
  }
  const undo: Undo | undefined = undoes
    ? { kind: 'none' }
    : undoOf(ground, step, action, { ...on, hosts: hosts ?? [] }, problems, fault);
  if (on === undefined || hosts === undefined || undo === undefined) return undefined;
  return {
    id: step.id,
    ...(ground.call === undefined ? {} : { call: ground.call }),
    name: step.name,
    action: step.action,
    input: step.input,
    hosts,
    ...(on.choice === undefined ? {} : undoes?.on === undefined ? { choice: on.choice } : { onChosen: true }),
    ...manyOf(step),
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
    ...(step.destructive === true ? { destructive: true } : {}),
    ...(step.downtime === undefined ? {} : { downtime: step.downtime }),
    onFailure: step.onFailure,
    ...(step.secrets === undefined ? {} : { secrets: step.secrets }),
    ...(step.noLog === true ? { noLog: true } : {}),
    undo,
  };
}

/**
 * What is said or asked is said once, unless the step names the hosts that it is for. What a person shall put right
 * again is asked for each host that the step was taken on.
 */
function isSaidOnce(work: Work, { on }: Step, undoes: boolean): boolean {
  // An agreement is to the run, whichever hosts its condition looks at.
  if (work.kind === 'ask' && work.how === 'approve') return true;
  return on.length === 0 && (work.kind === 'say' || (work.kind === 'ask' && !undoes));
}

/**
 * The plan's hosts that a text of a step stands for, once params are put in.
 * @param narrowed those that the environment has not are left out, as with `on`
 */
function hostsNamed(
  { hosts, elsewhere, environment, inventory, params }: Ground,
  name: Value,
  narrowed: boolean,
  fault: (message: string) => void,
): readonly PlanHost[] {
  const made = resolve(name, { params, vars: {}, facts: {}, hosts: {}, steps: {}, run: {} });
  if (made.kind !== 'value') {
    fault(made.why);
    return [];
  }
  const wanted = expand([toEnv(made.value)], inventory);
  for (const each of wanted.unknown) fault(unknownName(each, inventory));
  const away = wanted.hosts.filter((each) => elsewhere.includes(each));
  if (away.length > 0 && !narrowed) fault(`${away.join(', ')} ${notHere(environment)}`);
  const outside = wanted.hosts.filter((each) => !away.includes(each) && !hosts.some((host) => host.name === each));
  if (outside.length > 0) fault(`${outside.join(', ')} is not among the procedure's hosts; add it to hosts:`);
  return hosts.filter((host) => wanted.hosts.includes(host.name));
}

/** That an environment has not what is meant. */
export const notHere = (environment = ''): string => `is not among the hosts of the environment ${environment}`;

function textOf(texts: ReadonlyMap<string, string>, name: string): string {
  const text = texts.get(name);
  if (text === undefined) throw new Error(`The file ${name} was not read before the plan was made.`);
  return text;
}

/** Of the hosts that `on` names, those that the step is meant for; where facts choose, or in a rollback, that is seen later. */
function hostsOf(step: Step, { hosts, choice }: OnHosts, work: Work, undoes: boolean): readonly string[] {
  // A table names its own.
  if (work.kind === 'expect') return hosts.filter((name) => Object.hasOwn(work.table, name));
  const once = (step.runOnce === true && !undoes) || isSaidOnce(work, step, undoes);
  return once && choice === undefined ? hosts.slice(0, 1) : hosts;
}

/** How often, for what and on how many hosts at a time. */
function manyOf({ loop, serial, runOnce, maxHosts, retries }: Step): Partial<PlanStep> {
  return {
    ...(loop === undefined ? {} : { loop }),
    ...(serial === undefined ? {} : { serial }),
    ...(runOnce === undefined ? {} : { runOnce }),
    ...(maxHosts === undefined ? {} : { maxHosts }),
    ...(retries === undefined ? {} : { retries }),
  };
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

/** A condition's script gets the step's variables too; an expression has none. */
function withVariables({ env }: Step, work: Work): Work {
  if (work.kind !== 'check' && work.kind !== 'wait') return work;
  const asked = work.kind === 'check' ? work.holds : work.until;
  return 'run' in asked && Object.keys(env).length > 0 ? { ...work, env } : work;
}

function undoOf(
  ground: Ground,
  step: Step,
  action: Action,
  on: OnHosts,
  problems: Problem[],
  fault: (message: string) => void,
): Undo | undefined {
  if (step.readOnly || !action.changes || ground.ending === true) return { kind: 'none' };
  if (step.onRollback !== undefined) return declared(ground, step, step.onRollback, on, problems);
  if (!step.reversible) return { kind: 'irreversible' };
  if (action.undoesItself(step.input)) return { kind: 'self' };
  if (action.asks === true) return { kind: 'leave', reason: BY_HAND };
  fault(
    'it changes a host, and nothing says how that is undone: add on_rollback (a step, a list of steps, or ' +
      '{leave: reason}), reversible: false, or read_only: true where it changes nothing',
  );
  return undefined;
}

const BY_HAND = 'it was done by hand, and no on_rollback says how it is taken back';

function declared(
  ground: Ground,
  step: Step,
  onRollback: OnRollback,
  on: OnHosts,
  problems: Problem[],
): Undo | undefined {
  if ('leave' in onRollback) return { kind: 'leave', reason: onRollback.leave };
  const steps = onRollback.steps.map((sub) =>
    planStep(ground, undoStep(step, sub), problems, sub.on.length === 0 ? { on } : {}),
  );
  const planned = steps.flatMap((sub) => sub ?? []);
  return planned.length === steps.length ? { kind: 'steps', steps: planned } : undefined;
}

/** A step of an `on_rollback`: where it says nothing else, on the hosts, in the folder and as the user of the step it undoes. */
export function undoStep(step: Step, sub: Step): Step {
  const chdir = sub.chdir ?? step.chdir;
  const becomeUser = sub.becomeUser ?? step.becomeUser;
  const serial = sub.serial ?? (sub.runOnce === true ? undefined : step.serial);
  return {
    ...sub,
    id: `${step.id}/${sub.id}`,
    on: sub.on.length === 0 ? step.on : sub.on,
    env: { ...step.env, ...sub.env },
    ...(chdir === undefined ? {} : { chdir }),
    ...(becomeUser === undefined ? {} : { becomeUser }),
    ...(serial === undefined ? {} : { serial }),
  };
}
