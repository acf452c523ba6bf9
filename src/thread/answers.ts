import type { AnswerKind, PromptState, RunState, TaskKey } from '../run/types.ts';
import { listOf, planStep } from '../run/steps.ts';
import { undoPlan } from '../run/undo.ts';
import { wantOf } from './ask-text.ts';
import { lastsOn } from './downtime-text.ts';
import { fewPlaces } from './places.ts';
import { lastAttempt, numberedStep, stepKind, tasksAt } from './steps.ts';
import { lockAnswerText } from './waiting-text.ts';
import { irreversible, undone } from './undo-list.ts';

/** What an answer to a prompt would do, in plain words: one sentence or two. For thread and terminal. */
export function answerText(state: RunState, prompt: PromptState, answer: AnswerKind): string {
  if (prompt.lock !== undefined && (answer === 'retry' || answer === 'continue' || answer === 'abort')) {
    return lockAnswerText(prompt, answer, state);
  }
  switch (answer) {
    case 'retry':
      if (prompt.closed === true)
        return `Looks at the clock again. ${goOn(state, prompt, 0)} if the window is open by then.`;
      return prompt.found === undefined ? retryText(state, prompt) : lookText(state);
    case 'skip':
      if (prompt.closed === true) {
        return `${goOn(state, prompt)} without it, and nothing of it is done. Recorded as skipped by whoever answers.`;
      }
      return listOf(state, stepOf(prompt)) === 'undo'
        ? 'Goes on with the rollback without this one. What it should have undone stays, and the run will end as failed.'
        : wantOf(state, prompt) === 'manual'
          ? `${goOn(state, prompt)} without it: it counts as not done, and is recorded as skipped by whoever answers.${guarded(state, prompt)}`
          : `${goOn(state, prompt)} without it. Recorded as skipped by whoever answers; what it has done so far stays as it is.`;
    case 'rollback':
      return rollbackText(state);
    case 'approve':
      return `Agrees to the plan as it stands, which these digits name. ${goOn(state, prompt)} once nobody is missing.`;
    case 'abort':
      return abortText(state, prompt);
    case 'continue':
      if (prompt.rebuilt === true) return takeText(state, prompt);
      if (prompt.paused !== undefined) return `${goOn(state, prompt, 0)}.`;
      return prompt.phase === 'undo'
        ? 'Says that it is done: the rollback goes on.'
        : `Says that it is done. ${goOn(state, prompt)}.${guarded(state, prompt)}`;
  }
}

/** What it passed over once stays so; how its step stands is looked at as in any other run. */
function takeText(state: RunState, prompt: PromptState): string {
  const found = numberedStep(state, prompt.step, prompt.phase);
  const passed =
    prompt.tasks.length === 0 ? '' : ' What the run had passed over is recorded as skipped by whoever answers.';
  return `Takes the record as it stands here. The run goes on from ${stepKind(state, stepOf(prompt))} ${found?.number ?? prompt.step}; nothing that is done is done again.${passed}`;
}

const stepOf = ({ step: id, phase }: PromptState): { readonly id: string; readonly phase: PromptState['phase'] } => ({
  id,
  phase,
});

const ABORTED = {
  steps: 'Ends the run here. Nothing is undone: the hosts stay as they are now.',
  undo: 'Ends the run here, the rollback half done: what is not undone yet stays.',
  after: 'Ends the run here: what is left of the rollback is not done.',
  always: 'Ends the run here: what is left to do at its end is not done.',
} as const;

function abortText(state: RunState, prompt: PromptState): string {
  const list = listOf(state, stepOf(prompt));
  const { length } = state.always;
  const steps = length === 1 ? 'one step' : `${length} steps`;
  const still = list === 'always' || length === 0 ? '' : ` What is always done at the end still is: ${steps}.`;
  return `${ABORTED[list]}${lastsOn(state)}${still}`;
}

const lookText = ({ guards }: RunState): string =>
  guards?.then === 'rollback'
    ? 'Tries to take the hosts again, for the rollback.'
    : 'Takes the hosts again and looks once more at all that must hold before a change. If it does, the run goes on.';

function guarded(state: RunState, { step, phase }: PromptState): string {
  const { work } = planStep(state.plan, step, phase);
  return work.kind === 'ask' && work.how === 'manual' && work.unlock === true
    ? ' First the hosts are taken again, and all that must hold before a change is looked at again.'
    : '';
}

function retryText(state: RunState, prompt: PromptState): string {
  const found = numberedStep(state, prompt.step, prompt.phase);
  const tasks = found === undefined ? [] : tasksAt(found.taken, prompt.tasks);
  const where = fewPlaces(
    tasks,
    (name) => name,
    (words) => words.join(', '),
  );
  const next = Math.max(0, ...tasks.map((task) => lastAttempt(task)?.attempt ?? 0)) + 1;
  const kind = stepKind(state, stepOf(prompt));
  const unseen = tasks.some((task) => task.outcome === 'unknown')
    ? ' Its end was not seen: if it did its work, it is done again.'
    : '';
  const destroys = found?.step.destructive === true ? ' It is destructive, and would be done once more.' : '';
  const again = `${found?.step.action === 'reboot' ? REBOOT_AGAIN : unseen}${destroys}`;
  return `Tries ${kind} ${found?.number ?? prompt.step} again on ${where}, as attempt ${next}.${again}`;
}

const REBOOT_AGAIN = ' A host that has restarted since the step began is only waited for, and not restarted once more.';

/** @param ahead the step that follows: the next, or the prompt's own */
function goOn(state: RunState, prompt: PromptState, ahead: 0 | 1 = 1): string {
  const found = numberedStep(state, prompt.step, prompt.phase);
  const number = found?.number;
  const isMeant = ({ host, item }: TaskKey): boolean =>
    prompt.tasks.some((key) => key.host === host && key.item === item);
  if (ahead === 0) {
    const mark = found?.step.destructive === true && prompt.phase === 'apply' ? ' (destructive)' : '';
    return `Goes on with ${stepKind(state, stepOf(prompt))} ${String(number)}${mark}`;
  }
  if (found?.taken.tasks.some((task) => task.outcome === undefined && !isMeant(task)) === true) {
    return `Goes on with what is left of ${stepKind(state, stepOf(prompt))} ${String(number)}`;
  }
  const step = stepOf(prompt);
  const list = listOf(state, step);
  const following = number === undefined ? undefined : state[list][number];
  const [first] = list === 'always' ? [] : state.always;
  const next = following ?? first;
  if (number === undefined || next === undefined) return 'Ends the run';
  const planned = planStep(state.plan, next.id, next.phase);
  const nth = following === undefined ? 1 : number + 1;
  return `Goes on with ${stepKind(state, next)} ${nth}${planned.destructive === true ? ' (destructive)' : ''}`;
}

function rollbackText(state: RunState): string {
  const items = undoPlan(state);
  const count = undone(items).length;
  const { length } = state.after;
  const after =
    length === 0 ? '' : ` Then ${length === 1 ? 'one rollback step follows' : `${length} rollback steps follow`}.`;
  const ends = length + state.always.length === 0 ? 'Ends the run. ' : '';
  if (items.length === 0) return `${ends}There is nothing to undo: it has changed nothing.${after}`;
  const never = irreversible(items).length;
  const not = never === 0 ? '' : ` ${never} ${never === 1 ? 'step' : 'steps'} cannot be undone.`;
  if (count === 0) return `${ends}It undoes nothing.${not}${after}`;
  return `Undoes ${count} ${count === 1 ? 'step' : 'steps'} of this run, the last one first.${not}${after}`;
}
