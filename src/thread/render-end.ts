import type { Instant, RunState, StepState, TaskState } from '../run/types.ts';
import { approvalsAt, startApprovals } from '../run/approvals.ts';
import { mayHaveChanged } from '../run/attempts.ts';
import { allSteps, planStep, withoutItem } from '../run/steps.ts';
import { type UndoItem, undoPlan } from '../run/undo.ts';
import { type Detail, fit } from './fit.ts';
import { between, clock, commandLine, duration, mention, who } from './format.ts';
import { blocks, cellCode, code, counted, listed, plain, prose, table } from './markdown.ts';
import { isBad, outcomeWord, statusMark } from './marks.ts';
import { problemLines } from './run-parts.ts';
import { downtimeLine, endReason } from './render-live.ts';
import { hasLeft, leftBehind, type Typing, whatNext } from './left-behind.ts';
import { hostsText, place, places } from './places.ts';
import { lastFinished, numbered, standing, stepHosts, stepTitle } from './steps.ts';
import { timeline } from './timeline.ts';
import { howText } from './undo-list.ts';

/** How a run ended: what is different now, what was put back, what stays, how long it took, where to look further. */
export function renderEnd(state: RunState): string {
  return fit((detail) =>
    blocks(
      `### ${endTitle(state)}`,
      summaryLine(state),
      downtimeLine(state),
      endReason(state),
      rollbackLine(state),
      abortedPart(state, detail),
      changesPart(state, detail),
      anewPart(state),
      skippedPart(state),
      problemLines(state, state.rollback === undefined ? state.steps : state.undo, detail),
      endPart(state, '**After the undo**', state.rollback === undefined ? [] : state.after, detail),
      endPart(state, '**At the end, as always**', state.ending === undefined ? [] : state.always, detail),
      detail.timeline ? timeline(state) : undefined,
      recordPart(state),
    ),
  );
}

function endTitle(state: RunState): string {
  const { mark, word } = statusMark(state);
  return `${mark} ${code(commandLine(state))} ${word}`;
}

function rollbackLine({ rollback, status, because }: RunState): string | undefined {
  if (rollback === undefined) return undefined;
  if (status === 'aborted') return `It was rolling back (${prose(rollback.because)}): ${prose(because ?? 'aborted')}.`;
  if (rollback.rehearsed !== true) return `Rolled back: ${prose(rollback.because)}.`;
  const words = prose(rollback.because);
  return status === 'rolled_back'
    ? `${capital(words)}: each step went well, and what it did was taken back.`
    : `${capital(words)}, but it could not be taken back as it should. So it proves nothing.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function summaryLine(state: RunState): string {
  const called = mention(state.by);
  const from = state.startedAt ?? state.requestedAt;
  const to = state.endedAt ?? state.lastAt;
  const asked = state.prompts.reduce((sum, { openedAt, answer }) => sum + between(openedAt, answer?.at ?? to), 0);
  const waited = asked + waitedToStart(state, from, to);
  const waiting = waited === 0 ? '' : `, of which it waited ${duration(waited)} for an answer`;
  return `${called === undefined ? 'Run' : `${called}: run`} ${code(state.run)} took ${duration(between(from, to))} from ${clock(from, 'day')} to ${clock(to)}${waiting}.`;
}

function waitedToStart(state: RunState, from: Instant, to: Instant): number {
  if (startApprovals(state) === undefined) return 0;
  return between(from, approvalsAt(state, undefined).at(-1)?.at ?? to);
}

/** How each host stands, and what can be done now that the run cannot do it any more. */
function abortedPart(state: RunState, detail: Detail): string | undefined {
  const rows = state.status === 'aborted' ? leftBehind(state) : [];
  if (!hasLeft(rows)) return undefined;
  const cells = rows.map(({ hosts, underWay, changed }) => [
    hostsText(hosts, cellCode),
    underWay.length === 0 ? 'nothing' : underWay.map((each) => plain(each)).join('<br>'),
    changed,
  ]);
  return blocks(
    table(['host', 'under way when it was aborted', 'changed before, and not undone'], cells.slice(0, detail.rows)),
    cells.length > detail.rows ? `and ${cells.length - detail.rows} more` : undefined,
    ...nextLines(state),
  );
}

/** Where it has changed nothing that is said first. */
const anewPart = (state: RunState): string | undefined =>
  state.status === 'aborted' && !hasLeft(leftBehind(state)) ? blocks(...nextLines(state)) : undefined;

const nextLines = (state: RunState): readonly string[] => whatNext(state, typing(state)).map(prose);

const typing = (state: RunState): Typing => ({
  logs: (step, host) => `/logs ${step} ${host} ${state.run}`,
  again: commandLine(state),
  dryrun: commandLine(state, 'dryrun'),
});

function changesPart(state: RunState, detail: Detail): string {
  const touched = undoPlan(state);
  if (touched.length === 0)
    return anythingTouched(state) ? 'What it did needs no undoing.' : 'It has changed nothing on any host.';
  if (state.rollback !== undefined) return rolledBackPart(state, detail);
  const changed = numbered(state, state.steps).flatMap(({ step, taken }) => {
    const tasks = taken.tasks.filter(mayHaveChanged);
    return tasks.length === 0 ? [] : [`- ${stepTitle(step)} on ${places(tasks, cellCode)}`];
  });
  if ((state.ending ?? state).status === 'succeeded') return blocks('**Changed**', limited(changed, detail));
  return blocks('**Changed, or begun, and not undone**', limited(changed, detail));
}

/** What the procedure does at a run's end, with how each step ended and why where it is not well. */
function endPart(state: RunState, title: string, steps: readonly StepState[], detail: Detail): string | undefined {
  if (steps.length === 0) return undefined;
  const lines = numbered(state, steps).map(
    ({ step, taken }) => `- ${stepTitle(step)} on ${stepHosts(step, taken)}: ${standing(state, taken)}`,
  );
  return blocks(title, limited(lines, detail), problemLines(state, steps, detail));
}

const anythingTouched = (state: RunState): boolean =>
  allSteps(state).some((step) => step.tasks.some((task) => mayHaveChanged(task)));

/** By what the rollback did, not by what it was to do: one that was stopped half way says so. */
function rolledBackPart(state: RunState, detail: Detail): string {
  const items = undoPlan(state).map((item) => ({ item, line: itemLine(state, item), fate: fateOf(state, item) }));
  const part = (title: string, fate: Fate['kind']): string | undefined => {
    const lines = items.filter((each) => each.fate.kind === fate).map((each) => `- ${each.line}${each.fate.text}`);
    return lines.length === 0 ? undefined : blocks(title, limited(lines, detail));
  };
  return blocks(
    part('**Taken back**, last step first', 'undone'),
    part('**Left as it is**, as the procedure says', 'left'),
    part('**Not undone**', 'not'),
  );
}

const itemLine = (state: RunState, { step, tasks }: UndoItem): string =>
  `${stepTitle(planStep(state.plan, step, 'apply'))} on ${places(tasks, cellCode)}`;

interface Fate {
  readonly kind: 'undone' | 'left' | 'not';
  readonly text: string;
}

function fateOf(state: RunState, { step, how }: UndoItem): Fate {
  if (how.kind === 'leave') return { kind: 'left', text: `: ${prose(how.reason)}` };
  if (how.kind === 'irreversible') return { kind: 'not', text: ': it cannot be undone' };
  const ids = how.kind === 'self' ? [step] : how.steps.map((sub) => sub.id);
  const taken = state.undo.filter(({ id }) => ids.includes(withoutItem(id)));
  const bad = taken.flatMap((each) => each.tasks).filter((task) => task.skippedAt !== undefined || isBad(task.outcome));
  if (bad.length > 0) {
    const words = bad.map((task) => `${outcomeWord(task.outcome ?? 'failed', task)} on ${place(task)}`);
    return { kind: 'not', text: `: its undo ${listed([...new Set(words)].slice(0, 6))}` };
  }
  if (taken.some(({ status }) => status !== 'done')) return { kind: 'not', text: ': the rollback ended before it' };
  return { kind: 'undone', text: how.kind === 'self' ? '' : `: ${howText(how)}` };
}

function skippedPart(state: RunState): string | undefined {
  const lines = numbered(state, allSteps(state)).flatMap(({ step, taken }) => {
    const tasks = taken.tasks.filter((task) => task.skippedAt !== undefined);
    const [first] = tasks;
    if (first === undefined) return [];
    const prompt = state.prompts.find(({ id }) => id === first.skippedAt);
    const by = prompt?.answer === undefined ? '' : ` by ${plain(who(prompt.answer.by))}`;
    return [`- ${stepTitle(step)} on ${places(tasks, cellCode)}: skipped${by}`];
  });
  return lines.length === 0 ? undefined : blocks('**Skipped**', lines.join('\n'));
}

function recordPart(state: RunState): string {
  const printed = numbered(state, allSteps(state)).filter(({ taken }) => taken.tasks.some(hasPrinted));
  const bad = printed.findLast(({ taken }) => taken.tasks.some((task) => isBad(task.outcome)));
  const logs = (bad ?? printed.at(-1))?.step.id;
  const look = [
    `${code(`/status ${state.run}`)} shows every step`,
    ...(logs === undefined ? [] : [`${code(`/logs ${logs}`)} a step's output`]),
  ];
  return `Recorded as ${counted(state.seq, 'event')}; the last one's hash is ${code(state.head)}. ${listed(look)}.`;
}

function hasPrinted(task: TaskState): boolean {
  const bytes = lastFinished(task)?.finished?.bytes;
  return bytes !== undefined && bytes.out + bytes.err > 0;
}

function limited(lines: readonly string[], detail: Detail): string {
  const left = lines.length - detail.rows;
  return [...lines.slice(0, detail.rows), ...(left > 0 ? [`- and ${left} more`] : [])].join('\n');
}
