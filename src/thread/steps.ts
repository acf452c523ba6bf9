import type { PlanStep } from '../plan/types.ts';
import { approvalsAt } from '../run/approvals.ts';
import { outcomeOf } from '../run/attempts.ts';
import { choiceText } from '../run/choosing.ts';
import { listOf, planStep, type StepList, stepsUnderWay } from '../run/steps.ts';
import type { Actor, Attempt, PromptState, RunState, StepState, TaskKey, TaskState } from '../run/types.ts';
import { between, clock, duration, who } from './format.ts';
import { cellCode, listed, plain } from './markdown.ts';
import { hostsText } from './places.ts';
import { restartNote } from './restart-text.ts';
import { ASKED, emptyStepMark, isBad, isOver, isWaiting, type Mark, taskMark } from './marks.ts';

/** A step as it is taken, with what the plan says of it and its number for people. */
export interface NumberedStep {
  readonly number: number;
  readonly step: PlanStep;
  readonly taken: StepState;
}

/** The run's steps in the order in which they are taken; those of the rollback are counted anew. */
export const numbered = (state: RunState, steps: readonly StepState[]): readonly NumberedStep[] =>
  steps.map((taken, index) => ({ number: index + 1, step: planStep(state.plan, taken.id, taken.phase), taken }));

/** The step that is being taken or waited at. */
export function current(state: RunState): NumberedStep | undefined {
  const taken = stepsUnderWay(state).find(({ status }) => status === 'opening' || status === 'open');
  return taken && numberedStep(state, taken.id, taken.phase);
}

export function numberedStep(state: RunState, id: string, phase: StepState['phase']): NumberedStep | undefined {
  return numbered(state, state[listOf(state, { id, phase })]).find(({ taken }) => taken.id === id);
}

type Stands = Pick<StepState, 'id' | 'phase'>;

const KINDS: Readonly<Record<StepList, string>> = {
  steps: 'step',
  undo: 'undo step',
  after: 'rollback step',
  always: 'always step',
};

/** What a step is called before its number, which counts within its list. */
export const stepKind = (state: RunState, step: Stands): string => KINDS[listOf(state, step)];

/** How many steps its list has. */
export const listLength = (state: RunState, step: Stands): number => state[listOf(state, step)].length;

export const openPrompt = (state: RunState): PromptState | undefined =>
  isOver(state) ? undefined : state.prompts.findLast((prompt) => prompt.answer === undefined);

/** The tasks that a prompt or a decision is about. */
export const tasksAt = (step: StepState, keys: readonly TaskKey[]): readonly TaskState[] =>
  step.tasks.filter((task) => keys.some((key) => key.host === task.host && key.item === task.item));

export const lastAttempt = (task: TaskState): Attempt | undefined => task.attempts.at(-1);

/** The attempt whose output is worth showing: the last that has ended. */
export const lastFinished = (task: TaskState): Attempt | undefined =>
  task.attempts.findLast((attempt) => attempt.finished !== undefined);

/** How long a task took, or since when it runs. */
export function taskTime(task: TaskState, over: boolean): string {
  const attempt = lastAttempt(task);
  if (task.outcome === undefined) {
    // What waits for its turn, or to be tried again, does not run.
    if (over || attempt === undefined || isWaiting(attempt)) return '';
    return `since ${clock(attempt.startedAt ?? attempt.dueAt)}`;
  }
  // Whose end nobody saw, or what never began, took no time that anybody knows.
  if (task.outcome === 'unknown' || task.outcome === 'unreachable') return '';
  // The command that restarts a host is soon over.
  if (task.restart !== undefined) {
    const { stage, since } = task.restart;
    return stage === 'held' && attempt !== undefined
      ? duration(between(attempt.startedAt ?? attempt.dueAt, since))
      : '';
  }
  if (attempt?.finished !== undefined) return duration(attempt.finished.duration_ms);
  if (attempt?.startedAt !== undefined && attempt.endedAt !== undefined)
    return duration(between(attempt.startedAt, attempt.endedAt));
  return '';
}

/** What is said behind the outcome's word: `exit 1`, `attempt 2`, `by william`. */
export function outcomeNotes(state: RunState, task: TaskState): readonly string[] {
  const attempt = lastAttempt(task);
  const finished = attempt?.finished;
  const exit = finished?.exit_code;
  const reached = finished === undefined || finished.reached === 'apply' ? '' : ` in ${finished.reached}`;
  const prompt = state.prompts.find(({ id }) => id === (task.skippedAt ?? task.doneAt));
  return [
    ...(prompt?.answer === undefined ? [] : [`by ${listed(answeredBy(state, prompt).map((by) => plain(who(by))))}`]),
    ...(task.outcome === undefined && task.restart !== undefined && !isOver(state) ? [restartNote(task.restart)] : []),
    ...(isBad(task.outcome) &&
    (task.outcome === 'failed' || task.restart === undefined) &&
    exit !== undefined &&
    exit !== null
      ? [`exit ${exit}${reached}`]
      : []),
    ...(attempt !== undefined && attempt.attempt > 1
      ? [
          `attempt ${attempt.attempt}${task.outcome === undefined && isWaiting(attempt) ? ` at ${clock(attempt.dueAt)}` : ''}`,
        ]
      : []),
    ...(attempt?.settled === undefined || outcomeOf(attempt) === 'unknown'
      ? []
      : [`settled by ${settledBy[attempt.settled.by]}`]),
  ];
}

/** Who answered a prompt; of an approval everybody who agreed. */
function answeredBy(state: RunState, { id, answer }: PromptState): readonly Actor[] {
  if (answer?.decision !== 'approve') return answer === undefined ? [] : [answer.by];
  return approvalsAt(state, id).map(({ by }) => by);
}

const settledBy = { host: 'the host', checks: 'its checks', person: 'a person' } as const;

/** Marks of a step's tasks, each with how often it stands there. */
export function tally(marks: readonly Mark[]): string {
  const counts = new Map<string, { readonly mark: string; count: number }>();
  for (const { mark, word } of marks) {
    const entry = counts.get(word) ?? { mark, count: 0 };
    entry.count += 1;
    counts.set(word, entry);
  }
  return [...counts].map(([word, { mark, count }]) => `${mark} ${count} ${word}`).join(', ');
}

/** How a step's tasks stand, in one cell: the one mark, or how often each. */
export function standing(state: RunState, taken: StepState): string {
  const marks = marksOf(state, taken);
  const [first] = marks;
  return marks.length === 1 && first !== undefined ? `${first.mark} ${first.word}` : tally(marks);
}

export const marksOf = (state: RunState, taken: StepState): readonly Mark[] =>
  taken.tasks.length === 0 ? [emptyStepMark(taken, isOver(state))] : taken.tasks.map((task) => markOf(state, task));

/** How a task stands; one that a person is asked for waits. */
export function markOf(state: RunState, task: TaskState): Mark {
  const prompt = task.outcome === undefined ? openPrompt(state) : undefined;
  const isAsked =
    prompt?.step === task.step &&
    prompt.phase === task.phase &&
    prompt.tasks.some(({ host, item }) => host === task.host && item === task.item);
  return isAsked ? ASKED : taskMark(task, isOver(state));
}

/** The step's name, and the id that `/logs` takes, as cells and lists show them. */
export function stepTitle(step: PlanStep): string {
  const title = step.name === step.id ? cellCode(step.id) : `${plain(step.name)} (${cellCode(step.id)})`;
  return step.destructive === true ? `${title} ⚠️ destructive` : title;
}

/** The step's name, as a terminal shows it. */
export const nameOf = ({ name, destructive }: PlanStep): string =>
  destructive === true ? `${name} (destructive)` : name;

/** `a, b and c`; past a handful their number. */
export const hostList = (hosts: readonly string[]): string => hostsText(hosts, cellCode);

/** Where a step is taken; where facts choose, by what they will, until they have. */
export function stepHosts(step: PlanStep, taken: StepState): string {
  if (step.choice !== undefined && taken.chosen === undefined) return `by ${cellCode(choiceText(step.choice))}`;
  return hostList(taken.hosts.length > 0 ? taken.hosts : step.hosts);
}
