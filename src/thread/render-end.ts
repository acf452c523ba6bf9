import type { RunState } from '../run/types.ts';
import { mayHaveChanged } from '../run/attempts.ts';
import { notUndone, undoPlan } from '../run/undo.ts';
import { type Detail, fit } from './fit.ts';
import { between, clock, commandLine, duration, mention, who } from './format.ts';
import { blocks, code, counted, listed, plain } from './markdown.ts';
import { isBad, statusMark } from './marks.ts';
import { LONGEST_REASON, problemLines } from './run-parts.ts';
import { hostList, numbered, stepTitle } from './steps.ts';
import { timeline } from './timeline.ts';
import { irreversible, undoList, undone } from './undo-list.ts';

/** How a run ended: what is different now, what was put back, what stays, how long it took, where to look further. */
export function renderEnd(state: RunState): string {
  return fit((detail) =>
    blocks(
      `### ${endTitle(state)}`,
      summaryLine(state),
      state.because === undefined ? undefined : plain(state.because, LONGEST_REASON),
      changesPart(state, detail),
      skippedPart(state),
      problemLines(state, state.rollback === undefined ? state.steps : state.undo, detail),
      detail.timeline ? timeline(state) : undefined,
      recordPart(state),
    ),
  );
}

function endTitle(state: RunState): string {
  const { mark, word } = statusMark(state);
  return `${mark} ${code(commandLine(state))} ${word}`;
}

function summaryLine(state: RunState): string {
  const called = mention(state.by);
  const from = state.startedAt ?? state.requestedAt;
  const to = state.endedAt ?? state.lastAt;
  const waited = state.prompts.reduce((sum, { openedAt, answer }) => sum + between(openedAt, answer?.at ?? to), 0);
  const waiting = waited === 0 ? '' : `, of which it waited ${duration(waited)} for an answer`;
  return `${called === undefined ? 'Run' : `${called}: run`} ${code(state.run)} took ${duration(between(from, to))} from ${clock(from, 'day')} to ${clock(to)}${waiting}.`;
}

function changesPart(state: RunState, detail: Detail): string {
  const touched = undoPlan(state);
  if (touched.length === 0)
    return anythingTouched(state) ? 'What it did needs no undoing.' : 'It has changed nothing on any host.';
  if (state.rollback !== undefined) return rolledBackPart(state, detail);
  const changed = numbered(state, state.steps).flatMap(({ step, taken }) => {
    const hosts = taken.tasks.filter(mayHaveChanged).map((task) => task.host);
    return hosts.length === 0 ? [] : [`- ${stepTitle(step)} on ${hostList(hosts)}`];
  });
  if (state.status === 'succeeded') return blocks('**Changed**', limited(changed, detail));
  return blocks('**Changed, or begun, and not undone**', limited(changed, detail));
}

const anythingTouched = (state: RunState): boolean =>
  state.steps.some((step) => step.tasks.some((task) => mayHaveChanged(task)));

function rolledBackPart(state: RunState, detail: Detail): string {
  const items = undoPlan(state);
  const left = items.filter(({ how }) => how.kind === 'leave');
  const not = notUndone(state);
  return blocks(
    undone(items).length === 0
      ? undefined
      : blocks('**Taken back**, last step first', undoList(state, undone(items), detail)),
    left.length === 0 ? undefined : blocks('**Left as it is**', undoList(state, left, detail)),
    not.length === 0 && irreversible(items).length === 0
      ? undefined
      : blocks(
          '**Not undone**',
          limited(
            not.map((text) => `- ${plain(text, LONGEST_REASON)}`),
            detail,
          ),
        ),
  );
}

function skippedPart(state: RunState): string | undefined {
  const lines = numbered(state, [...state.steps, ...state.undo]).flatMap(({ step, taken }) => {
    const tasks = taken.tasks.filter((task) => task.skippedAt !== undefined);
    const [first] = tasks;
    if (first === undefined) return [];
    const prompt = state.prompts.find(({ id }) => id === first.skippedAt);
    const by = prompt?.answer === undefined ? '' : ` by ${plain(who(prompt.answer.by))}`;
    return [`- ${stepTitle(step)} on ${hostList(tasks.map((task) => task.host))}: skipped${by}`];
  });
  return lines.length === 0 ? undefined : blocks('**Skipped**', lines.join('\n'));
}

function recordPart(state: RunState): string {
  const bad = numbered(state, [...state.steps, ...state.undo]).findLast(({ taken }) =>
    taken.tasks.some((task) => isBad(task.outcome)),
  );
  const logs = bad?.step.id ?? state.plan.steps.at(-1)?.id;
  const look = [
    `${code(`/status ${state.run}`)} shows every step`,
    ...(logs === undefined ? [] : [`${code(`/logs ${logs}`)} a step's output`]),
  ];
  return `Recorded as ${counted(state.seq, 'event')}; the last one's hash is ${code(state.head)}. ${listed(look)}.`;
}

function limited(lines: readonly string[], detail: Detail): string {
  const left = lines.length - detail.rows;
  return [...lines.slice(0, detail.rows), ...(left > 0 ? [`- and ${left} more`] : [])].join('\n');
}
