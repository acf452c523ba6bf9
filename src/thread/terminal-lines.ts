import type { RunState, TaskState } from '../run/types.ts';
import { placeOf, planStep } from '../run/steps.ts';
import { downtimeText } from './downtime-text.ts';
import { commandLine } from './format.ts';
import { expectedLines } from './expected-table.ts';
import { isBad, isOver } from './marks.ts';
import { lastLines, readOutput } from './output.ts';
import { whyOf } from './run-parts.ts';
import { hasLeft, leftBehind, whatNext } from './left-behind.ts';
import { lastAttempt, markOf, taskTime } from './steps.ts';
import { bullet, line, quoted, type Style, wrap } from './terminal-style.ts';

const LAST_LINES = 8;

/** `  pryv-1: failed, exit 1, 2.3 s`, with the reason and the last lines where it went wrong. */
export function taskLines(state: RunState, task: TaskState, style: Style): readonly string[] {
  const { word, tone } = markOf(state, task);
  const finished = lastAttempt(task)?.finished;
  const exit = finished?.exit_code;
  const parts = [
    word,
    ...(isBad(task.outcome) && task.restart === undefined && exit !== undefined && exit !== null
      ? [`exit ${exit}`]
      : []),
    taskTime(task, isOver(state)),
  ].filter((part) => part !== '');
  const head = `  ${line(placeOf(task))}: ${style(parts.join(', '), tone)}`;
  if (task.text !== undefined && planStep(state.plan, task.step, task.phase).work.kind === 'say')
    return [head, ...quoted(task.text, 2_000)];
  const found = expectedLines(task);
  if (found.length > 0) return [head, ...found.flatMap((each) => wrap(line(each), '    '))];
  return isBad(task.outcome) ? [head, ...reasons(task)] : [head];
}

function reasons(task: TaskState): readonly string[] {
  const captured = lastAttempt(task)?.finished?.captured;
  const output = captured ?? (task.lastRead === undefined ? undefined : readOutput(task.lastRead));
  const text = output === undefined ? '' : lastLines(output, LAST_LINES, 2_000);
  const why = whyOf(task);
  return [...(why === undefined ? [] : wrap(line(why), '    ')), ...(text === '' ? [] : quoted(text, 2_000))];
}

/** How an aborted run leaves each host, and what can be typed next. */
export function abortedLines(state: RunState, indent: string): readonly string[] {
  if (state.status !== 'aborted' || state.blocked.length > 0) return [];
  const command = (flag?: 'dryrun'): string =>
    commandLine(state, flag)
      .replace(/ dryrun$/, '')
      .replace(/^\//, `changeover ${flag === undefined ? 'run' : 'plan'} `);
  const next = whatNext(state, {
    logs: (step, host) => `changeover logs ${state.run} ${step} ${host}`,
    again: command(),
    dryrun: command('dryrun'),
  });
  const rows = leftBehind(state);
  return [
    ...(hasLeft(rows) ? [] : [`${indent}It has changed nothing on any host.`]),
    ...(hasLeft(rows) ? rows : []).flatMap(({ hosts, underWay, changed }) => {
      const before = `changed before, and not undone: ${changed}`;
      return bullet(line(`${hosts.join(', ')}: ${[...underWay, before].join('; ')}`, 1_000), indent);
    }),
    ...next.flatMap((each) => wrap(line(each.replaceAll('`', ''), 1_000), indent)),
  ];
}

/** Since when the service is down, or how long it was. */
export function downLines(state: RunState, style: Style): readonly string[] {
  const text = downtimeText(state);
  return text === undefined ? [] : wrap(text, '  ').map((each) => style(each, 'ask'));
}

/** Why the run ended or cannot begin: each trouble for itself, else the one sentence that its end gives. */
export function whyLines(state: RunState, indent: string): readonly string[] {
  if (state.blocked.length > 0) return state.blocked.flatMap((trouble) => bullet(line(trouble, 1_000), indent));
  return state.because === undefined ? [] : wrap(line(state.because, 1_000), indent);
}
