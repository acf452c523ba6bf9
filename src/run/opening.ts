import { type Reference, referencesOf } from '../language/expressions.ts';
import type { Condition } from '../language/types.ts';
import type { PlanStep } from '../plan/types.ts';
import { mayHaveChanged, unknownAttempt } from './attempts.ts';
import { factsAsked } from './context.ts';
import { fieldsOf } from './fields.ts';
import { itemOf, loopReferences } from './items.ts';
import { isTakenBack } from './rehearsals.ts';
import { resolveTasks } from './resolve-tasks.ts';
import { isPassedOver } from './scope.ts';
import { itemIn, NO_ITEM, planStep, stepState, tasksOn, undoesItself, undoneStep } from './steps.ts';
import type { OpenedTask, Phase, RunState } from './types.ts';
import { isToUndo } from './undo.ts';

/** What a step needs from a host before it can be opened there; undefined: nothing. */
export function openingReads(
  state: RunState,
  id: string,
  phase: Phase,
  host: string,
): { readonly facts: readonly string[] } | undefined {
  if (phase === 'undo' && undoesItself(state.plan, id)) return undefined;
  const step = planStep(state.plan, id, phase);
  if (whyWithout(state, step, host) !== undefined) return undefined;
  if (phase === 'apply' && isPassedOver(state, step, host)) return undefined;
  const facts = factsAsked(asked(step), host);
  const when = scriptOf(step.when) !== undefined && !isForItems(state, id, phase);
  return facts.length > 0 || when ? { facts } : undefined;
}

/** At the run's end: why nothing can be done on a host, which others may have. What only looks or speaks needs no lock. */
export const whyWithout = ({ ending }: RunState, { work }: PlanStep, host: string): string | undefined =>
  work.kind === 'job' || work.kind === 'ask' ? ending?.without[host] : undefined;

/** It is done for items, which a script of its `when` knows too: that is read for each of them. */
export const isForItems = (state: RunState, id: string, phase: Phase): boolean =>
  planStep(state.plan, id, phase).loop !== undefined ||
  (phase === 'undo' && undoneStep(state.plan, id)?.loop !== undefined);

/** The script of a condition that is one. */
export const scriptOf = (condition: Condition | undefined): Extract<Condition, { run: unknown }>['run'] | undefined =>
  condition !== undefined && 'run' in condition ? condition.run : undefined;

/** All that is resolved when a step opens. A check's or a wait's own condition is looked at later, afresh. */
function asked(step: PlanStep): readonly Reference[] {
  const sources = [step.when, doneWhenOf(step), ...fieldsOf(step).map(({ value }) => value)];
  return [
    ...loopReferences(step.loop),
    ...sources.flatMap((source) => (source === undefined ? [] : referencesOf(source))),
  ];
}

/** Whether what a step is opened with rests on what is read on hosts or came of earlier steps: it may be another at another time. */
export const restsOnReads = (step: PlanStep): boolean =>
  scriptOf(step.when) !== undefined || asked(step).some(({ kind }) => kind === 'fact' || kind === 'step');

const doneWhenOf = (step: PlanStep): Condition | undefined =>
  step.doneWhen === undefined ? undefined : { expr: step.doneWhen };

/**
 * A step's tasks on a host, resolved from what was read for it. From here on nothing of them is resolved again: what was
 * shown and recorded is what runs.
 */
export function openTasks(state: RunState, id: string, phase: Phase, host: string): readonly OpenedTask[] {
  if (phase === 'undo') {
    const stopped = whyNotUndo(state, id, host);
    if (stopped !== undefined) return [stopped];
    if (undoesItself(state.plan, id)) return recorded(state, id, host);
  }
  const step = planStep(state.plan, id, phase);
  const without = whyWithout(state, step, host);
  if (without !== undefined) return [{ ...bare(host), trouble: without, unreachable: true }];
  if (phase === 'apply' && isPassedOver(state, step, host)) return [{ ...bare(host), skip: 'when' }];
  const read = stepState(state, id, phase)?.reads[host];
  if (read?.unreachable !== undefined) return [{ ...bare(host), trouble: read.unreachable, unreachable: true }];
  const tasks = resolveTasks(state, step, id, phase, host);
  return phase === 'apply' && isTakenBack(state) && step.undo.kind === 'irreversible' ? tasks.map(notRehearsed) : tasks;
}

/** A rehearsal is taken back, so it must not come to what cannot be. */
const notRehearsed = (task: OpenedTask): OpenedTask =>
  (task.skip ?? task.trouble ?? task.undetermined) !== undefined
    ? task
    : {
        ...task,
        trouble: 'it cannot be undone, and a rehearsal takes back all that it did: its when must not hold here',
      };

const bare = (host: string): OpenedTask => ({ host, item: NO_ITEM, env: {} });

/** What the step's own undo script gets: exactly what its `apply` got. What was done last is undone first. */
function recorded(state: RunState, id: string, host: string): readonly OpenedTask[] {
  const tasks = tasksOn(state, id, 'apply', host).filter(mayHaveChanged).toReversed();
  return tasks.map((task): OpenedTask => {
    const { env, stdin, chdir } = task;
    if (task.lost === true) return { host, ...itemOf(task), env: {}, trouble: LOST };
    return {
      host,
      ...itemOf(task),
      env,
      ...(stdin === undefined ? {} : { stdin }),
      ...(chdir === undefined ? {} : { chdir }),
    };
  });
}

const LOST =
  'with which values it was done here was lost with the record, so it cannot be undone by itself: undo it by hand, then skip it';

/** Before a host is put back: nothing may still be changing it, and there must be something to put back. */
function whyNotUndo(state: RunState, id: string, host: string): OpenedTask | undefined {
  const undone = undoneStep(state.plan, id);
  const tasks = undone === undefined ? [] : tasksOn(state, undone.id, 'apply', host);
  const [first] = tasks;
  if (undone === undefined || first === undefined) return undefined;
  if (tasks.some((task) => unknownAttempt(task)?.alive === true)) {
    return {
      ...bare(host),
      trouble: `the job of step ${undone.id} may still be running on ${host}, so nothing is undone under it`,
    };
  }
  const only = itemIn(id);
  const changed = tasks.some((task) => isToUndo(undone, task) && (only === undefined || task.item === only));
  return changed ? undefined : { ...bare(host), skip: 'done' };
}
