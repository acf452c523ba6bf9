import type { PromptState, RunEvent, RunState, TaskState } from '../run/types.ts';
import { startApprovals } from '../run/approvals.ts';
import { awaitsStart } from '../run/start.ts';
import { type UndoItem, undoPlan } from '../run/undo.ts';
import { onHost } from '../run/preflight.ts';
import { outcomeOf } from '../run/attempts.ts';
import { choiceText } from '../run/choosing.ts';
import { NO_ITEM, placeOf, planStep } from '../run/steps.ts';
import { answerText } from './answers.ts';
import { agreedLines, approvalLines, closedText, unlockText, wantOf } from './ask-text.ts';
import { downtimeText } from './downtime-text.ts';
import { runWants } from './environment-text.ts';
import { APPROVE, DROP } from './render-approval.ts';
import { between, clock, commandLine, DIGEST_SHOWN, duration, who } from './format.ts';
import { expectedLines } from './expected-table.ts';
import { isBad, isOver, isWaiting, outcomeWord, statusMark } from './marks.ts';
import { lastLines, readOutput } from './output.ts';
import { endsBecause } from './render-live.ts';
import { whyOf } from './run-parts.ts';
import { rebuiltLines } from './rebuilt-text.ts';
import { hasLeft, leftBehind, whatNext } from './left-behind.ts';
import { pauseLines, pausingText } from './pause-text.ts';
import { stoppedText } from './stopped-text.ts';
import { restartNote } from './restart-text.ts';
import { hostsText, places } from './places.ts';
import {
  lastAttempt,
  listLength,
  nameOf,
  type NumberedStep,
  numbered,
  numberedStep,
  stepKind,
  tally,
  markOf,
  marksOf,
  tasksAt,
  taskTime,
} from './steps.ts';
import { planText } from './terminal-plan.ts';
import { holderLines, leftLines, placeText, waitingText } from './waiting-text.ts';
import { bullet, line, plainStyle, quoted, type Style, wrap } from './terminal-style.ts';
import type { View } from './view.ts';

/**
 * What a terminal shows when an event has happened; often nothing. A dry run is shown as a whole at its end.
 * @param state the run after the event
 */
export function progressLines(
  event: RunEvent,
  state: RunState,
  view: View = {},
  style: Style = plainStyle,
): readonly string[] {
  if (state.mode === 'dryrun') return event.type === 'run_finished' ? planText(state, view, style).split('\n') : [];
  switch (event.type) {
    case 'run_requested': {
      const hosts = state.plan.hosts.map((host) => host.name).join(', ');
      const title = `${line(commandLine(state))} on ${line(hosts)}`;
      return [
        style(title, 'title'),
        `run ${state.run}, plan ${state.plan.plan_digest.slice(0, DIGEST_SHOWN)}`,
        ...runWants(state).flatMap((each) => wrap(line(each, 1_000), '')),
      ];
    }
    case 'worker_stopped':
      return [];
    case 'run_started':
      return event.epoch > 1 ? [`picked up again by ${line(event.worker)}`, ...cutLines(event)] : [];
    case 'step_opened': {
      const found = numberedStep(state, event.step, event.phase);
      if (found === undefined) return [];
      const kind = stepKind(state, found.taken)
        .replace(/ ?step$/, ' ')
        .trimStart();
      const title = `[${kind}${found.number}/${listLength(state, found.taken)}] ${line(nameOf(found.step))}`;
      const settled = found.taken.tasks.filter((task) => task.outcome !== undefined);
      const { work } = found.step;
      const wait = work.kind === 'wait' && settled.length === 0 ? [`  for ${duration(work.atMostMs)} at most`] : [];
      const down = found.step.downtime === 'begins' && event.phase === 'apply' ? downLines(state, style) : [];
      return [style(title, 'title'), ...down, ...manyLines(found), ...wait, ...settledLines(state, settled, style)];
    }
    case 'job_started':
      return event.job.attempt > 1 ? [`  ${line(placeOf(event.job))}: attempt ${event.job.attempt}`] : [];
    case 'job_finished':
    case 'job_settled': {
      const { step, phase, host, item } = event.job;
      return taskAt(state, step, phase, host, item).flatMap((task) =>
        task.outcome === undefined ? againLines(task, style) : taskLines(state, task, style),
      );
    }
    case 'observed':
      return observedLines(event, state, style);
    case 'step_skipped':
      return [`  skipped: ${line(places(event.tasks, (name) => name))}`];
    case 'run_approved':
      return [`plan ${line(event.digest)} approved by ${line(who(event.by))}`];
    case 'decision_made': {
      const pausing = event.decision === 'pause' ? pausingText(state) : undefined;
      return [
        `${event.decision}, decided by ${line(who(event.by))}`,
        ...(pausing === undefined ? [] : wrap(line(pausing), '  ')),
      ];
    }
    case 'rollback_started':
      return [style(`rolling back: ${line(event.because)}`, 'ask')];
    case 'always_started':
      return alwaysLines(state, style);
    case 'run_finished':
      return endLines(state, style);
    case 'prompt_opened':
      return [];
  }
}

/** What a crash had left of an event that had not been recorded. */
const cutLines = ({ cut_bytes: bytes }: Extract<RunEvent, { type: 'run_started' }>): readonly string[] =>
  bytes === undefined
    ? []
    : wrap(
        `half an event (${bytes} bytes) that a crash had left at the end of the record was cut off; nothing had followed from it`,
        '  ',
      );

/** Which hosts facts chose, and in which batches they are taken. */
function manyLines({ step, taken }: NumberedStep): readonly string[] {
  const { chosen = [], batches = [] } = taken;
  const lists = batches.map((hosts) => hostsText(hosts, (name) => name));
  const shown = lists.length > 6 ? [...lists.slice(0, 5), `${lists.length - 5} more`] : lists;
  return [
    ...(step.choice === undefined || chosen.length === 0
      ? []
      : wrap(line(`by ${choiceText(step.choice)}: ${hostsText(chosen, (name) => name)}`), '  ')),
    ...(batches.length < 2 ? [] : wrap(line(`one after the other: ${shown.join(' | ')}`), '  ')),
  ];
}

/** What has ended by being opened, what many items have alike in one line. */
function settledLines(state: RunState, tasks: readonly TaskState[], style: Style): readonly string[] {
  const skipped = tasks.filter((task) => task.skip !== undefined);
  if (skipped.length <= 12) return tasks.flatMap((task) => taskLines(state, task, style));
  const others = tasks.filter((task) => task.skip === undefined);
  const words = tally(skipped.map((task) => ({ ...markOf(state, task), mark: '' })));
  return [`  ${words.replaceAll(/ {2,}/g, ' ').trim()}`, ...others.flatMap((task) => taskLines(state, task, style))];
}

type Observed = Extract<RunEvent, { type: 'observed' }>;

function observedLines(event: Observed, state: RunState, style: Style): readonly string[] {
  switch (event.for) {
    case 'preflight':
      return event.report.troubles.flatMap((trouble) =>
        wrap(line(onHost(event.host, trouble)), '  ').map((each) => style(each, 'bad')),
      );
    case 'lock':
      if (event.held !== undefined) return waitsLines(state, style);
      return event.trouble === undefined
        ? leftLines(state)
            .filter(() => event.left_by !== undefined)
            .flatMap((each) => wrap(line(each, 1_000), ''))
        : wrap(line(onHost(event.host, event.trouble)), '  ').map((each) => style(each, 'bad'));
    case 'lock_name':
      return event.held === undefined ? [] : waitsLines(state, style);
    case 'unlock':
      return event.trouble === undefined
        ? [`  others may have ${line(event.host)} meanwhile`]
        : wrap(line(`not released: ${onHost(event.host, event.trouble)}`), '  ').map((each) => style(each, 'bad'));
    case 'bar':
      return event.alive !== undefined || event.trouble !== undefined
        ? []
        : wrap(`run ${line(event.holder)} can start nothing on ${line(event.host)} any more`, '');
    case 'barred':
      return wrap(
        `closed on ${line(event.host)} by run ${line(event.by)}, as ${line(event.who)} decided there`,
        '',
      ).map((each) => style(each, 'ask'));
    case 'check':
    case 'wait':
    case 'verify':
    case 'settle':
      return taskAt(state, event.step, event.phase, event.host, event.item)
        .filter((task) => task.outcome !== undefined)
        .flatMap((task) => taskLines(state, task, style));
    case 'boot':
    case 'restart':
      return taskAt(state, event.step, event.phase, event.host, event.item).flatMap((task) =>
        task.outcome === undefined ? restartLines(task) : taskLines(state, task, style),
      );
    case 'open':
    case 'choose':
    case 'foresee':
    case 'wake':
    case 'look':
      return [];
  }
}

/** `waits for web1: run … (…)`, and its place where others come first. */
function waitsLines({ waitingFor }: RunState, style: Style): readonly string[] {
  if (waitingFor === undefined) return [];
  const place = waitingFor.ahead === undefined ? [] : wrap(line(placeText(waitingFor), 2_000), '  ');
  return [style(`waits for ${line(waitingText(waitingFor), 2_000)}`, 'ask'), ...place];
}

/** `  web1: it does not answer since 06:02:11 UTC`; that it has not gone down yet goes without saying. */
function restartLines({ restart, ...task }: TaskState): readonly string[] {
  if (restart === undefined || restart.stage === 'before' || restart.stage === 'held') return [];
  const why = restart.stage === 'back' && restart.why !== undefined ? ` (${restart.why})` : '';
  return wrap(line(`${placeOf(task)}: ${restartNote(restart)}${why}`, 1_000), '  ');
}

const taskAt = (
  state: RunState,
  step: string,
  phase: 'apply' | 'undo',
  host: string,
  item: string,
): readonly TaskState[] => {
  const found = numberedStep(state, step, phase);
  return found === undefined ? [] : tasksAt(found.taken, [{ step, host, item }]);
};

/** `  web1: failed, exit 1; tried again at 06:02:11 UTC, as attempt 2`. */
function againLines(task: TaskState, style: Style): readonly string[] {
  const next = lastAttempt(task);
  const before = task.attempts.at(-2);
  const outcome = before && outcomeOf(before);
  if (next === undefined || outcome === undefined || !isWaiting(next)) return [];
  const exit = before?.finished?.exit_code;
  const words = `${outcomeWord(outcome)}${exit === undefined || exit === null ? '' : `, exit ${exit}`}`;
  return [
    `  ${line(placeOf(task))}: ${style(words, 'bad')}; tried again at ${clock(next.dueAt)}, as attempt ${next.attempt}`,
  ];
}

const LAST_LINES = 8;

/** `  pryv-1: failed, exit 1, 2.3 s`, with the reason and the last lines where it went wrong. */
function taskLines(state: RunState, task: TaskState, style: Style): readonly string[] {
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
  if (task.rows !== undefined && task.rows.length > 0)
    return [head, ...expectedLines(task).flatMap((each) => wrap(line(each), '    '))];
  return isBad(task.outcome) ? [head, ...reasons(task)] : [head];
}

function reasons(task: TaskState): readonly string[] {
  const captured = lastAttempt(task)?.finished?.captured;
  const output = captured ?? (task.lastRead === undefined ? undefined : readOutput(task.lastRead));
  const text = output === undefined ? '' : lastLines(output, LAST_LINES, 2_000);
  const why = whyOf(task);
  return [...(why === undefined ? [] : wrap(line(why), '    ')), ...(text === '' ? [] : quoted(text, 2_000))];
}

function endLines(state: RunState, style: Style): readonly string[] {
  const { word, tone } = statusMark(state);
  const from = state.startedAt ?? state.requestedAt;
  const time = duration(between(from, state.endedAt ?? state.lastAt));
  return [
    style(`run ${state.run} ${word} after ${time}`, tone),
    ...downLines(state, style),
    ...whyLines(state, '  '),
    ...abortedLines(state, '  '),
  ];
}

/** How an aborted run leaves each host, and what can be typed next. */
function abortedLines(state: RunState, indent: string): readonly string[] {
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
function downLines(state: RunState, style: Style): readonly string[] {
  const text = downtimeText(state);
  return text === undefined ? [] : wrap(text, '  ').map((each) => style(each, 'ask'));
}

/** Before what is always done at the end: how it came to that, where it came early. */
function alwaysLines(state: RunState, style: Style): readonly string[] {
  const because = endsBecause(state);
  if (because === undefined) return [];
  return wrap(`the run comes to its end: ${line(because, 1_000)}`, '').map((each) => style(each, 'ask'));
}

/** Why the run ended or cannot begin: each trouble for itself, else the one sentence that its end gives. */
function whyLines(state: RunState, indent: string): readonly string[] {
  if (state.blocked.length > 0) return state.blocked.flatMap((trouble) => bullet(line(trouble, 1_000), indent));
  return state.because === undefined ? [] : wrap(line(state.because, 1_000), indent);
}

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
