import type { RunState, StepState } from '../run/types.ts';
import { cleanLine } from './clean.ts';
import { epochSeconds } from './format.ts';
import { details } from './markdown.ts';
import { isBad } from './marks.ts';
import { type NumberedStep, numbered } from './steps.ts';

/** Below this a picture says no more than the table. */
const FEWEST = 3;
const MOST = 60;

/** When each step ran and when people were waited for, as a Gantt chart that GitHub draws. */
export function timeline(state: RunState): string | undefined {
  const steps = bars(numbered(state, state.steps));
  const undo = bars(numbered(state, state.undo));
  const after = bars(numbered(state, state.after));
  const always = bars(numbered(state, state.always));
  const all = steps.length + undo.length + after.length + always.length;
  if (all < FEWEST || all > MOST) return undefined;
  const waits = state.prompts.map(({ id, openedAt, answer }) =>
    bar(`prompt ${id}`, 'active', openedAt, answer?.at ?? state.lastAt),
  );
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [`  section ${title}`, ...lines];
  const chart = [
    'gantt',
    '  dateFormat X',
    '  axisFormat %H:%M:%S',
    ...section('Steps', steps),
    ...section('Waiting for people', waits),
    ...section('Rollback', undo),
    ...section('After the undo', after),
    ...section('At the end', always),
  ];
  return details('Timeline (hours of your own time zone)', ['```mermaid', ...chart, '```'].join('\n'));
}

function bars(steps: readonly NumberedStep[]): readonly string[] {
  return steps.flatMap(({ number, step, taken }) => {
    const endedAt = taken.endedAt ?? lastEnd(taken);
    if (taken.openedAt === undefined || endedAt === undefined || taken.tasks.length === 0) return [];
    const tag = taken.tasks.some((task) => isBad(task.outcome)) ? 'crit' : 'done';
    return [bar(`${number} ${step.name}`, tag, taken.openedAt, endedAt)];
  });
}

/** A step that a person had to end has no end of its own, but its jobs have. */
const lastEnd = (step: StepState): string | undefined =>
  step.tasks
    .flatMap((task) => task.attempts.map((attempt) => attempt.endedAt))
    .filter((at) => at !== undefined)
    .toSorted()
    .at(-1);

/** Mermaid takes colons, semicolons, hashes and commas as its own; a bar of no length would not be drawn. */
function bar(name: string, tag: string, from: string, to: string): string {
  const title = cleanLine(name)
    .replaceAll(/[^\p{L}\p{N} ()./_-]/gu, ' ')
    .slice(0, 60)
    .trim();
  const start = epochSeconds(from);
  return `  ${title} :${tag}, ${start}, ${Math.max(start + 1, epochSeconds(to))}`;
}
