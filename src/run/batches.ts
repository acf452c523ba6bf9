import type { PlanStep } from '../plan/types.ts';
import { passes } from './policy.ts';
import type { Instant, Phase, RunState, StepState, TaskState } from './types.ts';

/** Hosts in the batches in which a step takes them, in a rollback the last first; undefined: all at once. */
export function batchesOf(
  { serial }: PlanStep,
  hosts: readonly string[],
  phase: Phase,
): readonly (readonly string[])[] | undefined {
  if (serial === undefined) return undefined;
  const size = 'hosts' in serial ? serial.hosts : Math.max(1, Math.floor((hosts.length * serial.percent) / 100));
  const ordered = phase === 'undo' ? hosts.toReversed() : hosts;
  return Array.from({ length: Math.ceil(ordered.length / size) }, (_, index) =>
    ordered.slice(index * size, (index + 1) * size),
  );
}

/** The tasks of the batch that is being taken: the first of which not all have settled well; all, where there are none. */
export function atHand(state: RunState, step: StepState): readonly TaskState[] {
  if (step.batches === undefined) return step.tasks;
  const waiting = new Set(step.tasks.filter((task) => !passes(state, step, task)).map((task) => task.host));
  const open = step.batches.find((hosts) => hosts.some((host) => waiting.has(host)));
  return open === undefined ? [] : step.tasks.filter((task) => open.includes(task.host));
}

/**
 * Lets those tasks begin whose turn it is: on each host of the batch at hand the first that has not ended, and only where
 * all before it ended well or were answered.
 */
export function begun(state: RunState, step: StepState, at: Instant): StepState {
  const due = new Set<TaskState>();
  const busy = new Set<string>();
  for (const task of atHand(state, step)) {
    if (busy.has(task.host) || passes(state, step, task)) continue;
    busy.add(task.host);
    if (task.outcome === undefined && task.attempts.length === 0) due.add(task);
  }
  if (due.size === 0) return step;
  const first = { attempt: 1, dueAt: at, epoch: state.epoch, looks: 0 } as const;
  return { ...step, tasks: step.tasks.map((task) => (due.has(task) ? { ...task, attempts: [first] } : task)) };
}

/** Of the tasks at hand, those that have ended and hold the step back. */
export const heldBack = (state: RunState, step: StepState): readonly TaskState[] =>
  atHand(state, step).filter((task) => task.outcome !== undefined && !passes(state, step, task));
