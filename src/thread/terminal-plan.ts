import type { Restart } from '../run/restart.ts';
import { drySummary } from '../run/dry.ts';
import { placeOf, plannedSteps } from '../run/steps.ts';
import type { RunState, StepState, TaskState } from '../run/types.ts';
import { dryAskText } from './ask-text.ts';
import { plannedDowntimes } from './downtime-text.ts';
import { notNowLines, runWants } from './environment-text.ts';
import { commandLine, DIGEST_SHOWN } from './format.ts';
import { expectedLines } from './expected-table.ts';
import { manyWords } from './many-words.ts';
import { finding } from './render-dry-run.ts';
import { nameOf, type NumberedStep, numbered } from './steps.ts';
import { restartNow, restartWait } from './restart-text.ts';
import { bullet, line, plainStyle, quoted, type Style, wrap } from './terminal-style.ts';
import { valuesFor } from './values.ts';
import type { View } from './view.ts';

/** A dry run for a terminal: what stands in the way, then each step with what would happen, then the counts. */
export function planText(state: RunState, view: View = {}, style: Style = plainStyle): string {
  const steps = numbered(state, state.steps);
  const stopped = state.blocked.length > 0 || state.status === 'failed';
  const { looked_at, simulated, undetermined } = drySummary(state);
  const all = plannedSteps(state).length;
  const part = (title: string, list: readonly StepState[]): readonly string[] =>
    list.length === 0
      ? []
      : ['', style(title, 'title'), ...numbered(state, list).flatMap((step) => stepLines(state, step, view, style))];
  const never = steps.filter(({ step }) => step.undo.kind === 'irreversible');
  return [
    style(
      `${line(commandLine(state))}: ${stopped ? 'would not run as things are' : 'what it would do'}`,
      stopped ? 'bad' : 'title',
    ),
    `plan ${state.plan.plan_digest.slice(0, DIGEST_SHOWN)}, ${line(state.plan.file)}`,
    ...notNowLines(state).flatMap((each) => wrap(line(each, 1_000), '').map((text) => style(text, 'ask'))),
    ...runWants(state).flatMap((each) => wrap(line(each, 1_000), '')),
    ...state.blocked.flatMap((trouble) => bullet(line(trouble, 1_000), '').map((each) => style(each, 'bad'))),
    ...(state.blocked.length > 0 || state.because === undefined || !stopped
      ? []
      : wrap(line(state.because, 1_000), '')),
    '',
    ...steps.flatMap((step) => stepLines(state, step, view, style)),
    ...part('If it is rolled back, after the last undo:', state.after),
    ...part('At the end, whatever happened:', state.always),
    '',
    ...wrap(
      `${all} ${all === 1 ? 'step' : 'steps'}: ${looked_at} looked at, ${simulated} simulated, ${undetermined} not to be known before others have run. Nothing was changed.`,
      '',
    ),
    ...plannedDowntimes(state).flatMap((each) => wrap(line(`Downtime ${each}`, 1_000), '')),
    ...steps.flatMap(({ number, step }) =>
      step.destructive === true ? [style(`Destructive: step ${number}, ${line(step.name)}`, 'ask')] : [],
    ),
    ...never.map(({ number, step }) => style(`Cannot be undone: step ${number}, ${line(step.name)}`, 'ask')),
    ...steps.flatMap(({ number, step: { name, undo } }) =>
      undo.kind === 'leave'
        ? wrap(`A rollback leaves what step ${number} does (${line(name)}): ${line(undo.reason)}`, '')
        : [],
    ),
  ].join('\n');
}

/** Items shown one by one; of the others, how many are how. */
const ITEMS_SHOWN = 12;

function summed(numberedStep: NumberedStep, tasks: readonly TaskState[]): string {
  const words = tasks.map((task) => finding(numberedStep, task).word);
  return [...new Set(words)].map((word) => `${words.filter((each) => each === word).length} ${word}`).join(', ');
}

function stepLines(state: RunState, numberedStep: NumberedStep, view: View, style: Style): readonly string[] {
  const { number, step, taken } = numberedStep;
  const title = `${String(number).padStart(3)} ${line(nameOf(step))} (${step.id})`;
  const tasks = taken.tasks.filter((task) => task.outcome !== undefined);
  const shown = step.loop === undefined ? tasks : tasks.slice(0, ITEMS_SHOWN);
  const words = manyWords(step, taken);
  const left = tasks.length - shown.length;
  return [
    title,
    ...(words.length === 0 ? [] : wrap(line(`it is taken ${words.join('; ')}`, 1_000), '      ')),
    ...shown.flatMap((task, index) => {
      const verdict = finding(numberedStep, task).word;
      const tone = verdict === 'would stop here' ? 'bad' : verdict === 'cannot be known yet' ? 'ask' : 'quiet';
      return [
        `      ${line(placeOf(task))}: ${style(verdict, tone)}`,
        ...facts(state, numberedStep, task, view, index > 0 && step.loop !== undefined),
      ];
    }),
    ...(left > 0 ? [`      and ${left} more: ${summed(numberedStep, tasks.slice(shown.length))}`] : []),
  ];
}

const INDENT = '        ';

/** @param seen the step's script stands above already, with another item */
function facts(state: RunState, { step }: NumberedStep, task: TaskState, view: View, seen: boolean): readonly string[] {
  const rows = expectedLines(task);
  const why = [task.undetermined, rows.length > 0 ? undefined : task.detail, task.trouble].filter(
    (each) => each !== undefined,
  );
  const preview = step.work.kind === 'job' && step.noLog !== true ? view.preview?.(step, task) : undefined;
  return [
    ...[...new Set(why)].flatMap((each) => wrap(line(each, 1_000), INDENT)),
    ...rows.flatMap((each) => wrap(line(each, 1_000), INDENT)),
    ...(preview === undefined ? [] : indented(preview.text)),
    ...(step.action === 'run' && step.work.kind === 'job' && task.skip === undefined
      ? [
          ...(seen ? [] : indented(step.work.apply.text)),
          ...(step.noLog === true ? [] : valuesFor(state, task, step.work.apply.text)).flatMap(([name, value]) =>
            indented(`with ${name}=${line(value, 300)}`),
          ),
          ...(step.secrets === undefined || seen ? [] : indented(`with the secrets ${step.secrets.join(', ')}`)),
        ]
      : []),
    ...(step.work.kind === 'job' && task.skip === undefined ? restartLines(step.work.restart, task) : []),
    ...(step.noLog === true && !seen ? indented('nothing of what it prints is kept (no_log)') : []),
    ...(step.work.kind === 'ask' && task.skip === undefined ? indented(dryAskText(step.work, task)) : []),
    ...(step.work.kind === 'say' && task.text !== undefined ? indented(task.text) : []),
  ];
}

function restartLines(restart: Restart | undefined, task: TaskState): readonly string[] {
  if (restart === undefined) return [];
  const { command, until } = restart;
  const now = until === undefined || task.restart === undefined ? [] : [restartNow(task.restart)];
  return [
    ...indented(command),
    ...wrap(restartWait(restart), INDENT),
    ...(until === undefined ? [] : indented('expr' in until ? until.expr.trim() : until.run.text)),
    ...now.flatMap((each) => wrap(line(each, 1_000), INDENT)),
  ];
}

const LONGEST = 4_000;

const indented = (text: string): readonly string[] => quoted(text, LONGEST).map((each) => `    ${each}`);
