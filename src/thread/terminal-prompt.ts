import type { PromptState, RunState, TaskState } from '../run/types.ts';
import { startApprovals } from '../run/approvals.ts';
import { type UndoItem, undoPlan } from '../run/undo.ts';
import { NO_ITEM, planStep } from '../run/steps.ts';
import { answerText } from './answers.ts';
import { agreedLines, approvalLines, closedText, unlockText, wantOf } from './ask-text.ts';
import { APPROVE, DROP } from './render-approval.ts';
import { rebuiltLines } from './rebuilt-text.ts';
import { pauseLines } from './pause-text.ts';
import { places } from './places.ts';
import { nameOf, numbered, numberedStep, stepKind, tasksAt } from './steps.ts';
import { holderLines } from './waiting-text.ts';
import { bullet, line, plainStyle, quoted, type Style, wrap } from './terminal-style.ts';
import { downLines, taskLines } from './terminal-lines.ts';

/**
 * A prompt for a terminal: what stopped, its last lines, and what each answer would do.
 * @param seen the last lines stand above already
 */
export function promptText(state: RunState, prompt: PromptState, style: Style = plainStyle, seen = false): string {
  const found = numberedStep(state, prompt.step, prompt.phase);
  const tasks = found === undefined ? [] : tasksAt(found.taken, prompt.tasks);
  const kind = stepKind(state, { id: prompt.step, phase: prompt.phase });
  const waits = prompt.paused === undefined ? `waits (${prompt.id}):` : `is paused (${prompt.id}) before`;
  const title =
    prompt.lock === undefined
      ? `Run ${state.run} ${waits} ${kind} ${found?.number ?? prompt.step}, ${line(found === undefined ? '' : nameOf(found.step))}`
      : `Run ${state.run} ${waits} ${line(prompt.lock.name)} is held by a run that may never give it back`;
  return [
    '',
    ...wrap(title, '').map((each) => style(each, 'ask')),
    ...(wantOf(state, prompt) === 'failure'
      ? tasks.flatMap((task) => taskLines(state, task, style).slice(0, seen ? 1 : undefined))
      : askedLines(state, prompt, tasks)),
    ...downLines(state, style),
    '',
    ...prompt.answers.flatMap((answer) => {
      const [first = '', ...rest] = wrap(answerText(state, prompt, answer), ANSWER_INDENT);
      const steps = answer === 'rollback' ? rollbackLines(state) : [];
      return [`  ${answer.padEnd(9)} ${first.trimStart()}`, ...rest, ...steps];
    }),
  ].join('\n');
}

/** What a terminal shows of a run that waits for agreement before it starts. */
export function startApprovalText(state: RunState, style: Style = plainStyle): string {
  const rule = startApprovals(state);
  const answers = [
    ['approve', APPROVE],
    ['abort', DROP],
  ] as const;
  return [
    '',
    ...wrap(`Run ${state.run} waits for an approval before it starts`, '').map((each) => style(each, 'ask')),
    ...(rule === undefined ? [] : agreedLines(state, rule, undefined)).flatMap((each) => wrap(line(each, 1_000), '  ')),
    '',
    ...answers.flatMap(([answer, text]) => {
      const [first = '', ...rest] = wrap(text, ANSWER_INDENT);
      return [`  ${answer.padEnd(9)} ${first.trimStart()}`, ...rest];
    }),
  ].join('\n');
}

/** What is to be done by hand, or what was found wrong with the hosts after it. */
function askedLines(state: RunState, prompt: PromptState, tasks: readonly TaskState[]): readonly string[] {
  if (prompt.lock !== undefined) return holderLines(prompt.lock).flatMap((each) => wrap(line(each, 2_000), '  '));
  if (prompt.rebuilt === true) return rebuiltLines(state, prompt).flatMap((each) => bullet(line(each, 2_000), '  '));
  if (prompt.paused !== undefined) return pauseLines(state, prompt).flatMap((each) => wrap(line(each, 1_000), '  '));
  if (prompt.closed === true) return wrap(line(closedText(state, prompt), 1_000), '  ');
  if (prompt.found !== undefined) return prompt.found.flatMap((trouble) => bullet(line(trouble, 1_000), '  '));
  if (wantOf(state, prompt) === 'approval')
    return approvalLines(state, prompt).flatMap((each) => wrap(line(each, 1_000), '  '));
  const texts = new Map(tasks.map(({ text = '', host }) => [text, host]));
  const unlock = unlockText(state, prompt);
  return [
    ...[...texts].flatMap(([text, host]) => [...(texts.size > 1 ? [`  ${line(host)}:`] : []), ...quoted(text, 4_000)]),
    ...(unlock === undefined ? [] : wrap(line(unlock, 1_000), '  ')),
  ];
}

const ANSWER_INDENT = ' '.repeat(12);

/** What a rollback would do, and what follows it. */
function rollbackLines(state: RunState): readonly string[] {
  const then = (steps: RunState['steps'], words: string): readonly string[] =>
    numbered(state, steps).flatMap(({ step, taken }) =>
      bullet(`${words}: ${line(step.name)} on ${line(taken.hosts.join(', '))}`, ANSWER_INDENT),
    );
  return [
    ...undoPlan(state).flatMap((item) => undoLines(state, item)),
    ...then(state.after, 'after the undo'),
    ...then(state.always, 'at the end, as always'),
  ];
}

/** A step that a rollback would undo, or what it does instead. */
function undoLines(state: RunState, { step, tasks, how }: UndoItem): readonly string[] {
  const name = line(nameOf(planStep(state.plan, step, 'apply')));
  const not =
    how.kind === 'leave'
      ? `: stays as it is, ${line(how.reason)}`
      : how.kind === 'irreversible'
        ? ': cannot be undone'
        : how.kind === 'steps' && how.follows === true
          ? `: then follows ${line(how.steps.map((each) => each.name).join(', '))}`
          : '';
  return bullet(`${name} on ${line(whereOf(tasks))}${not}`, ANSWER_INDENT);
}

/** Hosts alone in full, as there is room for them; items are summed up. */
const whereOf = (tasks: UndoItem['tasks']): string =>
  tasks.every(({ item }) => item === NO_ITEM)
    ? tasks.map(({ host }) => host).join(', ')
    : places(tasks, (name) => name);
