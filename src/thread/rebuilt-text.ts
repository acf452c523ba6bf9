import { outcomeOf, wentWell } from '../run/attempts.ts';
import { allSteps, NO_ITEM } from '../run/steps.ts';
import type { PromptState, RunState, TaskState } from '../run/types.ts';
import { clock } from './format.ts';
import { listed } from './markdown.ts';
import { isBad, outcomeWord } from './marks.ts';

/** So many places of one kind are named. */
const NAMED = 12;

/** What a record that was made anew can tell of the run, and what it cannot; plain text, a line each. */
export function rebuiltLines(state: RunState, prompt: PromptState): readonly string[] {
  const { rebuilt } = state;
  if (rebuilt === undefined) return [];
  // What has come since it was made anew is known as ever.
  const tasks = allSteps(state)
    .flatMap((step) => step.tasks)
    .filter((task) => task.attempts.every(({ dueAt }) => dueAt <= prompt.openedAt));
  const unfinished = tasks.filter((task) => last(task)?.outcome === 'unknown');
  const bad = tasks.filter((task) => isBad(task.outcome) && !prompt.tasks.some((key) => isSame(key, task)));
  const passed = tasks.filter((task) => prompt.tasks.some((key) => isSame(key, task)) && !ended(task));
  return [
    `The run's journal was lost. This record was made anew on ${clock(rebuilt.at, 'day')} from what ${listed(rebuilt.hosts)} ${rebuilt.hosts.length === 1 ? 'holds' : 'hold'} of it: which jobs started, and how they ended. Who decided what on the way, and when, is not known any more.`,
    ...told('Its end is not known: it is looked at again when the run goes on.', unfinished),
    ...told(
      'It did not end well.',
      bad.filter((task) => !unfinished.includes(task)),
      true,
    ),
    ...told('It did not end well, or a person was asked for it, and the run went on behind it.', passed, true),
    ...told('Nothing on the host tells of it: it was skipped there, or only looked or spoke.', tasks.filter(isUnseen)),
    ...told(
      'With which values it was done is not known, so it is neither done again nor undone by itself.',
      tasks.filter(({ lost }) => lost === true),
    ),
    ...told(
      'What it printed is lost; a later step that asks for it will say so.',
      tasks.filter((task) => last(task)?.finished?.output_lost === true),
    ),
  ];
}

const last = (task: TaskState) => task.attempts.at(-1);

const ended = (task: TaskState): boolean =>
  task.outcome !== undefined && wentWell(task.outcome) && task.skippedAt === undefined;

const isUnseen = (task: TaskState): boolean => task.skip === 'unseen' && task.attempts.length === 0;

const isSame = (a: Pick<TaskState, 'step' | 'host' | 'item'>, b: TaskState): boolean =>
  a.step === b.step && a.host === b.host && a.item === b.item;

function told(words: string, tasks: readonly TaskState[], withOutcome = false): readonly string[] {
  if (tasks.length === 0) return [];
  const names = tasks.slice(0, NAMED).map((task) => nameOf(task, withOutcome));
  const left = tasks.length - names.length;
  return [
    `${names.join(', ')}${left > 0 ? ` and ${String(left)} more` : ''}: ${words.charAt(0).toLowerCase()}${words.slice(1)}`,
  ];
}

function nameOf(task: TaskState, withOutcome: boolean): string {
  const { step, host, item, phase } = task;
  const attempt = last(task);
  const outcome = task.outcome ?? (attempt && outcomeOf(attempt));
  const how = withOutcome && outcome !== undefined ? ` (${outcomeWord(outcome)})` : '';
  return `${phase === 'undo' ? 'the undo of ' : ''}${step} on ${host}${item === NO_ITEM ? '' : ` for ${item}`}${how}`;
}
