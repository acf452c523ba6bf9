import type { RunState, StepState } from '../run/types.ts';
import type { Detail } from './fit.ts';
import { between, duration } from './format.ts';
import { blocks, counted, cellCode, table } from './markdown.ts';
import { NO_ITEM } from '../run/steps.ts';
import { isBad, isOver, taskMark } from './marks.ts';
import { place } from './places.ts';
import {
  stepHosts,
  marksOf,
  type NumberedStep,
  numbered,
  outcomeNotes,
  standing,
  stepTitle,
  tally,
  taskTime,
} from './steps.ts';

const HEAD = ['#', 'step', 'host', 'outcome', 'duration'];

/** The steps with how each stands on each host; a row a step where there are too many hosts for a row each. */
export function stepTable(state: RunState, steps: readonly StepState[], detail: Detail): string {
  const all = numbered(state, steps);
  const each = all.flatMap((step) => taskRows(state, step));
  if (each.length <= detail.rows) return table(HEAD, each);
  if (all.length <= detail.rows)
    return table(
      HEAD,
      all.map((step) => stepRow(state, step)),
    );
  const shown = mostTelling(all, detail.rows);
  const left = all.filter((step) => !shown.includes(step));
  return blocks(
    table(
      HEAD,
      shown.map((step) => stepRow(state, step)),
    ),
    `${counted(left.length, 'step')} not shown here: ${tally(left.flatMap(({ taken }) => marksOf(state, taken)))}.`,
  );
}

function taskRows(state: RunState, numberedStep: NumberedStep): readonly (readonly string[])[] {
  const { number, step, taken } = numberedStep;
  if (taken.tasks.length === 0) return [stepRow(state, numberedStep)];
  if (taken.tasks.length > EACH_ITEM && taken.tasks.some(({ item }) => item !== NO_ITEM)) {
    return hostRows(state, numberedStep);
  }
  const marks = marksOf(state, taken);
  return taken.tasks.map((task, index) => {
    const mark = marks[index];
    const words = mark === undefined ? [] : [`${mark.mark} ${mark.word}`, ...outcomeNotes(state, task)];
    return [String(number), stepTitle(step), place(task, cellCode), words.join(', '), taskTime(task, isOver(state))];
  });
}

/** Of more items than these, those of a host share a row. */
const EACH_ITEM = 12;
const BAD_SHOWN = 3;

/** A row a host, with how many of its items ended how, and which of them not well. */
function hostRows(state: RunState, { number, step, taken }: NumberedStep): readonly (readonly string[])[] {
  const hosts = [...new Set(taken.tasks.map(({ host }) => host))];
  return hosts.map((host) => {
    const tasks = taken.tasks.filter((task) => task.host === host);
    const bad = tasks.filter((task) => isBad(task.outcome)).map(({ item }) => cellCode(item));
    const more = bad.length > BAD_SHOWN ? [`${bad.length - BAD_SHOWN} more`] : [];
    const which = bad.length === 0 ? '' : ` (${[...bad.slice(0, BAD_SHOWN), ...more].join(', ')})`;
    const all = tally(tasks.map((task) => taskMark(task, isOver(state))));
    const words = tasks.length === 1 ? '' : ` for ${counted(tasks.length, 'item')}`;
    return [String(number), stepTitle(step), `${cellCode(host)}${words}`, `${all}${which}`, ''];
  });
}

function stepRow(state: RunState, { number, step, taken }: NumberedStep): readonly string[] {
  const time =
    taken.openedAt !== undefined && taken.endedAt !== undefined && taken.tasks.length > 0
      ? duration(between(taken.openedAt, taken.endedAt))
      : '';
  return [String(number), stepTitle(step), stepHosts(step, taken), standing(state, taken), time];
}

/** Of more steps than there is room for: what went wrong, what is under way, then what is done, in the run's order. */
function mostTelling(steps: readonly NumberedStep[], room: number): readonly NumberedStep[] {
  const rank = ({ taken }: NumberedStep): number => {
    if (taken.tasks.some((task) => isBad(task.outcome))) return 0;
    if (taken.status === 'open' || taken.status === 'opening') return 1;
    return taken.status === 'done' ? 2 : 3;
  };
  const ranked = steps.toSorted((one, other) => rank(one) - rank(other) || one.number - other.number);
  const kept = new Set(ranked.slice(0, room));
  return steps.filter((step) => kept.has(step));
}
