import { wentWell } from './attempts.ts';
import { batchesOf } from './batches.ts';
import { itemsOf } from './items.ts';
import { nextPrompt } from './prompt-ids.ts';
import { openTasks } from './opening.ts';
import { forItem } from './resolve-tasks.ts';
import { resolveTask } from './resolving.ts';
import { restartOf } from './restart.ts';
import { allSteps, keyOf, listOf, NO_ITEM, planStep, stepsUnderWay, undoesItself } from './steps.ts';
import type { Effect, EventBody, JobKey, OpenedTask, RunState, StepState, TaskKey } from './types.ts';

type Opened = Extract<EventBody, { readonly type: 'step_opened' }>;
type Prompt = Extract<EventBody, { readonly type: 'prompt_opened' }>;

/**
 * A step that a record made anew tells of, by the jobs that hosts hold of it. Values are worked out again where they rest on
 * nothing but the plan; else they are lost, and the task says so.
 * @param past the run has gone past it: what is not on a host was not done there, or by hand; else it is still to be opened
 */
export function openedAnew(state: RunState, step: StepState, jobs: readonly JobKey[], past: boolean): Opened {
  const { id, phase } = step;
  const own = jobs.filter((job) => job.step === id && listOf(state, { id, phase: job.phase }) === listOf(state, step));
  const found = step.hosts.filter((host) => own.some((job) => job.host === host));
  const planned = planStep(state.plan, id, phase);
  const chosen = planned.choice === undefined || found.length === 0 ? undefined : found;
  const hosts = past && chosen === undefined ? step.hosts : found;
  const tasks = hosts.flatMap((host) => tasksAnew(state, step, host, itemsFound(own, host), past));
  const batches = batchesOf(planned, chosen ?? step.hosts, phase);
  return {
    type: 'step_opened',
    step: id,
    phase,
    tasks,
    ...(chosen === undefined ? {} : { chosen }),
    ...(batches === undefined || past ? {} : { batches }),
  };
}

const itemsFound = (jobs: readonly JobKey[], host: string): readonly string[] => [
  ...new Set(jobs.filter((job) => job.host === host).map(({ item }) => item)),
];

function tasksAnew(
  state: RunState,
  step: StepState,
  host: string,
  found: readonly string[],
  past: boolean,
): readonly OpenedTask[] {
  if (found.length === 0) return [{ host, item: NO_ITEM, env: {}, skip: 'unseen' }];
  const planned = planStep(state.plan, step.id, step.phase);
  const known = resolvedAgain(state, step, host);
  const missing = found.filter((item) => !known.some((task) => task.item === item));
  const lost = missing.map((item): OpenedTask => ({ host, item, env: {}, lost: true }));
  const kept = known.map((task): OpenedTask => {
    const isFound = found.includes(task.item);
    if (!isFound) return past ? { host, item: task.item, env: {}, skip: 'unseen' } : task;
    // That a host has gone down for it, and come back, is not told by its job.
    if (past && restartOf(planned) !== undefined) return { host, item: task.item, env: {}, skip: 'unseen' };
    return task.trouble === undefined ? task : { host, item: task.item, env: {}, lost: true };
  });
  if (missing.length === 0 || past) return [...kept, ...lost];
  const trouble = `for which items the step is done on ${host} was lost with the record, so the others are not begun`;
  return [...kept, ...lost, { host, item: NO_ITEM, env: {}, lost: true, trouble }];
}

/** What opening the step gives without anything that was read or decided then. */
function resolvedAgain(state: RunState, step: StepState, host: string): readonly OpenedTask[] {
  if (step.phase === 'undo' && undoesItself(state.plan, step.id)) {
    return openTasks(state, step.id, 'undo', host).filter(
      ({ trouble, skip }) => trouble === undefined && skip === undefined,
    );
  }
  const { when, doneWhen, ...planned } = planStep(state.plan, step.id, step.phase);
  const { loop, call } = planned;
  if (step.phase === 'undo' && loop === undefined && step.id.includes('[')) return [];
  const items =
    loop === undefined
      ? ({ kind: 'items', items: [{ item: NO_ITEM }] } as const)
      : itemsOf(state, { loop, ...(call === undefined ? {} : { call }) }, host, {});
  if (items.kind !== 'items') return [];
  return items.items.map((item) => forItem(item, resolveTask(state, planned, { host, ...item }, undefined, undefined)));
}

/** A person must look at a record made anew before anything goes on by it. */
export function lookPrompt(state: RunState, at: Pick<StepState, 'id' | 'phase'>): Prompt {
  const back = listOf(state, at) === 'steps' ? (['rollback'] as const) : [];
  const answers = ['continue', ...back, 'abort'] as const;
  const tasks = passedOver(state, at);
  return {
    type: 'prompt_opened',
    prompt: nextPrompt(state),
    step: at.id,
    phase: at.phase,
    tasks,
    answers,
    rebuilt: true,
  };
}

/** What did not end well, and behind which the run has gone on all the same: somebody decided so, and nobody knows who. */
function passedOver(state: RunState, at: Pick<StepState, 'id' | 'phase'>): readonly TaskKey[] {
  return stepsUnderWay(state)
    .filter((step) => step.phase === at.phase && step.id !== at.id)
    .flatMap(({ tasks }) => tasks)
    .filter(({ outcome }) => outcome !== undefined && !wentWell(outcome))
    .map(keyOf);
}

/** What a person decided who looked at a record made anew. To go on is to let pass what the run had passed over before. */
export function afterLook(state: RunState): Effect | undefined {
  const prompt = state.prompts.at(-1);
  const { decision, by } = prompt?.answer ?? {};
  if (prompt?.rebuilt !== true || by === undefined) return undefined;
  if (decision === 'rollback' && state.rollback === undefined) {
    const because = `${by.kind === 'github' ? by.login : by.user} decided so at ${prompt.id}`;
    return { do: 'record', event: { type: 'rollback_started', because } };
  }
  if (decision !== 'continue') return undefined;
  const [first] = prompt.tasks.filter((key) => isPassedOver(state, prompt.phase, key));
  if (first === undefined) return undefined;
  const tasks = prompt.tasks.filter((key) => key.step === first.step && isPassedOver(state, prompt.phase, key));
  return { do: 'record', event: { type: 'step_skipped', step: first.step, prompt: prompt.id, tasks } };
}

const isPassedOver = (state: RunState, phase: StepState['phase'], key: TaskKey): boolean =>
  allSteps(state).some(
    (step) =>
      step.phase === phase &&
      step.tasks.some(
        (task) =>
          task.step === key.step &&
          task.host === key.host &&
          task.item === key.item &&
          task.outcome !== undefined &&
          !wentWell(task.outcome),
      ),
  );
