import { hostsToTake } from './policy.ts';
import { planStep, withStep } from './steps.ts';
import type { EventBody, Instant, OpenedTask, RunState, StepState, TaskState } from './types.ts';

type StepOpened = Extract<EventBody, { readonly type: 'step_opened' }>;

/** A step's tasks are there, resolved for good. Only tasks that could not be resolved are ever opened again. */
export function stepOpened(state: RunState, event: StepOpened, at: Instant): RunState {
  return withStep(state, event.step, event.phase, (step) => {
    if (step.status !== 'pending' && step.status !== 'opening') return step;
    const known = new Set(step.tasks.map((task) => task.host));
    const opened = event.tasks.filter((task) => !known.has(task.host)).map((task) => newTask(state, step, task, at));
    const tasks = [...step.tasks, ...opened].sort((a, b) => step.hosts.indexOf(a.host) - step.hosts.indexOf(b.host));
    const complete = hostsToTake(state, step).every((host) => tasks.some((task) => task.host === host));
    return { ...step, status: complete ? 'open' : 'opening', openedAt: step.openedAt ?? at, tasks };
  });
}

function newTask(state: RunState, step: StepState, opened: OpenedTask, at: Instant): TaskState {
  const task: TaskState = { ...opened, step: step.id, phase: step.phase, attempts: [] };
  if (opened.trouble !== undefined) {
    return { ...task, outcome: opened.unreachable === true ? 'unreachable' : 'failed', detail: opened.trouble };
  }
  if (opened.skip !== undefined) return { ...task, outcome: opened.skip === 'when' ? 'skipped' : 'ok' };
  // What has only something to say has said it by being opened.
  if (planStep(state.plan, step.id, step.phase).work.kind === 'say') {
    return { ...task, outcome: 'ok' };
  }
  return { ...task, attempts: [{ attempt: 1, dueAt: at, epoch: state.epoch, looks: 0 }] };
}
