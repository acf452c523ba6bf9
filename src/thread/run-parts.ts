import { windowWords } from '../language/window-words.ts';
import { approvalsAt } from '../run/approvals.ts';
import { listOf } from '../run/steps.ts';
import type { RunState, StepState, TaskState } from '../run/types.ts';
import { type Detail, mostWorthy } from './fit.ts';
import { clock, commandLine, DIGEST_SHOWN, jsonText, size, who } from './format.ts';
import { blocks, capital, cellCode, code, details, html, listed, plain, prose, table } from './markdown.ts';
import { isBad, outcomeWord } from './marks.ts';
import { outputBlocks } from './output.ts';
import { place } from './places.ts';
import { hostList, lastFinished, type NumberedStep, numbered, stepKind } from './steps.ts';

/** `Run 2026… · asked by william · plan 3f2a9c1d · begun 06:02:11 UTC`. */
export function runLine(state: RunState): string {
  const right = state.by.kind === 'github' ? ` (${plain(state.by.right)})` : '';
  return [
    `Run ${code(state.run)}`,
    `asked by ${plain(who(state.by))}${right}`,
    `plan ${code(state.plan.plan_digest.slice(0, DIGEST_SHOWN))}`,
    state.startedAt === undefined
      ? `asked ${clock(state.requestedAt, 'day')}`
      : `begun ${clock(state.startedAt, 'day')}`,
  ].join(' · ');
}

/** Which procedures are called by which steps, and with what. */
function calls({ calls: called = {} }: RunState['plan'], detail: Detail): readonly (readonly string[])[] {
  const lines = Object.entries(called).map(([id, { procedure, params }]) => {
    const given = Object.entries(params).map(([name, value]) => `${cellCode(name)} = ${cellCode(jsonText(value))}`);
    return `${cellCode(id)}: ${cellCode(procedure)}${given.length === 0 ? '' : ` with ${listed(given)}`}`;
  });
  return lines.length === 0 ? [] : [['calls', lines.slice(0, detail.rows).join('<br>')]];
}

/** What the plan was made from, for whoever wants to compare. */
export function planDetails(state: RunState, detail: Detail): string {
  const { plan } = state;
  const params = Object.entries(plan.params).map(([name, value]) => `${cellCode(name)} = ${cellCode(jsonText(value))}`);
  const rows = [
    ['typed as', cellCode(commandLine(state, state.mode === 'dryrun' ? 'dryrun' : undefined))],
    ['procedure', `${cellCode(plan.file)}${plan.commit === null ? '' : ` at ${cellCode(plan.commit)}`}`],
    ['parameters', params.slice(0, detail.rows).join('<br>') || 'none'],
    ...placeRows(state),
    ...calls(plan, detail),
    ['hosts', hostList(plan.hosts.map((host) => host.name))],
    ...(plan.locks === undefined ? [] : [['locked beside them', plan.locks.map(cellCode).join(', ')]]),
    ['procedure digest', cellCode(plan.procedure_digest)],
    ['plan digest', cellCode(plan.plan_digest)],
  ];
  return details('What was planned', table(['', ''], rows));
}

/** What its environment and window say, and who agreed to its start. */
function placeRows(state: RunState): readonly (readonly [string, string])[] {
  const { environment, window } = state.plan;
  const agreed = approvalsAt(state, undefined).map(({ by }) => plain(who(by)));
  return [
    ...(environment === undefined ? [] : [['environment', cellCode(environment.name)] as const]),
    ...(window === undefined ? [] : [['window', plain(windowWords(window))] as const]),
    ...(state.rehearsed === undefined ? [] : [['rehearsed by', `run ${cellCode(state.rehearsed.run)}`] as const]),
    ...(agreed.length === 0 ? [] : [['approved by', agreed.join(', ')] as const]),
  ];
}

/** What went wrong where, in words: one line a task. */
export function problemLines(state: RunState, steps: readonly StepState[], detail: Detail): string | undefined {
  const lines = numbered(state, steps).flatMap(({ number, step, taken }) =>
    taken.tasks.flatMap((task) => {
      const why = whyOf(task);
      return isBad(task.outcome) && why !== undefined
        ? [`- ${named(state, taken)} ${number}, ${plain(step.name)}, on ${place(task)}: ${prose(why)}`]
        : [];
    }),
  );
  if (lines.length === 0) return undefined;
  const left = lines.length - detail.rows;
  return [...lines.slice(0, detail.rows), ...(left > 0 ? [`- and ${left} more`] : [])].join('\n');
}

/** Steps of the plan and of the rollback stand each in a list with a title; those of the run's end are told by their kind. */
const named = (state: RunState, step: StepState): string =>
  ['steps', 'undo'].includes(listOf(state, step)) ? 'Step' : capital(stepKind(state, step));

/** No more than what stands beside it already: the exit code and how far it came. */
const SAYS_NOTHING_NEW = /^exit -?\d+ in [a-z]+$/;

/** Why a task ended as it did, in the words of whoever knows: the check, the host, the second look. */
export function whyOf(task: TaskState): string | undefined {
  const attempt = task.attempts.at(-1);
  const why = task.detail ?? task.trouble ?? attempt?.finished?.why ?? attempt?.settled?.evidence;
  return why === undefined || SAYS_NOTHING_NEW.test(why) ? undefined : why;
}

/** Outputs of the steps, each folded away: those that went wrong first, then the latest. */
export function outputs(state: RunState, detail: Detail): string | undefined {
  // Those of the rollback and of the end are counted anew, as in their tables.
  const lists = [state.steps, state.undo, state.after, state.always];
  const all = lists
    .flatMap((list) => numbered(state, list))
    .flatMap((step) =>
      step.taken.tasks.flatMap((task) => {
        const bytes = lastFinished(task)?.finished?.bytes;
        return bytes === undefined || bytes.out + bytes.err === 0 || step.step.noLog === true ? [] : [{ step, task }];
      }),
    );
  const { shown, left } = mostWorthy(all, ({ task }) => isBad(task.outcome), detail.blocks);
  return blocks(
    ...shown.map(({ step, task }) => outputOf(state, step, task, detail)),
    left > 0 ? `The output of ${left} more is not shown here; ${code('/logs <step>')} shows a step's.` : undefined,
  );
}

function outputOf(
  state: RunState,
  { number, step, taken }: NumberedStep,
  task: TaskState,
  detail: Detail,
): string | undefined {
  const finished = lastFinished(task)?.finished;
  if (finished === undefined) return undefined;
  const shown = outputBlocks(finished.captured, detail.output);
  if (shown === undefined) return undefined;
  const kind = stepKind(state, taken);
  const word = task.outcome === undefined ? '' : `, ${outcomeWord(task.outcome, task)}`;
  const bytes = size(finished.bytes.out + finished.bytes.err);
  const cut = finished.cut ? ', cut at the host, as it was more than the step may print' : '';
  const summary = `Output of ${kind} ${number}, ${html(step.name)}, on ${place(task, (name) => `<code>${html(name)}</code>`)}${word} (${bytes}${cut})`;
  return details(summary, shown);
}
