import { unknownAttempt } from './attempts.ts';
import { batchesOf } from './batches.ts';
import { choosing } from './next-choosing.ts';
import { openingReads, openTasks } from './opening.ts';
import { itemReads } from './item-reads.ts';
import { askAgain } from './asking-again.ts';
import { NO_ITEM, planStep, stepState, undoneStep } from './steps.ts';
import type { Effect, JobKey, RunState, StepState, TaskState } from './types.ts';

/** A step is opened once all that it needs has been read, on all its hosts at once. */
export function opening(state: RunState, step: StepState): readonly Effect[] {
  const looks = lookAgain(state, step);
  if (looks.length > 0) return looks;
  const choice = choosing(state, step);
  if (choice.kind === 'effects') return choice.effects;
  const hosts = choice.hosts.filter((host) => !step.tasks.some((task) => task.host === host));
  const reads = hosts.flatMap((host) => {
    const needs = step.reads[host] === undefined ? openingReads(state, step.id, step.phase, host) : undefined;
    return needs === undefined ? [] : [{ host, facts: needs.facts }];
  });
  if (reads.length > 0) {
    const what = { do: 'observe', for: 'open', step: step.id, phase: step.phase, item: NO_ITEM, attempt: 1 } as const;
    return reads.map((read) => ({ ...what, ...read }));
  }
  const again = askAgain(state, step, hosts);
  if (again.length > 0) return again;
  const ofItems = itemReads(state, step, hosts);
  if (ofItems.length > 0) return ofItems;
  const tasks = hosts.flatMap((host) => openTasks(state, step.id, step.phase, host));
  const batches =
    step.batches === undefined
      ? batchesOf(planStep(state.plan, step.id, step.phase), choice.hosts, step.phase)
      : undefined;
  const fixed = { ...choice.fixed, ...(batches === undefined ? {} : { batches }) };
  return [{ do: 'record', event: { type: 'step_opened', step: step.id, phase: step.phase, tasks, ...fixed } }];
}

/** Before a step is undone, its jobs whose end nobody saw are stopped where they live, and looked at once more. */
function lookAgain(state: RunState, step: StepState): readonly Effect[] {
  const undone = step.phase === 'undo' ? undoneStep(state.plan, step.id) : undefined;
  const tasks = undone === undefined ? [] : (stepState(state, undone.id, 'apply')?.tasks ?? []);
  return tasks.flatMap((task) => {
    const attempt = task.lookAgain === true ? unknownAttempt(task) : undefined;
    return attempt === undefined ? [] : stopAndLook(jobOf(task, attempt.attempt), attempt.alive);
  });
}

/** Stops a job, if it may live, and looks how it ended. */
export function stopAndLook(job: JobKey, alive: boolean | undefined): readonly Effect[] {
  const settle = { do: 'settle', job } as const;
  return alive === false ? [settle] : [{ do: 'kill', job }, settle];
}

export const jobOf = ({ step, item, host, phase }: TaskState, attempt: number): JobKey => ({
  step,
  item,
  host,
  phase,
  attempt,
});
