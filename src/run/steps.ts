import type { Plan, PlanHost, PlanStep } from '../plan/types.ts';
import type { Phase, RunState, StepState, TaskKey, TaskState } from './types.ts';

/** The item of a step without a loop. */
export const NO_ITEM = '-';

/** Whether taking the step may change a host, by a job or by somebody's hand. */
export const changes = (step: PlanStep): boolean =>
  !step.readOnly && (step.work.kind === 'job' || step.work.kind === 'ask');

/** Where in the plan the first step stands that may change a host; past the end where none does. */
export function firstChange(plan: Plan): number {
  const index = plan.steps.findIndex(changes);
  return index < 0 ? plan.steps.length : index;
}

/** Whether the step stands before everything that may change a host: what it finds blocks the run. */
export function isEarly(plan: Plan, id: string): boolean {
  const index = plan.steps.findIndex((step) => step.id === id);
  return index >= 0 && index < firstChange(plan);
}

/** Whether the step's condition must hold before the first change: it is looked at again once others have had the hosts. */
export const isGuard = (plan: Plan, id: string): boolean =>
  isEarly(plan, id) && isCondition(planStep(plan, id, 'apply'));

/** What decides whether a procedure is called has decided that once. */
const isCondition = ({ action, work }: PlanStep): boolean =>
  action !== 'call' && (work.kind === 'check' || work.kind === 'expect');

/** All steps of a plan but those of an `on_rollback`. */
export const planSteps = ({ steps, rollback = [], always = [] }: Plan): readonly PlanStep[] => [
  ...steps,
  ...rollback,
  ...always,
];

/** A step of the plan; in the rollback also one of an `on_rollback`. */
export function planStep(plan: Plan, id: string, phase: Phase): PlanStep {
  const own = planSteps(plan).find((step) => step.id === id);
  const found = own ?? (phase === 'undo' ? subSteps(plan).find((step) => step.id === withoutItem(id)) : undefined);
  if (found === undefined) throw new Error(`The plan ${plan.verb} ${plan.system} has no step ${id}.`);
  return found;
}

/** True where undoing is the work's own undo script, false where it is a step of an `on_rollback`. */
export const undoesItself = (plan: Plan, id: string): boolean => plan.steps.some((step) => step.id === id);

/** The step whose `on_rollback` a step of the rollback belongs to; itself where its work undoes itself. */
export function undoneStep(plan: Plan, id: string): PlanStep | undefined {
  return plan.steps.find(
    (step) =>
      step.id === id || (step.undo.kind === 'steps' && step.undo.steps.some((sub) => sub.id === withoutItem(id))),
  );
}

/**
 * Where several steps undo one with a loop, they are taken item by item: so each is there once for each item, with the
 * item in its id.
 */
export const ofItem = (id: string, item: string): string => `${id}[${item}]`;

/** The item that is part of a step's id. */
export const itemIn = (id: string): string | undefined => /\[(.*)\]$/s.exec(id)?.[1];

/** The id as it stands in the plan. */
export const withoutItem = (id: string): string => id.replace(/\[.*\]$/s, '');

function subSteps(plan: Plan): readonly PlanStep[] {
  return plan.steps.flatMap((step) => (step.undo.kind === 'steps' ? step.undo.steps : []));
}

export function planHost(plan: Plan, name: string): PlanHost {
  const found = plan.hosts.find((host) => host.name === name);
  if (found === undefined) throw new Error(`The plan ${plan.verb} ${plan.system} has no host ${name}.`);
  return found;
}

/** The hosts that the run holds, or held until it let others have them. */
export const touchedHosts = ({ plan, locked, released }: RunState): readonly PlanHost[] =>
  plan.hosts.filter(({ name }) => locked.includes(name) || released.includes(name));

/** The lists of a run's steps, in the order in which they are taken. */
export type StepList = 'steps' | 'undo' | 'after' | 'always';

/** All steps of the run, whichever list they stand in. */
export const allSteps = ({ steps, undo, after, always }: RunState): readonly StepState[] => [
  ...steps,
  ...undo,
  ...after,
  ...always,
];

/** The list in which a step stands. */
export function listOf(
  { after, always }: Pick<RunState, 'after' | 'always'>,
  { id, phase }: Pick<StepState, 'id' | 'phase'>,
): StepList {
  if (phase === 'undo') return 'undo';
  if (after.some((step) => step.id === id)) return 'after';
  return always.some((step) => step.id === id) ? 'always' : 'steps';
}

/** All that the plan says, as it is taken. */
export const plannedSteps = ({ steps, after, always }: RunState): readonly StepState[] => [
  ...steps,
  ...after,
  ...always,
];

/** The steps that are being taken. A dry run looks at all that the plan says. */
export function stepsUnderWay(state: RunState): readonly StepState[] {
  const { mode, steps, undo, after, always, rollback, ending } = state;
  if (mode === 'dryrun') return plannedSteps(state);
  if (ending !== undefined) return always;
  return rollback === undefined ? steps : [...undo, ...after];
}

export const stepState = (state: RunState, id: string, phase: Phase): StepState | undefined =>
  state[listOf(state, { id, phase })].find((step) => step.id === id);

export const taskState = (state: RunState, key: TaskKey & { readonly phase: Phase }): TaskState | undefined =>
  stepState(state, key.step, key.phase)?.tasks.find((task) => task.host === key.host && task.item === key.item);

/** A step's tasks on a host, in the order of its items. */
export const tasksOn = (state: RunState, step: string, phase: Phase, host: string): readonly TaskState[] =>
  (stepState(state, step, phase)?.tasks ?? []).filter((task) => task.host === host);

/** Where a task is done, in words: `web1`, or `web1 for nginx`. */
export const placeOf = ({ host, item }: Pick<TaskKey, 'host' | 'item'>): string =>
  item === NO_ITEM ? host : `${host} for ${item}`;

export const keyOf = (task: TaskKey): TaskKey => ({ step: task.step, item: task.item, host: task.host });

/** Whether the task is done by a job, rather than by looking or speaking. */
export const isJob = (plan: Plan, task: { readonly step: string; readonly phase: Phase }): boolean =>
  (task.phase === 'undo' && undoesItself(plan, task.step)) || planStep(plan, task.step, task.phase).work.kind === 'job';

/** Whether the task is a person's, who is asked. */
export const isAsk = (state: RunState, { step, phase }: { readonly step: string; readonly phase: Phase }): boolean =>
  planStep(state.plan, step, phase).work.kind === 'ask';

/** The state with one step changed. */
export function withStep(state: RunState, id: string, phase: Phase, change: (step: StepState) => StepState): RunState {
  const list = listOf(state, { id, phase });
  return { ...state, [list]: state[list].map((step) => (step.id === id ? change(step) : step)) };
}

/** The state with every step changed, whichever list it stands in. */
export function withAllSteps(state: RunState, change: (step: StepState) => StepState): RunState {
  const { steps, undo, after, always } = state;
  const lists = { steps: steps.map(change), undo: undo.map(change), after: after.map(change) };
  return { ...state, ...lists, always: always.map(change) };
}

/** The state with one task changed. */
export function withTask(
  state: RunState,
  key: TaskKey & { readonly phase: Phase },
  change: (task: TaskState) => TaskState,
): RunState {
  return withStep(state, key.step, key.phase, (step) => ({
    ...step,
    tasks: step.tasks.map((task) => (task.host === key.host && task.item === key.item ? change(task) : task)),
  }));
}
