import { isRight } from '../language/approval-rule.ts';
import type { AnswerKind, PromptState, RunState, TaskState } from '../run/types.ts';
import { outcomeOf } from '../run/attempts.ts';
import { listOf, planStep } from '../run/steps.ts';
import { answerText } from './answers.ts';
import { approvalLines, closedText, foundList, instructions, unlockLine, wantOf } from './ask-text.ts';
import { waitsDown } from './downtime-text.ts';
import { expectedTable, wasLooked } from './expected-table.ts';
import { type Detail, fit } from './fit.ts';
import { clock, commandLine, duration, mention, who } from './format.ts';
import { blocks, capital, code, details, fence, plain, prose, table } from './markdown.ts';
import { isBad, outcomeWord } from './marks.ts';
import { lastLines, readOutput } from './output.ts';
import { promptTitle } from './render-live.ts';
import { pauseLines } from './pause-text.ts';
import { place } from './places.ts';
import { whyOf } from './run-parts.ts';
import { holderBlock } from './waiting-text.ts';
import { lastAttempt, numberedStep, stepKind, tasksAt } from './steps.ts';
import { rebuiltLines } from './rebuilt-text.ts';
import { rollbackList } from './undo-list.ts';

/**
 * A prompt: what stopped, what was seen of it, and what each answer would do. Once it is answered, by whom and when
 * stands in its place.
 */
export function renderPrompt(state: RunState, prompt: PromptState): string {
  return fit((detail) =>
    prompt.answer === undefined
      ? blocks(
          `### ${prompt.paused === undefined ? '✋' : '⏸️'} ${capital(promptTitle(state, prompt))}`,
          waitsLine(state, prompt),
          destructiveLine(state, prompt),
          ...seen(state, prompt, detail),
          unlockLine(state, prompt),
          ...choices(state, prompt, detail),
        )
      : blocks(
          `### ✔️ Answered: ${code(`/${prompt.answer.decision}`)} by ${plain(who(prompt.answer.by))}, ${clock(prompt.answer.at)}`,
          `Run ${code(state.run)}, prompt ${code(prompt.id)}, asked ${clock(prompt.openedAt)}. ${capital(answeredText(state, prompt, prompt.answer.decision))}`,
          details('What it was about', blocks(stepOf(state, prompt), ...seen(state, prompt, detail))),
        ),
  );
}

const answered = {
  retry: 'the step is tried again.',
  skip: 'the run goes on without the step.',
  rollback: 'what the run has done is undone, last step first.',
  abort: 'the run ends there; nothing more is done.',
  continue: 'the run goes on.',
  approve: 'the run goes on as it was planned.',
} as const;

function answeredText(
  state: RunState,
  { step: id, phase, closed, paused, lock }: PromptState,
  answer: AnswerKind,
): string {
  if (paused !== undefined && answer === 'abort' && phase === 'undo')
    return 'the run ends there, the rollback half done.';
  if (closed === true && answer === 'retry') return 'the clock is looked at again.';
  if (lock !== undefined && answer === 'retry') return `the run waits on for ${code(lock.name)}.`;
  if (lock?.holder?.kind === 'run' && answer === 'continue') {
    return `run ${code(lock.holder.run)} is over for ${code(lock.name)}, and this run takes it.`;
  }
  const isCut = answer === 'abort' && state.always.length > 0 && listOf(state, { id, phase }) !== 'always';
  return isCut ? 'the run ends there; only what is always done at its end is done still.' : answered[answer];
}

function waitsLine(state: RunState, prompt: PromptState): string {
  const called = mention(state.by);
  const down = waitsDown(state);
  return `${called === undefined ? '' : `${called}: `}run ${code(state.run)} of ${code(commandLine(state))} waits for an answer since ${clock(prompt.openedAt)} (prompt ${code(prompt.id)}). It waits as long as it takes.${down === undefined ? '' : ` **${down}**`}`;
}

function destructiveLine(state: RunState, prompt: PromptState): string | undefined {
  if (prompt.lock !== undefined) return undefined;
  const { destructive } = planStep(state.plan, prompt.step, prompt.phase);
  return destructive === true
    ? '⚠️ **The step is marked as destructive**: what it deletes or overwrites is gone.'
    : undefined;
}

function stepOf(state: RunState, prompt: PromptState): string {
  if (prompt.lock !== undefined) return `What the run waits for: ${code(prompt.lock.name)}.`;
  const found = numberedStep(state, prompt.step, prompt.phase);
  const kind = capital(stepKind(state, { id: prompt.step, phase: prompt.phase }));
  return `${kind} ${found?.number ?? ''}, ${plain(found?.step.name ?? prompt.step)} (${code(prompt.step)}).`;
}

/** The task as it stood when the prompt was opened, whatever a retry or a skip has made of it since. */
function asItWas(task: TaskState, prompt: PromptState): TaskState {
  if (prompt.answer === undefined) return task;
  const { detail, ...rest } = task;
  const attempts = task.attempts.filter((attempt) => attempt.dueAt <= prompt.openedAt);
  const same = attempts.length === task.attempts.length;
  const last = attempts.at(-1);
  const ended = last && outcomeOf(last);
  const outcome = [ended, same ? task.outcome : undefined].find((each) => isBad(each)) ?? 'failed';
  return { ...rest, attempts, outcome, ...(same && detail !== undefined ? { detail } : {}) };
}

/** What a person is asked to do, or what is known of each task that did not end well. */
function seen(state: RunState, prompt: PromptState, detail: Detail): readonly string[] {
  if (prompt.lock !== undefined) return [holderBlock(prompt.lock)];
  const found = numberedStep(state, prompt.step, prompt.phase);
  const at = found === undefined ? [] : tasksAt(found.taken, prompt.tasks);
  const want = wantOf(state, prompt);
  if (want === 'guards') return [foundList(prompt.found ?? [], detail)];
  if (want === 'look')
    return [
      rebuiltLines(state, prompt)
        .map((each) => `- ${plain(each, 2_000)}`)
        .join('\n'),
    ];
  if (want === 'window') return [plain(closedText(state, prompt), 1_000)];
  if (want === 'manual') return [instructions(at, detail)];
  if (want === 'pause') return pauseLines(state, prompt).map((each) => plain(each, 1_000));
  if (want === 'approval')
    return [callApprovers(state, prompt), ...approvalLines(state, prompt).map((each) => plain(each, 1_000))];
  const tasks = at.map((task) => asItWas(task, prompt));
  const left = tasks.length - detail.blocks;
  return [
    ...tasks
      .slice(0, detail.blocks)
      .map((task) => blocks(taskLine(task), found?.step.noLog === true ? NOT_KEPT : lastSeen(task, detail))),
    ...(left > 0 ? [`and ${left} more; ${code(`/status ${state.run}`)} shows all.`] : []),
  ];
}

const REACHED = {
  prepare: 'before it did anything',
  probe: 'while looking whether there is anything to do; it has changed nothing',
  keep: 'while keeping what was there before; it has changed nothing',
  apply: 'while doing its work',
  verify: 'while checking what it did',
} as const;

function taskLine(task: TaskState): string {
  const attempt = lastAttempt(task);
  const count = attempt === undefined ? '' : ` (attempt ${attempt.attempt})`;
  const survivors = attempt?.finished?.survivors ?? 0;
  const why = whyOf(task);
  return [
    `**On ${place(task)}** it ${ended(task)}${count}.`,
    why === undefined ? undefined : sentence(why),
    survivors === 0 ? undefined : `Of its processes, ${survivors} still ran after its end.`,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

function ended(task: TaskState): string {
  if (task.outcome === undefined) return 'stopped';
  if (task.outcome === 'unknown') return 'started, and its end was not seen: whether it did its work is not known';
  const finished = lastAttempt(task)?.finished;
  if (finished === undefined || task.outcome === 'unreachable')
    return task.outcome === 'unreachable' ? 'never started' : outcomeWord(task.outcome);
  // How the command ended says little of the host.
  if (task.restart !== undefined) return outcomeWord(task.outcome);
  const { exit_code: exit, duration_ms: ms, reached } = finished;
  const how = `${outcomeWord(task.outcome)}${exit === null ? '' : ` with exit code ${exit}`}`;
  return `${how} after ${duration(ms)}, ${REACHED[reached]}`;
}

/** Another's words as a sentence of ours. */
function sentence(words: string): string {
  const text = capital(prose(words));
  return /[.?:]$/.test(text) ? text : `${text}.`;
}

const NOT_KEPT = 'Nothing of what it printed is kept, as the procedure wants it (`no_log`).';

const LAST_LINES = 20;

function lastSeen(task: TaskState, detail: Detail): string | undefined {
  if (wasLooked(task)) return expectedTable([task], detail);
  const captured = lastAttempt(task)?.finished?.captured;
  const output = captured ?? (task.lastRead === undefined ? undefined : readOutput(task.lastRead));
  if (output === undefined) return undefined;
  const text = lastLines(output, LAST_LINES, detail.output.tail);
  if (text !== '') return fence(text);
  return task.restart === undefined ? 'It printed nothing.' : undefined;
}

function choices(state: RunState, prompt: PromptState, detail: Detail): readonly string[] {
  const rows = prompt.answers.map((answer) => [code(typedAnswer(prompt, answer)), answerText(state, prompt, answer)]);
  const example = prompt.answers[0] ?? 'retry';
  const found = numberedStep(state, prompt.step, prompt.phase);
  return [
    blocks('Answer with a comment that holds one of these lines:', table(['type', 'what it does'], rows)),
    found?.step.critical === true && !prompt.answers.includes('skip')
      ? `There is no ${code('/skip')}: the procedure marks this step as critical.`
      : '',
    prompt.answers.includes('rollback') ? rollbackFold(state, detail) : '',
    `Where several runs of this issue wait, name this one: ${code(`${typedAnswer(prompt, example)} ${state.run} ${prompt.id}`)}.`,
  ];
}

function rollbackFold(state: RunState, detail: Detail): string {
  const list = rollbackList(state, detail);
  return list === '' ? '' : details('What a rollback would do, in this order', list);
}

/** What is typed for an answer: an approval names the plan. */
const typedAnswer = ({ digest }: PromptState, answer: AnswerKind): string =>
  answer === 'approve' ? `/approve ${digest ?? ''}` : `/${answer}`;

/** Those who are named are called; a right is nobody's name. */
function callApprovers(state: RunState, prompt: PromptState): string {
  if (prompt.lock !== undefined) return '';
  const { work } = planStep(state.plan, prompt.step, prompt.phase);
  if (prompt.answer !== undefined || work.kind !== 'ask' || work.how !== 'approve') return '';
  const called = work.by.filter((name) => !isRight(name)).map((name) => `@${name}`);
  return called.length === 0 ? '' : `${called.join(', ')}: your approval is asked for.`;
}
