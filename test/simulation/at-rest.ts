import { view } from '../../src/engine/view.ts';
import { checkLines } from '../../src/run/chain.ts';
import { allSteps, listOf, taskState, withoutItem } from '../../src/run/steps.ts';
import type { JobKey, RunId, RunState } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { markerOf } from '../../src/thread/marker.ts';
import { type Disk, logName } from './disk.ts';
import type { SimComment } from './github.ts';
import { words } from './keep.ts';
import type { SimHost } from './kit.ts';
import type { Work } from './kit-folder.ts';
import { Broken, type Laws, nameOf, sameJob } from './laws.ts';

/** All is over: the record, the hosts and the thread must tell the same. */
export function atRest(
  { states, done }: Pick<Laws, 'states' | 'done'>,
  disk: Disk,
  comments: readonly SimComment[],
  hosts: ReadonlyMap<string, SimHost>,
): void {
  for (const kept of disk.runs.values()) {
    const state = states.get(kept.run);
    if (state?.endedAt === undefined) throw new Broken(`${kept.run} has not come to its end: ${state?.status ?? ''}`);
    const checked = words.short ? { kind: 'ok' as const } : checkLines(kept.lines);
    if (checked.kind !== 'ok') throw new Broken(`the record of ${kept.run}: ${checked.why}`);
    sameAsDone(state, done, disk);
    undone(state, done);
    told(state, comments);
    for (const host of hosts.values()) {
      for (const job of host.runs.get(kept.run)?.jobs.values() ?? []) {
        if (job.alive) throw new Broken(`${job.path} of ${kept.run} lives after its end`);
      }
    }
  }
}

/** What was done stands in the record, and its output once. */
function sameAsDone(state: RunState, all: readonly Work[], disk: Disk): void {
  for (const { run, job, script } of all) {
    if (run !== state.run) continue;
    const attempt = taskState(state, job)?.attempts.find((each) => each.attempt === job.attempt);
    if (attempt === undefined) throw new Broken(`${nameOf(job)} of ${run} was done, and the record has no word of it`);
    const { finished } = attempt;
    if (finished === undefined || finished.outcome === 'unknown') continue;
    const log = disk.logs.get(logName(run, job))?.out.toString() ?? '';
    const wanted = `${script.what} ${script.step} ${script.item} ${String(job.attempt)}\n`;
    if (log !== wanted) throw new Broken(`the log of ${nameOf(job)} of ${run} is ${JSON.stringify(log)}`);
  }
  for (const { tasks } of allSteps(state)) {
    for (const task of tasks) {
      for (const { attempt, finished } of task.attempts) {
        if (finished?.outcome !== 'changed') continue;
        const worked = all.some((each) => each.run === state.run && sameJob(each.job, finished.job));
        if (!worked) {
          throw new Broken(`attempt ${String(attempt)} of ${task.step} is recorded as changed, and was never done`);
        }
      }
    }
  }
}

/** A rollback takes back what was done, the last first, each once. */
function undone(state: RunState, all: readonly Work[]): void {
  const done = all.filter(({ run }) => run === state.run);
  const undos = done.filter(({ job }) => job.phase === 'undo');
  if (undos.length === 0) return;
  const order = state.plan.steps.map(({ id }) => id);
  let last = Infinity;
  for (const { job } of undos) {
    if (listOf(state, { id: job.step, phase: 'undo' }) === 'after') continue;
    const step = stepUndone(job);
    const place = order.indexOf(step);
    if (place < 0) continue;
    if (place > last) throw new Broken(`${nameOf(job)} of ${state.run}: step ${step} was undone after an earlier one`);
    last = place;
    const applied = done.some(
      (each) => each.job.phase === 'apply' && each.job.step === step && each.job.host === job.host,
    );
    const tried = state.steps
      .find(({ id }) => id === step)
      ?.tasks.some((task) => task.host === job.host && task.attempts.length > 0);
    if (!applied && tried !== true) throw new Broken(`${nameOf(job)} of ${state.run} undoes what was never done`);
  }
  if (state.status !== 'rolled_back') return;
  for (const { id, undo, work } of state.plan.steps) {
    if (undo.kind !== 'steps' || work.kind !== 'job') continue;
    const tasks = state.steps.find((each) => each.id === id)?.tasks ?? [];
    for (const task of tasks) {
      const last = task.attempts.findLast((each) => (each.settled ?? each.finished) !== undefined);
      const outcome = last?.settled?.outcome ?? last?.finished?.outcome;
      const changed = done.some(
        (each) =>
          each.job.phase === 'apply' &&
          each.job.step === id &&
          each.job.item === task.item &&
          each.job.host === task.host,
      );
      if (!changed || outcome === 'ok' || task.skippedAt !== undefined) continue;
      const back = undos.some(
        ({ job }) => stepUndone(job) === id && job.host === task.host && itemUndone(job) === task.item,
      );
      const skipped = state.undo.some(
        (each) =>
          withoutItem(each.id).startsWith(`${id}/`) && each.tasks.some(({ skippedAt }) => skippedAt !== undefined),
      );
      const manual = undo.steps.every((each) => each.work.kind !== 'job');
      if (!back && !skipped && !manual) {
        throw new Broken(`${state.run} was rolled back, but ${id}[${task.item}] on ${task.host} was not undone`);
      }
    }
  }
}

/** GitHub says when a comment was written to the second. */
const WHOLE_SECOND_MS = 1_000;

const REFUSED = /^<!-- changeover:reply=(\d+) -->\nRun (\S+) (?:is being worked on|was taken up a moment before) by/;

/** A run was taken up, or ended. */
export interface Turn {
  readonly run: RunId;
  readonly type: 'run_started' | 'run_finished';
  /** In ms, by the clock by which comments are written. */
  readonly at: number;
}

/**
 * An answer to a run reaches the process that works on it, whichever hears of it first. Only where that one has just then
 * taken the run up, for another answer, may the second one have come too late to be left; and one that is over decides nothing.
 */
export function heard(comments: readonly SimComment[], turns: readonly Turn[]): void {
  for (const { by, body } of comments) {
    const [, asked, run = ''] = (by === 'app' ? REFUSED.exec(body) : undefined) ?? [];
    if (asked === undefined) continue;
    const written = Date.parse(comments.find(({ id }) => String(id) === asked)?.created ?? '');
    const excuses = ({ type, at }: Turn): boolean =>
      type === 'run_finished' ? at < written + WHOLE_SECOND_MS : at >= written;
    if (!turns.some((turn) => turn.run === run && excuses(turn))) {
      throw new Broken(`an answer was not left to who works on its run:\n${body}`);
    }
  }
}

/** The thread says what the record says, each thing once. */
function told(state: RunState, comments: readonly SimComment[]): void {
  const { where } = state;
  if (where.kind !== 'issue' || comments.length === 0) return;
  const ours = comments.filter((each) => each.by === 'app' && each.issue === where.issue);
  for (const wanted of commentsOf(state, view)) {
    const all = ours.filter(({ body }) => markerOf(body) === wanted.marker);
    const there = all.filter(({ deleted }) => !deleted);
    if (there.length > 1) throw new Broken(`the thread says ${wanted.marker} ${String(there.length)} times`);
    const [only] = there;
    if (only === undefined) {
      if (all.length === 0) throw new Broken(`the thread does not say ${wanted.marker}`);
      continue;
    }
    if (only.body !== wanted.body) {
      throw new Broken(`the thread tells ${wanted.marker} otherwise:\n${only.body}\n--- instead of\n${wanted.body}`);
    }
  }
}

/** The step of the plan that an undo takes back, and of which item. */
const stepUndone = ({ step }: JobKey): string => withoutItem(step).replace(/\/[^/]*$/, '');
const itemUndone = ({ step, item }: JobKey): string => /\[(.*)\]$/.exec(step)?.[1] ?? item;
