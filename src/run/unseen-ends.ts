import { failing } from './next-failure.ts';
import { isAsk, isJob } from './steps.ts';
import type { Effect, RunState, StepState, TaskState } from './types.ts';

/**
 * At a run's end a job whose end nobody saw keeps back nothing on other hosts. On its own host nothing is begun beside it,
 * before somebody has said what is to become of it; they are asked once all else is done.
 */
export function withoutBeside(state: RunState, step: StepState): StepState {
  if (!state.always.some(({ id }) => id === step.id)) return step;
  const tasks: TaskState[] = [];
  for (const task of step.tasks) {
    const isDue = task.outcome === undefined && task.attempts.length === 0;
    const unseen =
      isDue && (isJob(state.plan, task) || isAsk(state, task)) ? unseenOn(state, task.host, tasks) : undefined;
    tasks.push(unseen === undefined ? task : { ...task, ...beside(unseen) });
  }
  return tasks.every((task, index) => task === step.tasks[index]) ? step : { ...step, tasks };
}

const beside = ({ step }: TaskState): Pick<TaskState, 'outcome' | 'detail' | 'behind'> => ({
  outcome: 'unreachable',
  detail: `how step ${step} ended here is not known, so this was not begun beside it`,
  behind: true,
});

function unseenOn({ always }: RunState, host: string, before: readonly TaskState[]): TaskState | undefined {
  const all = [...always.flatMap(({ tasks }) => tasks), ...before];
  return all.find((task) => task.host === host && task.outcome === 'unknown');
}

/** All else is done: asks what is to become of the first step that an unseen end has left undone. */
export function askAboutUnseen(state: RunState): Effect | undefined {
  if (state.ending === undefined) return undefined;
  for (const step of state.always) {
    const left = step.tasks.filter(({ outcome, behind }) => outcome === 'unknown' || behind === true);
    const batch = step.batches?.find((hosts) => left.some(({ host }) => hosts.includes(host)));
    if (left.length > 0) {
      return failing(
        state,
        step,
        left.filter(({ host }) => batch === undefined || batch.includes(host)),
      );
    }
  }
  return undefined;
}
