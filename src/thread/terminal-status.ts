import type { RunState, TaskState } from '../run/types.ts';
import { awaitsStart } from '../run/start.ts';
import { placeOf } from '../run/steps.ts';
import { clock, commandLine, who } from './format.ts';
import { isOver, statusMark } from './marks.ts';
import { pausingText } from './pause-text.ts';
import { stoppedText } from './stopped-text.ts';
import { nameOf, numbered, tally, markOf, marksOf, taskTime } from './steps.ts';
import { placeText, waitingText } from './waiting-text.ts';
import { line, plainStyle, type Style, wrap } from './terminal-style.ts';
import { abortedLines, downLines, whyLines } from './terminal-lines.ts';
import { promptText, startApprovalText } from './terminal-prompt.ts';

/** All runs, two lines each, so that a narrow terminal holds them. */
export function runListText(states: readonly RunState[], style: Style = plainStyle): string {
  if (states.length === 0) return 'There are no runs yet.';
  return states
    .flatMap((state) => {
      const { word, tone } = statusMark(state);
      return [
        `${state.run}  ${style(word, tone)}  ${clock(state.requestedAt, 'day')}`,
        `  ${line(commandLine(state, state.mode === 'dryrun' ? 'dryrun' : undefined))}, by ${line(who(state.by))}`,
        ...(state.waitingFor === undefined || state.status !== 'queued'
          ? []
          : wrap(line(waitingText(state.waitingFor), 2_000), '  ')),
      ];
    })
    .join('\n');
}

/** One run with its steps. */
export function runStatusText(state: RunState, style: Style = plainStyle): string {
  const { word, tone } = statusMark(state);
  const steps = (title: string, list: RunState['steps']): readonly string[] =>
    list.length === 0 ? [] : [title, ...numbered(state, list).flatMap((each) => stepLines(state, each, style))];
  const open = state.prompts.findLast((prompt) => prompt.answer === undefined);
  const pausing = pausingText(state);
  const stopped = stoppedText(state);
  return [
    style(`${line(commandLine(state, state.mode === 'dryrun' ? 'dryrun' : undefined))} ${word}`, tone),
    `run ${state.run}, by ${line(who(state.by))}, ${clock(state.requestedAt, 'day')}`,
    ...whyLines(state, ''),
    ...(state.waitingFor === undefined || isOver(state)
      ? []
      : [waitingText(state.waitingFor), placeText(state.waitingFor)].flatMap((each) => wrap(line(each, 2_000), ''))),
    ...(stopped === undefined ? [] : wrap(line(stopped, 1_000), '')),
    ...(pausing === undefined ? [] : wrap(line(pausing), '')),
    ...(open === undefined || isOver(state) ? downLines(state, style) : []),
    ...abortedLines(state, ''),
    ...steps('Steps', state.steps),
    ...steps('Rollback', state.undo),
    ...steps('After the undo', state.rollback === undefined ? [] : state.after),
    ...steps('At the end, as always', state.always),
    ...(open === undefined || isOver(state) ? [] : [promptText(state, open, style)]),
    ...(awaitsStart(state) ? [startApprovalText(state, style)] : []),
  ].join('\n');
}

function stepLines(
  state: RunState,
  { number, step, taken }: ReturnType<typeof numbered>[number],
  style: Style,
): readonly string[] {
  const title = `${String(number).padStart(3)} ${line(nameOf(step))} (${step.id})`;
  const [only] = taken.tasks;
  if (only === undefined || taken.tasks.length > 8) {
    const words = marksOf(state, taken).map((mark) => ({ ...mark, mark: '' }));
    return [
      title,
      `      ${taken.tasks.length === 0 ? (words[0]?.word ?? '') : tally(words).replaceAll(/ {2,}/g, ' ').trim()}`,
    ];
  }
  return [title, ...taken.tasks.map((task) => `    ${statusOfTask(state, task, style)}`)];
}

function statusOfTask(state: RunState, task: TaskState, style: Style): string {
  const { word, tone } = markOf(state, task);
  const time = taskTime(task, isOver(state));
  const was = task.skippedAt === undefined ? '' : ` (at ${task.skippedAt})`;
  return `  ${line(placeOf(task))}: ${style(word + was, tone)}${time === '' ? '' : `, ${time}`}`;
}
