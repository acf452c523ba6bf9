/** The tables of `expect`: wanted beside found. */
import type { ExpectedRow } from '../run/expected.ts';
import type { RunState, StepState, TaskState } from '../run/types.ts';
import type { Detail } from './fit.ts';
import { jsonText } from './format.ts';
import { blocks, cellCode, code, counted, details, html, plain, prose, table } from './markdown.ts';
import { isBad } from './marks.ts';
import { type NumberedStep, numbered, stepTitle } from './steps.ts';

const MARKS: Readonly<Record<ExpectedRow['verdict'], string>> = {
  agrees: '✅',
  differs: '❌',
  unknown: '❔',
  trouble: '❌',
};

/** What was wanted and found of each fact, a row each; undefined where nothing has been looked at. */
export function expectedTable(tasks: readonly TaskState[], detail: Detail): string | undefined {
  const rows = tasks.flatMap(({ host, rows: found = [] }) =>
    found.map((row) => [cellCode(host), cellCode(row.fact), wantedCell(row), foundCell(row)]),
  );
  if (rows.length === 0) return undefined;
  const left = rows.length - detail.rows;
  return blocks(
    table(['host', 'fact', 'wanted', 'found'], rows.slice(0, detail.rows)),
    left > 0 ? `and ${counted(left, 'row')} more.` : undefined,
  );
}

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
    const why = task.undetermined ?? task.trouble ?? (task.rows === undefined ? task.detail : undefined);
    return why === undefined ? [] : [`- ${code(task.host)}: ${prose(why)}`];
  });
  const body = blocks(expectedTable(taken.tasks, detail), notes.slice(0, detail.rows).join('\n'));
  return body === '' ? undefined : details(`${number}. ${html(step.name)}: wanted beside found`, body);
}

/** The tables of a run's steps so far: where something differs in full view, else folded away. */
export function expectations(state: RunState, steps: readonly StepState[], detail: Detail): string | undefined {
  const tables = numbered(state, steps).flatMap(({ number, step, taken }) => {
    const made = step.work.kind === 'expect' ? expectedTable(taken.tasks, detail) : undefined;
    if (made === undefined) return [];
    return taken.tasks.some((task) => isBad(task.outcome))
      ? [blocks(`Step ${number}, ${stepTitle(step)}, wanted beside found:`, made)]
      : [details(`Step ${number}, ${html(step.name)}: wanted beside found`, made)];
  });
  return blocks(...tables.slice(-detail.blocks));
}

/** The same for a terminal, a line a fact. */
export function expectedLines({ rows = [] }: TaskState): readonly string[] {
  return rows.map(({ fact, wanted, found, verdict, why }) => {
    const want = wanted === undefined ? (verdict === 'unknown' ? 'not known yet' : 'any') : jsonText(wanted);
    const is = found === undefined ? (why ?? 'nothing') : jsonText(found);
    return `${fact}: wanted ${want}, found ${is}${verdict === 'differs' ? ' (differs)' : ''}`;
  });
}
