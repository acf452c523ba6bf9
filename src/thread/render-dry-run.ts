import { drySummary, type DryVerdict, dryVerdict } from '../run/dry.ts';
import { plannedSteps } from '../run/steps.ts';
import type { RunState, StepState, TaskState } from '../run/types.ts';
import { plannedDowntimes } from './downtime-text.ts';
import { notNowLines, runWants } from './environment-text.ts';
import { expectations, expectedFold } from './expected-table.ts';
import { type Detail, fit } from './fit.ts';
import { commandLine } from './format.ts';
import { blocks, cellCode, code, counted, details, fence, html, listed, plain, prose, table } from './markdown.ts';
import { isOver } from './marks.ts';
import { planDetails, runLine } from './run-parts.ts';
import { stepBody } from './step-body.ts';
import { fewPlaces, places } from './places.ts';
import { current, listLength, type NumberedStep, numbered, stepHosts, stepKind, stepTitle } from './steps.ts';
import type { View } from './view.ts';

/** Exactly what would happen on which host. What stands in the way comes first. */
export function renderDryRun(state: RunState, view: View): string {
  return fit((detail) => {
    const steps = numbered(state, state.steps);
    const shown = state.blocked.length === 0 || isOver(state);
    const part = (title: string, list: readonly StepState[]): readonly (string | undefined)[] => {
      const own = numbered(state, list);
      if (own.length === 0 || !shown) return [];
      return [title, findings(own, detail), ...stepDetails(state, own, view, detail)];
    };
    return blocks(
      `### ${title(state)}`,
      runLine(state),
      placeLines(state),
      blocked(state, detail),
      shown ? findings(steps, detail) : undefined,
      ...stepDetails(state, steps, view, detail),
      ...part('**If it is rolled back**, after the last undo:', state.after),
      ...part('**At the end**, whatever happened:', state.always),
      isOver(state) ? summary(state, steps) : undefined,
      ...whatNow(state),
      planDetails(state, detail),
    );
  });
}

/** What the environment and the window say, and whether they would let a run start now. */
function placeLines(state: RunState): string {
  const lines = [
    ...notNowLines(state).map((each) => `⏳ ${prose(each)}`),
    ...runWants(state).map((each) => plain(each, 1_000)),
  ];
  return lines.map((each) => `- ${each}`).join('\n');
}

const stopped = (state: RunState): boolean => state.blocked.length > 0 || state.status === 'failed';

function title(state: RunState): string {
  const asked = code(commandLine(state));
  if (!isOver(state)) {
    const step = current(state);
    const where =
      step === undefined
        ? 'the hosts'
        : `${stepKind(state, step.taken)} ${step.number} of ${listLength(state, step.taken)}, ${plain(step.step.name)}`;
    return `🔍 Looking what ${asked} would do: ${where}`;
  }
  if (state.status === 'aborted') return `⏹️ The dry run of ${asked} was aborted`;
  return stopped(state) ? `⛔ ${asked} would not run as things are` : `🔍 What ${asked} would do`;
}

function blocked(state: RunState, detail: Detail): string | undefined {
  if (state.blocked.length === 0)
    return state.because === undefined || state.status === 'succeeded' ? undefined : prose(state.because);
  return blockedList(state, detail);
}

/** What stands in the way, each with what to do about it as the finder says it. */
export function blockedList(state: RunState, detail: Detail): string {
  const lines = state.blocked.map((trouble) => `- ${prose(trouble)}`);
  const left = lines.length - detail.rows;
  return blocks(
    `**${counted(lines.length, 'thing')} in the way.** Nothing was changed on any host.`,
    [...lines.slice(0, detail.rows), ...(left > 0 ? [`- and ${left} more`] : [])].join('\n'),
  );
}

/** How a task's finding reads, in the table and in summaries. */
export const FINDINGS: Readonly<Record<DryVerdict, { readonly mark: string; readonly word: string }>> = {
  passed_over: { mark: '⏭️', word: 'not needed here' },
  nothing: { mark: '✅', word: 'nothing to do' },
  would_change: { mark: '✏️', word: 'would change' },
  looked_at: { mark: '✅', word: 'holds now' },
  undetermined: { mark: '❔', word: 'cannot be known yet' },
  problem: { mark: '❌', word: 'would stop here' },
};

export function finding(
  { step }: Pick<NumberedStep, 'step'>,
  task: TaskState,
): { readonly mark: string; readonly word: string } {
  const verdict = dryVerdict(step, task);
  if (task.skip === 'empty') return { mark: '⏭️', word: 'no items' };
  if (step.work.kind === 'ask' && (verdict === 'would_change' || verdict === 'looked_at')) {
    return { mark: '✋', word: 'would ask' };
  }
  if (verdict === 'looked_at' && step.action === 'call') return { mark: '✅', word: 'would be called' };
  if (verdict === 'would_change' && step.action === 'run') return { mark: '✏️', word: 'would run' };
  if (verdict === 'would_change' && step.action === 'reboot') return { mark: '✏️', word: 'would restart' };
  if (verdict === 'looked_at' && step.work.kind === 'say') return { mark: '💬', word: 'would be said' };
  if (verdict === 'looked_at' && step.work.kind === 'job') return { mark: '✅', word: 'looked at' };
  return FINDINGS[verdict];
}

function findings(steps: readonly NumberedStep[], detail: Detail): string {
  const rows = steps.flatMap((step) => {
    const groups = new Map<string, TaskState[]>();
    for (const task of step.taken.tasks) {
      const { mark, word } = task.outcome === undefined ? { mark: '▶️', word: 'being looked at' } : finding(step, task);
      const key = `${mark} ${word}`;
      groups.set(key, [...(groups.get(key) ?? []), task]);
    }
    const row = (where: string, found: string): readonly string[] => [
      String(step.number),
      stepTitle(step.step),
      where,
      found,
    ];
    if (groups.size === 0) return [row(stepHosts(step.step, step.taken), '·')];
    return [...groups].map(([found, tasks]) => row(places(tasks, cellCode), found));
  });
  const left = rows.length - detail.rows;
  return blocks(
    table(['#', 'step', 'host', 'finding'], rows.slice(0, detail.rows)),
    left > 0 ? `and ${counted(left, 'row')} more.` : undefined,
  );
}

/** One fold a step; hosts for which it says the same share it. */
function stepDetails(state: RunState, steps: readonly NumberedStep[], view: View, detail: Detail): readonly string[] {
  const folds: string[] = [];
  let left = 0;
  for (const step of steps) {
    if (folds.length >= detail.blocks) {
      left += step.taken.tasks.length > 0 ? 1 : 0;
      continue;
    }
    if (step.step.work.kind === 'expect') {
      const made = expectedFold(step, detail);
      if (made !== undefined) folds.push(made);
      continue;
    }
    const bodies = new Map<string, TaskState[]>();
    for (const task of step.taken.tasks) {
      const body = task.outcome === undefined ? '' : stepBody(state, step.step, task, view, detail);
      if (body === '') continue;
      const key = `${finding(step, task).word}\u0000${body}`;
      bodies.set(key, [...(bodies.get(key) ?? []), task]);
    }
    // What differs between items are their values: a few tell how it is with all.
    const most = step.step.loop === undefined ? detail.blocks : Math.min(detail.blocks, ITEMS_SHOWN);
    const shown = [...bodies].slice(0, most);
    folds.push(...shown.map(([key, tasks]) => fold(step, key, tasks)));
    left += bodies.size > shown.length ? 1 : 0;
  }
  return [...folds, ...(left > 0 ? [`The details of ${counted(left, 'step')} more are not shown here.`] : [])];
}

const ITEMS_SHOWN = 3;

function fold({ number, step }: NumberedStep, key: string, tasks: readonly TaskState[]): string {
  const [word = '', body = ''] = key.split('\u0000');
  const on = fewPlaces(tasks, (name) => `<code>${html(name)}</code>`);
  const mark = step.destructive === true ? ' ⚠️ destructive' : '';
  return details(`${number}. ${html(step.name)}${mark}, on ${on}: ${word}`, body);
}

function summary(state: RunState, steps: readonly NumberedStep[]): string {
  const { looked_at, simulated, undetermined } = drySummary(state);
  const never = steps.filter(({ step }) => step.undo.kind === 'irreversible');
  const counts = `**${counted(plannedSteps(state).length, 'step')}**: ${looked_at} looked at, ${simulated} simulated, ${undetermined} not to be known before others have run.`;
  const destroying = steps.filter(({ step }) => step.destructive === true);
  const named = (title: string, which: readonly NumberedStep[]): string | undefined =>
    which.length === 0 ? undefined : `**${title}:** ${listed(which.map(({ step }) => stepTitle(step)))}.`;
  const down = plannedDowntimes(state).map((each) => plain(each));
  return blocks(
    counts,
    down.length === 0 ? undefined : `**Downtime:** ${down.join('; ')}.`,
    named('Destructive', destroying),
    named('Cannot be undone', never),
  );
}

function whatNow(state: RunState): readonly string[] {
  if (!isOver(state) || state.status === 'aborted') return [];
  return stopped(state)
    ? ['Nothing was changed. Put this right, then look again:', fence(commandLine(state, 'dryrun'))]
    : [
        `Nothing was changed. To do it for real${state.notNow === undefined ? '' : ', once it may start'}, type:`,
        fence(commandLine(state)),
      ];
}

/** A run that preflight stops before anything is touched. All that is wrong is known only when it has ended. */
export function renderBlocked(state: RunState): string {
  const asked = code(commandLine(state));
  return fit((detail) =>
    blocks(
      isOver(state)
        ? `### ⛔ ${asked} was not started`
        : `### ⛔ ${asked} cannot start: looking what else is in the way`,
      runLine(state),
      blockedList(state, detail),
      expectations(state, state.steps, detail),
      ...(isOver(state) ? ['Put this right, then type it again:', fence(commandLine(state))] : []),
      planDetails(state, detail),
    ),
  );
}
