import { awaitsStart } from '../run/start.ts';
import type { RunState, StepState } from '../run/types.ts';
import { wantOf } from './ask-text.ts';
import { downtimeText } from './downtime-text.ts';
import { runRests } from './environment-text.ts';
import { expectations } from './expected-table.ts';
import { type Detail, fit } from './fit.ts';
import { clock, commandLine, duration, between, who } from './format.ts';
import { blocks, code, counted, listed, plain, prose } from './markdown.ts';
import { isBad, isOver, outcomeWord, statusMark } from './marks.ts';
import { outputs, planDetails, problemLines, runLine } from './run-parts.ts';
import { stepTable } from './step-table.ts';
import { pausingText } from './pause-text.ts';
import { stoppedText } from './stopped-text.ts';
import { fewPlaces } from './places.ts';
import { leftLines, waitingLines, waitingText } from './waiting-text.ts';
import { current, listLength, openPrompt, numberedStep, stepKind, tasksAt } from './steps.ts';

/** The run as it stands: the comment that is edited while it goes on. The same state gives the same text. */
export function renderLive(state: RunState): string {
  return fit((detail) => blocks(`### ${headline(state)}`, ...liveBody(state, detail)));
}

/** The run's parts below its headline. */
export function liveBody(state: RunState, detail: Detail): readonly (string | undefined)[] {
  return [
    runLine(state),
    ...runRests(state).map((each) => plain(each, 1_000)),
    underWay(state),
    ...leftLines(state).map((each) => plain(each)),
    downtimeLine(state),
    stepTable(state, state.steps, detail),
    problemLines(state, state.steps, detail),
    expectations(state, state.steps, detail),
    ...rollbackParts(state, detail),
    ...alwaysParts(state, detail),
    outputs(state, detail),
    planDetails(state, detail),
  ];
}

/** Since when the service is down, or how long it was. */
export function downtimeLine(state: RunState): string | undefined {
  const text = downtimeText(state);
  return text === undefined ? undefined : `🔻 **${prose(text)}**`;
}

function rollbackParts(state: RunState, detail: Detail): readonly (string | undefined)[] {
  if (state.rollback === undefined) return [];
  return [
    `**Rollback**, since ${clock(state.rollback.at)}: ${prose(state.rollback.because)}`,
    state.undo.length === 0 ? 'There is nothing to undo.' : stepTable(state, state.undo, detail),
    problemLines(state, state.undo, detail),
    ...listParts(state, '**After the undo**', state.after, detail),
  ];
}

/** Shown from the beginning on, as it comes in any case. */
function alwaysParts(state: RunState, detail: Detail): readonly (string | undefined)[] {
  const since = state.ending === undefined ? '' : `, since ${clock(state.ending.at)}`;
  return listParts(state, `**At the end, as always**${since}`, state.always, detail);
}

function listParts(
  state: RunState,
  title: string,
  steps: readonly StepState[],
  detail: Detail,
): readonly (string | undefined)[] {
  if (steps.length === 0) return [];
  return [
    title,
    stepTable(state, steps, detail),
    problemLines(state, steps, detail),
    expectations(state, steps, detail),
  ];
}

/** `▶️ /upgrade pryv version=1.6 is running: step 4 of 11, Copy the data`. */
export function headline(state: RunState): string {
  const { mark, word } = statusMark(state);
  if (isOver(state)) {
    const time = state.startedAt && state.endedAt ? ` after ${duration(between(state.startedAt, state.endedAt))}` : '';
    return `${mark} ${code(commandLine(state))} ${word}${time}`;
  }
  const more = headlineMore(state);
  return `${mark} ${code(commandLine(state))} ${word}${more === undefined ? '' : `: ${more}`}`;
}

function headlineMore(state: RunState): string | undefined {
  if (awaitsStart(state) && state.aborting === undefined) return 'no host is touched before that';
  if (state.aborting !== undefined)
    return `${plain(who(state.aborting.by))} has aborted it; what still runs is being stopped`;
  const prompt = openPrompt(state);
  if (prompt !== undefined) return promptTitle(state, prompt).replace(/^paused /, '');
  if (state.waitingFor !== undefined) return prose(waitingText(state.waitingFor));
  const step = current(state);
  if (step !== undefined) {
    const { number, taken } = step;
    return `${stepKind(state, taken)} ${number} of ${listLength(state, taken)}, ${plain(step.step.name)}`;
  }
  return state.status === 'running' && state.steps.every(({ status }) => status === 'pending')
    ? `looking at ${counted(state.plan.hosts.length, 'host')} before anything is touched`
    : undefined;
}

const TITLES: Readonly<Record<'manual' | 'approval' | 'guards' | 'window', string>> = {
  manual: 'waits for a person',
  approval: 'waits for an approval',
  guards: 'is not followed, as not all is as it must be',
  window: 'waits for the window',
};

/** `step 4, Restore the dump, failed on pryv-1`. */
export function promptTitle(state: RunState, prompt: RunState['prompts'][number]): string {
  if (prompt.lock !== undefined) return `${code(prompt.lock.name)} is held by a run that may never give it back`;
  const found = numberedStep(state, prompt.step, prompt.phase);
  if (found === undefined) return `step ${code(prompt.step)}`;
  const tasks = tasksAt(found.taken, prompt.tasks);
  const kind = stepKind(state, found.taken);
  const want = wantOf(state, prompt);
  if (want === 'look')
    return `the record was made anew as far as ${kind} ${found.number}, ${plain(found.step.name)}, and a person must look`;
  if (want === 'pause') return `paused before ${kind} ${found.number}, ${plain(found.step.name)}`;
  if (want !== 'failure' && want !== 'lock')
    return `${kind} ${found.number}, ${plain(found.step.name)}, ${TITLES[want]}`;
  const words = [...new Set(tasks.map((task) => (task.outcome === undefined ? 'stopped' : titleWord(task.outcome))))];
  return `${kind} ${found.number}, ${plain(found.step.name)}, ${listed(words)} on ${fewPlaces(tasks)}`;
}

function titleWord(outcome: Parameters<typeof outcomeWord>[0]): string {
  if (outcome === 'unknown') return 'ended unseen';
  if (outcome === 'unreachable') return 'never started';
  return isBad(outcome) ? outcomeWord(outcome) : 'stopped';
}

/** Why the run ended so, where neither its blocked list, nor its skipped steps, nor the rollback's reason says it. */
export const endReason = (state: RunState): string | undefined =>
  state.status === 'succeeded' ||
  state.rollback !== undefined ||
  state.blocked.length > 0 ||
  state.because === undefined
    ? undefined
    : prose(state.because);

/** Why the run comes to its end before its time; a rollback has told its own reason. */
export const endsBecause = ({ ending }: RunState): string | undefined =>
  ending?.status === 'failed' || ending?.status === 'aborted' ? ending.because : undefined;

/** What a reader of the live comment must know beside the table. */
function underWay(state: RunState): string | undefined {
  if (awaitsStart(state)) return `It is asked for in a comment below.`;
  const prompt = openPrompt(state);
  if (prompt !== undefined)
    return `It waits since ${clock(prompt.openedAt)} for an answer to prompt ${code(prompt.id)}, in a comment below.`;
  const stopped = stoppedText(state);
  const pausing = pausingText(state);
  if (stopped !== undefined || pausing !== undefined) {
    return blocks(stopped && prose(stopped), pausing && `⏸️ ${prose(pausing)} ${code('/continue')} takes that back.`);
  }
  if (state.waitingFor !== undefined && state.status === 'queued') return waitingLines(state.waitingFor);
  const because = isOver(state) ? undefined : endsBecause(state);
  if (because !== undefined) return `It comes to its end: ${prose(because)}.`;
  return endReason(state);
}
