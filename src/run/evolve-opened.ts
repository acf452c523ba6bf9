import { isHeld } from './holding.ts';
import { hostsToTake } from './policy.ts';
import { isOpenEnded } from './resolve-tasks.ts';
import { changes, isAsk, planStep, withStep } from './steps.ts';
import type { EventBody, Instant, OpenedTask, RunState, StepState, TaskState } from './types.ts';

type StepOpened = Extract<EventBody, { readonly type: 'step_opened' }>;

/** A step's tasks are there, resolved for good. Only tasks that could not be resolved are ever opened again. */
export function stepOpened(state: RunState, event: StepOpened, at: Instant): RunState {
  return withStep(state, event.step, event.phase, (before) => {
    if (before.status !== 'pending' && before.status !== 'opening') return before;
    const step = { ...before, ...chosenBy(before, event), ...batchesBy(before, event) };
    const known = new Set(step.tasks.map((task) => task.host));
    const opened = event.tasks.filter((task) => !known.has(task.host)).map((task) => newTask(state, step, task, at));
    const order = new Map(step.hosts.map((host, index) => [host, index]));
    const place = (task: TaskState): number => order.get(task.host) ?? 0;
    const tasks = [...step.tasks, ...opened].sort((a, b) => place(a) - place(b));
    const complete = hostsToTake(state, step).every((host) => tasks.some((task) => task.host === host));
    const held = complete && isHeld(state, { ...step, tasks }, at) ? ({ held: true } as const) : {};
    return { ...step, status: complete ? 'open' : 'opening', openedAt: step.openedAt ?? at, tasks, ...held };
  });
}

/** From here on the chosen hosts are the step's hosts; where none could be chosen, those that tell why. */
function chosenBy(step: StepState, { chosen, tasks }: StepOpened): Partial<StepState> {
  if (chosen === undefined) return {};
  const hosts = chosen.length > 0 ? chosen : [...new Set(tasks.map((task) => task.host))];
  return { candidates: step.candidates ?? step.hosts, chosen, hosts };
}

const batchesBy = (step: StepState, { batches }: StepOpened): Partial<StepState> =>
  step.batches === undefined && batches !== undefined ? { batches } : {};

const UNTOLD = 'it was asked of a person, and nothing on the host tells whether they did it';

const isByHand = (state: RunState, task: TaskState): boolean =>
  isAsk(state, task) && changes(planStep(state.plan, task.step, task.phase));

function newTask(state: RunState, step: StepState, opened: OpenedTask, at: Instant): TaskState {
  const task: TaskState = { ...opened, step: step.id, phase: step.phase, attempts: [] };
  if (opened.trouble !== undefined) {
    return { ...task, outcome: opened.unreachable === true ? 'unreachable' : 'failed', detail: opened.trouble };
  }
  // Whether somebody did it by hand nobody knows any more: it may have been done.
  if (opened.skip === 'unseen' && isByHand(state, task)) {
    const attempt = {
      attempt: 1,
      dueAt: at,
      epoch: state.epoch,
      startedAt: at,
      endedAt: at,
      outcome: 'aborted',
      looks: 0,
    } as const;
    return { ...task, attempts: [attempt], outcome: 'unknown', detail: UNTOLD };
  }
  if (opened.skip !== undefined) return { ...task, outcome: opened.skip === 'done' ? 'ok' : 'skipped' };
  // Without knowing what for, or where, there is nothing more to look at.
  if (isOpenEnded(opened)) return { ...task, outcome: 'ok' };
  // What has only something to say has said it by being opened; and a dry run asks nobody.
  const { kind } = planStep(state.plan, step.id, step.phase).work;
  if (kind === 'say' || (kind === 'ask' && state.mode === 'dryrun')) {
    return { ...task, outcome: 'ok' };
  }
  return task;
}
