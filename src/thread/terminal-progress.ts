import type { RunEvent, RunState, TaskState } from '../run/types.ts';
import { onHost } from '../run/preflight.ts';
import { outcomeOf } from '../run/attempts.ts';
import { choiceText } from '../run/choosing.ts';
import { placeOf } from '../run/steps.ts';
import { runWants } from './environment-text.ts';
import { between, clock, commandLine, DIGEST_SHOWN, duration, who } from './format.ts';
import { isWaiting, outcomeWord, statusMark } from './marks.ts';
import { endsBecause } from './render-live.ts';
import { pausingText } from './pause-text.ts';
import { restartNote } from './restart-text.ts';
import { hostsText, places } from './places.ts';
import {
  lastAttempt,
  listLength,
  nameOf,
  type NumberedStep,
  numberedStep,
  stepKind,
  tally,
  markOf,
  tasksAt,
} from './steps.ts';
import { planText } from './terminal-plan.ts';
import { leftLines, placeText, waitingText } from './waiting-text.ts';
import { line, plainStyle, type Style, wrap } from './terminal-style.ts';
import type { View } from './view.ts';
import { abortedLines, downLines, taskLines, whyLines } from './terminal-lines.ts';

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

/** Before what is always done at the end: how it came to that, where it came early. */
function alwaysLines(state: RunState, style: Style): readonly string[] {
  const because = endsBecause(state);
  if (because === undefined) return [];
  return wrap(`the run comes to its end: ${line(because, 1_000)}`, '').map((each) => style(each, 'ask'));
}
