/** The tables of `expect`: wanted beside found. */
import type { ExpectedRow } from '../run/expected.ts';
import type { Attempt, RunState, StepState, TaskState } from '../run/types.ts';
import { type Detail, mostWorthy } from './fit.ts';
import { jsonText } from './format.ts';
import { blocks, cellCode, code, counted, details, html, plain, prose, table } from './markdown.ts';
import { isBad } from './marks.ts';
import { lastAttempt, type NumberedStep, numbered, stepTitle } from './steps.ts';

const MARKS: Readonly<Record<ExpectedRow['verdict'], string>> = {
  agrees: '✅',
  differs: '❌',
  unknown: '❔',
  trouble: '❌',
};

/** What was wanted and found of each fact at the last look, a row each; undefined where nothing has been looked at. */
export function expectedTable(tasks: readonly TaskState[], detail: Detail): string | undefined {
  const rows = tasks.flatMap((task) =>
    rowsOf(task).map((row) => [cellCode(task.host), cellCode(row.fact), wantedCell(row), foundCell(row)]),
  );
  if (rows.length === 0) return undefined;
  const left = rows.length - detail.rows;
  return blocks(
    table(['host', 'fact', 'wanted', 'found'], rows.slice(0, detail.rows)),
    left > 0 ? `and ${counted(left, 'row')} more.` : undefined,
  );
}

/** Whether the task is a table's that has been looked at. */
export const wasLooked = (task: TaskState): boolean => lastAttempt(task)?.rows !== undefined;

const rowsOf = (task: TaskState): readonly ExpectedRow[] => lastAttempt(task)?.rows ?? [];

function wantedCell({ wanted, verdict }: ExpectedRow): string {
  if (wanted !== undefined) return cellCode(jsonText(wanted));
  return verdict === 'unknown' ? 'not known yet' : 'any';
}

function foundCell({ found, verdict, why }: ExpectedRow): string {
  const value = found === undefined ? plain(why ?? 'nothing') : cellCode(jsonText(found));
  return `${MARKS[verdict]} ${value}`;
}

/** A dry run's fold of such a step: all its hosts in one table. */
export function expectedFold({ number, step, taken }: NumberedStep, detail: Detail): string | undefined {
  const notes = taken.tasks.flatMap((task) => {
    const why = task.undetermined ?? task.trouble ?? (wasLooked(task) ? undefined : task.detail);
    return why === undefined ? [] : [`- ${code(task.host)}: ${prose(why)}`];
  });
  const body = blocks(expectedTable(taken.tasks, detail), notes.slice(0, detail.rows).join('\n'));
  return body === '' ? undefined : details(`${number}. ${html(step.name)}: wanted beside found`, body);
}

/**
 * The tables of a run's steps so far, each as it was found in its step's turn and, where others could have had the hosts
 * since, as it was found last: where something differs in full view, else folded away.
 */
export function expectations(state: RunState, steps: readonly StepState[], detail: Detail): string | undefined {
  const tables = numbered(state, steps).flatMap((step) => looks(step, detail));
  const { shown, left } = mostWorthy(tables, ({ differs }) => differs, detail.tables);
  return blocks(
    ...shown.map(({ text }) => text),
    left > 0
      ? `${counted(left, 'table')} more ${left === 1 ? 'is' : 'are'} not shown here; what was found stands in the run's record.`
      : undefined,
  );
}

interface Look {
  readonly differs: boolean;
  readonly text: string;
}

function looks({ number, step, taken }: NumberedStep, detail: Detail): readonly Look[] {
  if (step.work.kind !== 'expect') return [];
  const isAgain = ({ again }: Attempt): boolean => again === true;
  const first = taken.tasks.map((task) => ({ ...task, attempts: task.attempts.filter((each) => !isAgain(each)) }));
  const again = taken.tasks.filter(({ attempts }) => attempts.some(isAgain));
  const look = (tasks: readonly TaskState[], differs: boolean, when: string): readonly Look[] => {
    const made = expectedTable(tasks, detail);
    if (made === undefined) return [];
    const text = differs
      ? blocks(`Step ${number}, ${stepTitle(step)}${when}, wanted beside found:`, made)
      : details(`Step ${number}, ${html(step.name)}${when}: wanted beside found`, made);
    return [{ differs, text }];
  };
  const differs = taken.tasks.some((task) => isBad(task.outcome));
  return [...look(first, differs && again.length === 0, ''), ...look(again, differs, AGAIN)];
}

const AGAIN = ', looked at again as others could have had the hosts';

/** The same for a terminal, a line a fact. */
export function expectedLines(task: TaskState): readonly string[] {
  return rowsOf(task).map(({ fact, wanted, found, verdict, why }) => {
    const want = wanted === undefined ? (verdict === 'unknown' ? 'not known yet' : 'any') : jsonText(wanted);
    const is = found === undefined ? (why ?? 'nothing') : jsonText(found);
    return `${fact}: wanted ${want}, found ${is}${verdict === 'differs' ? ' (differs)' : ''}`;
  });
}
