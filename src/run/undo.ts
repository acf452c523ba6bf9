import type { PlanStep } from '../plan/types.ts';
import { mayHaveChanged, wentWell } from './attempts.ts';
import { keyOf, ofItem, placeOf, stepState } from './steps.ts';
import type { RunState, StepState, TaskKey, TaskState } from './types.ts';

/** What a rollback does about one step of the run. */
export interface UndoItem {
  readonly step: string;
  /** Hosts on which the step did, or may have done, something. */
  readonly hosts: readonly string[];
  /** For which items there. */
  readonly tasks: readonly TaskKey[];
  readonly how:
    /** By the work's own undo. */
    | { readonly kind: 'self' }
    /** By the steps of its `on_rollback`, in this order; or these follow what undid a call. */
    | { readonly kind: 'steps'; readonly steps: readonly PlanStep[]; readonly follows?: true }
    /** Left as it is, as the procedure says, and why. */
    | { readonly kind: 'leave'; readonly reason: string }
    /** It cannot be undone. */
    | { readonly kind: 'irreversible' };
}

/** What a rollback from here undoes, leaves and cannot undo: what this run did, last step first, and nothing else. */
export function undoPlan(state: RunState): readonly UndoItem[] {
  return state.plan.steps.toReversed().flatMap((step) => {
    const tasks = stepState(state, step.id, 'apply')?.tasks ?? [];
    const changed = tasks.filter((task) => isToUndo(step, task));
    const hosts = [...new Set(changed.map((task) => task.host))];
    const how = howToUndo(step);
    return how === undefined || hosts.length === 0 ? [] : [{ step: step.id, hosts, tasks: changed.map(keyOf), how }];
  });
}

/** Whether a rollback has something to do about a task; about a call, wherever it was made. */
export const isToUndo = ({ action }: PlanStep, task: TaskState): boolean =>
  action === 'call' ? task.outcome === 'ok' : mayHaveChanged(task);

function howToUndo(step: PlanStep): UndoItem['how'] | undefined {
  if (step.undo.kind === 'none') return undefined;
  // A plan that names an undo which its work has not got must not read as one that undoes.
  if (step.undo.kind === 'self' && (step.work.kind !== 'job' || step.work.undo === undefined)) {
    return { kind: 'irreversible' };
  }
  return step.undo;
}

/** The rollback's steps, in the order in which they are taken: each step's hosts side by side, one step after the other. */
export function undoSteps(state: RunState): readonly StepState[] {
  const steps = undoPlan(state).flatMap(({ step, hosts, how }) => {
    if (how.kind === 'self') return [undoStep(step, hosts)];
    if (how.kind !== 'steps') return [];
    const own = stepState(state, step, 'apply')?.hosts ?? [];
    const taken = how.steps.map((sub) => {
      // On the step's own hosts, only where it did something; a host that it never ran on is named for its own sake.
      const named = (host: string): boolean => sub.onChosen !== true && !own.includes(host);
      const there = sub.hosts.filter((host) => hosts.includes(host) || named(host));
      const once = sub.runOnce === true && sub.choice === undefined;
      return undoStep(sub.id, once ? there.slice(0, 1) : there);
    });
    return taken.length > 1 ? itemByItem(state, step, taken) : taken;
  });
  return steps.filter((step) => step.hosts.length > 0);
}

/** Several steps that undo one with a loop are all taken for an item before those for the item before it. */
function itemByItem(state: RunState, id: string, steps: readonly StepState[]): readonly StepState[] {
  const loop = state.plan.steps.find((step) => step.id === id)?.loop;
  if (loop === undefined) return steps;
  const changed = (stepState(state, id, 'apply')?.tasks ?? []).filter(mayHaveChanged);
  const items = [...new Set(changed.map((task) => task.item))].toReversed();
  return items.flatMap((item) => {
    const on = new Set(changed.filter((task) => task.item === item).map((task) => task.host));
    const own = new Set(stepState(state, id, 'apply')?.tasks.map((task) => task.host));
    return steps.map((step) => ({
      ...step,
      id: ofItem(step.id, item),
      hosts: step.hosts.filter((host) => on.has(host) || !own.has(host)),
    }));
  });
}

const undoStep = (id: string, hosts: readonly string[]): StepState => ({
  id,
  phase: 'undo',
  status: 'pending',
  hosts,
  tasks: [],
  reads: {},
});

/** What a rollback that is through has not put back, in words; empty where all is as before or left by declaration. */
export function notUndone(state: RunState): readonly string[] {
  const given = state.undo.flatMap((step) => step.tasks.flatMap((task) => whyNot(step, task)));
  const irreversible = undoPlan(state)
    .filter((item) => item.how.kind === 'irreversible')
    .map((item) => `step ${item.step} on ${item.hosts.join(', ')} cannot be undone`);
  return [...given, ...irreversible];
}

function whyNot(step: StepState, task: TaskState): readonly string[] {
  if (task.outcome === undefined || (wentWell(task.outcome) && task.skippedAt === undefined)) return [];
  const how = task.skippedAt === undefined ? `ended ${task.outcome}` : `was skipped at ${task.skippedAt}`;
  return [`the undo of step ${step.id} on ${placeOf(task)} ${how}`];
}
