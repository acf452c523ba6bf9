import { type Reference, referencesOf } from '../language/expressions.ts';
import type { Condition } from '../language/types.ts';
import type { PlanStep } from '../plan/types.ts';
import { mayHaveChanged, unknownAttempt } from './attempts.ts';
import { factsAsked } from './context.ts';
import { fieldsOf } from './fields.ts';
import { resolveTask } from './resolving.ts';
import { NO_ITEM, planStep, stepState, taskState, undoesItself, undoneStep } from './steps.ts';
import type { OpenedTask, Phase, RunState } from './types.ts';

/** What a step needs from a host before it can be opened there; undefined: nothing. */
export function openingReads(
  state: RunState,
  id: string,
  phase: Phase,
  host: string,
): { readonly facts: readonly string[] } | undefined {
  if (phase === 'undo' && undoesItself(state.plan, id)) return undefined;
  const step = planStep(state.plan, id, phase);
  const facts = factsAsked(asked(step), host);
  return facts.length > 0 || scriptOf(step.when) !== undefined ? { facts } : undefined;
}

/** The script of a condition that is one. */
export const scriptOf = (condition: Condition | undefined): Extract<Condition, { run: unknown }>['run'] | undefined =>
  condition !== undefined && 'run' in condition ? condition.run : undefined;

/** All that is resolved when a step opens. A check's or a wait's own condition is looked at later, afresh. */
function asked(step: PlanStep): readonly Reference[] {
  const sources = [step.when, doneWhenOf(step), ...fieldsOf(step).map(({ value }) => value)];
  return sources.flatMap((source) => (source === undefined ? [] : referencesOf(source)));
}

const doneWhenOf = (step: PlanStep): Condition | undefined =>
  step.doneWhen === undefined ? undefined : { expr: step.doneWhen };

/**
 * A step's task on a host, resolved from what was read for it. From here on nothing of it is resolved again: what was
 * shown and recorded is what runs.
 */
export function openTask(state: RunState, id: string, phase: Phase, host: string): OpenedTask {
  if (phase === 'undo') {
    const stopped = whyNotUndo(state, id, host);
    if (stopped !== undefined) return stopped;
    if (undoesItself(state.plan, id)) return recorded(state, id, host);
  }
  const step = planStep(state.plan, id, phase);
  const read = stepState(state, id, phase)?.reads[host];
  if (read?.unreachable !== undefined) return { ...bare(host), trouble: read.unreachable, unreachable: true };
  return resolveTask(state, step, host, read);
}

const bare = (host: string): OpenedTask => ({ host, item: NO_ITEM, env: {} });

/** What the step's own undo script gets: exactly what its `apply` got. */
function recorded(state: RunState, id: string, host: string): OpenedTask {
  const task = taskState(state, { step: id, host, phase: 'apply' });
  if (task === undefined) return { ...bare(host), trouble: `step ${id} was never opened on ${host}` };
  const { env, stdin, chdir } = task;
  return {
    ...bare(host),
    env,
    ...(stdin === undefined ? {} : { stdin }),
    ...(chdir === undefined ? {} : { chdir }),
  };
}

/** Before a host is put back: nothing may still be changing it, and there must be something to put back. */
function whyNotUndo(state: RunState, id: string, host: string): OpenedTask | undefined {
  const undone = undoneStep(state.plan, id);
  const task = undone && taskState(state, { step: undone.id, host, phase: 'apply' });
  if (undone === undefined || task === undefined) return undefined;
  if (unknownAttempt(task)?.alive === true) {
    return {
      ...bare(host),
      trouble: `the job of step ${undone.id} may still be running on ${host}, so nothing is undone under it`,
    };
  }
  return mayHaveChanged(task) ? undefined : { ...bare(host), skip: 'done' };
}
