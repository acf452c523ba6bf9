import type { Attempt, Outcome, RunState, RunStatus, StepState, TaskState } from '../run/types.ts';

/** How something reads at a glance. The word is always there; the mark is for the eye. */
export interface Mark {
  readonly mark: string;
  readonly word: string;
  readonly tone: Tone;
}

export type Tone = 'good' | 'bad' | 'ask' | 'busy' | 'quiet';

const OUTCOMES: Readonly<Record<Outcome, Mark>> = {
  ok: { mark: '✅', word: 'ok', tone: 'good' },
  changed: { mark: '✅', word: 'changed', tone: 'good' },
  skipped: { mark: '⏭️', word: 'skipped', tone: 'quiet' },
  failed: { mark: '❌', word: 'failed', tone: 'bad' },
  timed_out: { mark: '❌', word: 'timed out', tone: 'bad' },
  unreachable: { mark: '❌', word: 'unreachable', tone: 'bad' },
  unknown: { mark: '❓', word: 'unknown', tone: 'ask' },
  aborted: { mark: '⏹️', word: 'aborted', tone: 'bad' },
};

const STATUSES: Readonly<Record<RunStatus, Mark>> = {
  planned: { mark: '🕓', word: 'is planned', tone: 'quiet' },
  queued: { mark: '🕓', word: 'is queued', tone: 'quiet' },
  awaiting_approval: { mark: '✋', word: 'waits for an approval', tone: 'ask' },
  running: { mark: '▶️', word: 'is running', tone: 'busy' },
  waiting: { mark: '✋', word: 'waits for an answer', tone: 'ask' },
  paused: { mark: '⏸️', word: 'is paused', tone: 'ask' },
  rolling_back: { mark: '↩️', word: 'is rolling back', tone: 'busy' },
  succeeded: { mark: '✅', word: 'succeeded', tone: 'good' },
  failed: { mark: '❌', word: 'failed', tone: 'bad' },
  rolled_back: { mark: '↩️', word: 'was rolled back', tone: 'good' },
  aborted: { mark: '⏹️', word: 'was aborted', tone: 'bad' },
};

/** All steps went well, and so did taking them back. */
const REHEARSED: Mark = { mark: '✅', word: 'was rehearsed and taken back', tone: 'good' };
/** Its worker was told to end, and the next has not come yet. */
const LEFT: Mark = { mark: '🕓', word: 'waits for its next worker', tone: 'quiet' };
const PENDING: Mark = { mark: '·', word: 'to come', tone: 'quiet' };
const NOT_TAKEN: Mark = { mark: '·', word: 'not taken', tone: 'quiet' };
const AGAIN: Mark = { mark: '🕓', word: 'is tried again', tone: 'busy' };
/** A person is asked. */
export const ASKED: Mark = { mark: '✋', word: 'waits for a person', tone: 'ask' };
const RUNNING: Mark = { mark: '▶️', word: 'running', tone: 'busy' };

/** A run's status; while it waits for a host that another run holds, that is what counts. */
export function statusMark(state: RunState): Mark {
  if (state.waitingFor !== undefined && state.status === 'queued') {
    const word = state.waitingFor.what === 'name' ? 'waits for another run' : 'waits for a host';
    return { mark: '🕓', word, tone: 'quiet' };
  }
  if (state.stopped !== undefined && !isOver(state)) return LEFT;
  if (state.blocked.length > 0) return { mark: '⛔', word: 'is blocked', tone: 'bad' };
  if (state.status === 'rolled_back' && state.rollback?.rehearsed === true) return REHEARSED;
  return STATUSES[state.status];
}

/** How a run's task stands. `changed` in a rollback reads `undone`. */
export function taskMark(task: TaskState, over: boolean): Mark {
  if (task.outcome === undefined) {
    const attempt = task.attempts.at(-1);
    if (over) return NOT_TAKEN;
    if (attempt === undefined) return PENDING;
    return isWaiting(attempt) ? AGAIN : RUNNING;
  }
  if (task.phase === 'undo' && task.outcome === 'changed' && task.doneAt === undefined)
    return { ...OUTCOMES.changed, word: 'undone' };
  return { ...OUTCOMES[task.outcome], word: outcomeWord(task.outcome, task) };
}

/** The attempt was not asked for and has not begun: it waits for its time. */
export const isWaiting = (attempt: Attempt): boolean =>
  attempt.byItself === true && attempt.startedAt === undefined && attempt.finished === undefined;

/** A step none of whose tasks is known yet. */
export function emptyStepMark(step: StepState, over: boolean): Mark {
  if (step.status === 'done') return { mark: '·', word: 'nothing to do', tone: 'quiet' };
  if (over) return NOT_TAKEN;
  return step.status === 'pending' ? PENDING : RUNNING;
}

export function outcomeWord(outcome: Outcome, task?: Pick<TaskState, 'skip' | 'phase' | 'doneAt' | 'text'>): string {
  if (task?.doneAt !== undefined) return outcome === 'ok' && task.text === undefined ? 'approved' : 'done by hand';
  if (task?.skip === 'when') return 'skipped (not needed here)';
  if (task?.skip === 'unseen' && (outcome === 'skipped' || outcome === 'unknown'))
    return outcome === 'skipped' ? 'skipped, as far as its host tells' : OUTCOMES.unknown.word;
  if (task?.skip === 'empty') return 'skipped (no items)';
  if (task?.skip === 'done') return task.phase === 'undo' ? 'nothing to undo' : 'ok (already done)';
  return OUTCOMES[outcome].word;
}

export const isOver = (state: Pick<RunState, 'status'>): boolean =>
  state.status === 'succeeded' ||
  state.status === 'failed' ||
  state.status === 'rolled_back' ||
  state.status === 'aborted';

export const isBad = (outcome: Outcome | undefined): boolean =>
  outcome !== undefined && outcome !== 'ok' && outcome !== 'changed' && outcome !== 'skipped';
