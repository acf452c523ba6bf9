import type { Context, Reference, StepFields } from '../language/expressions.ts';
import type { Json } from '../language/types.ts';
import { lastAttempt, wentWell } from './attempts.ts';
import { scopeOf, stepsOfCall } from './scope.ts';
import { NO_ITEM, planSteps, stepState } from './steps.ts';
import type { Captured, FactValue, OpenedTask, RunState, TaskState } from './types.ts';

/** The host, and in a loop the item, for which an expression is worked out. */
export type AtHand = Pick<OpenedTask, 'host' | 'item_value' | 'item_key'>;

type FactsRead = Readonly<Record<string, FactValue>>;

/** The facts that references ask for on a host, as `fact`, or `host fact` where it is another's; each once. */
export function factsAsked(asked: readonly Reference[], host: string): readonly string[] {
  const keys = asked.flatMap((each) => {
    if (each.kind !== 'fact') return [];
    return [each.host === undefined || each.host === host ? each.name : `${each.host} ${each.name}`];
  });
  return [...new Set(keys)].sort();
}

/** Which host and which fact a key of `factsAsked` means. */
export function factOf(key: string, host: string): { readonly host: string; readonly fact: string } {
  const [first = key, second] = key.split(' ');
  return second === undefined ? { host, fact: first } : { host: first, fact: second };
}

/**
 * What an expression sees on a host. Facts are those that were read for it, never older ones; of the steps, those that
 * it asks for.
 * @param call the call that it stands in
 */
export function contextOf(
  state: RunState,
  call: string | undefined,
  { host, item_value: item, item_key: key }: AtHand,
  read: FactsRead,
  asked: readonly Reference[],
): Context {
  const hosts: Record<string, { facts: Record<string, Json> }> = { [host]: { facts: {} } };
  for (const [key, value] of Object.entries(read)) {
    const at = factOf(key, host);
    const facts = (hosts[at.host] ??= { facts: {} }).facts;
    if ('value' in value) facts[at.fact] = value.value;
  }
  const scope = scopeOf(state.plan, call);
  const ids = new Set(asked.flatMap((each) => (each.kind === 'step' ? [each.id] : [])));
  return {
    params: scope.params,
    vars: scope.vars(host),
    facts: hosts[host]?.facts ?? {},
    hosts,
    steps: Object.fromEntries([...ids].map((id) => [id, stepFields(state, scope.stepId(id), host)])),
    ...(item === undefined ? {} : { item }),
    ...(key === undefined ? {} : { item_key: key }),
    run: { id: state.run, date: state.requestedAt.slice(0, 10) },
  };
}

/** Of all facts read, those that could not be had, in words. */
export function factTroubles(read: FactsRead): readonly string[] {
  return Object.entries(read).flatMap(([key, value]) => ('trouble' in value ? [`fact ${key}: ${value.trouble}`] : []));
}

/** On the way back and at its end a run knows of steps that it has not come to: they read as skipped. */
const knowsAll = ({ mode, rollback, ending }: RunState): boolean =>
  mode === 'apply' && (rollback ?? ending) !== undefined;

function stepFields(state: RunState, id: string, host: string): Context['steps'][string] {
  const ids = stepsOfCall(state.plan, id)?.map((step) => step.id);
  // What follows the undo of a call is known by its own list alone.
  const tasks = (ids ?? [id]).flatMap(
    (each) => (stepState(state, each, 'apply') ?? stepState(state, each, 'undo'))?.tasks ?? [],
  );
  const known = knowsAll(state) ? (ids ?? [id]).flatMap((each) => hostsOf(state, each)) : [];
  const hosts = Object.fromEntries(
    [...new Set([...tasks.map((task) => task.host), ...known])].map((each) => [
      each,
      hostFields(
        state,
        tasks.filter((task) => task.host === each),
        ids !== undefined,
      ),
    ]),
  );
  return { ...hosts[host], hosts };
}

const hostsOf = ({ plan }: RunState, id: string): readonly string[] =>
  planSteps(plan).find((step) => step.id === id)?.hosts ?? [];

/** Of a call or a step with a loop only how it ended as a whole: its worst end, or else whether anything was changed. */
function hostFields(state: RunState, tasks: readonly TaskState[], called: boolean): StepFields {
  const last = tasks.at(-1);
  if (last === undefined) return knowsAll(state) ? { outcome: 'skipped' } : {};
  if (last.item === NO_ITEM && !called) return fieldsOf(state, last);
  const outcomes = tasks.map((task) => fieldsOf(state, task).outcome);
  if (outcomes.includes(undefined)) return {};
  const bad = tasks.find((task) => task.outcome !== undefined && !wentWell(task.outcome))?.outcome;
  const whole = bad ?? (['changed', 'ok'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'skipped';
  return { outcome: whole };
}

function fieldsOf(state: RunState, task: TaskState): StepFields {
  if (task.outcome === undefined) return knowsAll(state) ? { outcome: 'skipped' } : {};
  const read = task.lastRead;
  const finished = lastAttempt(task)?.finished;
  // What was seen on a host that earlier steps would change is not what the step would see then.
  if (task.undetermined !== undefined) return {};
  if (state.mode === 'dryrun' && read === undefined) {
    // A step that would change something has not run; only one with nothing to do is known to end so.
    return task.outcome === 'skipped' || nothingToDo(task) ? { outcome: task.outcome } : {};
  }
  const output = read ?? {
    exit_code: finished?.exit_code ?? undefined,
    stdout: finished?.output_lost === true ? undefined : whole(finished?.captured.stdout),
    stderr: finished?.output_lost === true ? undefined : whole(finished?.captured.stderr),
  };
  return {
    outcome: task.outcome,
    ...(output.exit_code === undefined ? {} : { exit_code: output.exit_code }),
    ...(output.stdout === undefined ? {} : { stdout: withoutLastBreaks(output.stdout) }),
    ...(output.stderr === undefined ? {} : { stderr: withoutLastBreaks(output.stderr) }),
  };
}

/** A dry run found the task's work done, and nothing before it would change that. */
export const nothingToDo = (task: TaskState): boolean =>
  task.undetermined === undefined && (task.skip === 'done' || task.look?.probe?.exit_code === 0);

/** Output of which a part was left out is not known. */
const whole = (captured: Captured | undefined): string | undefined =>
  captured !== undefined && 'text' in captured ? captured.text : undefined;

/** As the shell's `$(…)` takes output, so that texts can be compared. */
const withoutLastBreaks = (text: string): string => text.replace(/(\r?\n)+$/, '');
