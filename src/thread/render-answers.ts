import type { Inventory } from '../language/types.ts';
import { planStep } from '../run/steps.ts';
import type { JobKey, RunState } from '../run/types.ts';
import { cleanOutput } from './clean.ts';
import { fit } from './fit.ts';
import { clock, commandLine, size, who } from './format.ts';
import { blocks, cellCode, code, fence, listed, plain, table } from './markdown.ts';
import { isOver, statusMark } from './marks.ts';
import { mistakeText } from './mistake-text.ts';
import { excerpt } from './output.ts';
import { place } from './places.ts';
import { renderDryRun } from './render-dry-run.ts';
import { renderLive } from './render-live.ts';
import type { LockedByHand } from './render-queue.ts';
import { waitingText } from './waiting-text.ts';
import type { View } from './view.ts';

/** `/hosts`: what there is, and which run holds what. */
export function renderHosts(
  inventory: Inventory,
  runs: readonly RunState[],
  locks: readonly LockedByHand[] = [],
): string {
  const hosts = Object.values(inventory.hosts);
  if (hosts.length === 0) return `There are no hosts yet: ${code(inventory.file)} names none.`;
  const rows = hosts.map((host) => {
    const groups = Object.entries(inventory.groups).flatMap(([group, names]) =>
      names.includes(host.name) ? [group] : [],
    );
    const holder = runs.find((run) => !isOver(run) && run.locked.includes(host.name));
    const lock = locks.find(({ name }) => name === host.name);
    const now = [
      ...(holder === undefined ? [] : [`held by ${cellCode(holder.run)} (${plain(who(holder.by))})`]),
      ...(lock === undefined ? [] : [`locked by ${plain(who(lock.by))}: ${plain(lock.reason)}`]),
    ];
    return [
      cellCode(host.name),
      cellCode(`${host.user}@${host.address}${host.port === 22 ? '' : `:${host.port}`}`),
      host.via === undefined ? '' : cellCode(host.via),
      listed(groups.slice(0, 6).map((group) => cellCode(group))),
      now.length === 0 ? 'free' : now.join('; '),
    ];
  });
  return fit((detail) =>
    blocks(
      '### Hosts',
      table(['host', 'reached as', 'through', 'groups', 'now'], rows.slice(0, detail.rows)),
      rows.length > detail.rows ? `and ${rows.length - detail.rows} more in ${code(inventory.file)}` : undefined,
    ),
  );
}

/** `/status`: the runs of an issue, those that still go on first, then the newest. */
export function renderStatus(states: readonly RunState[]): string {
  if (states.length === 0) return mistakeText({ kind: 'no_runs_here' });
  const sorted = states.toSorted(
    (one, other) => Number(isOver(one)) - Number(isOver(other)) || (one.requestedAt < other.requestedAt ? 1 : -1),
  );
  const rows = sorted.map((state) => {
    const { mark, word } = statusMark(state);
    const open = state.prompts.findLast((prompt) => prompt.answer === undefined);
    const { waitingFor } = state;
    const queued = waitingFor === undefined || state.status !== 'queued' ? '' : `: ${plain(waitingText(waitingFor))}`;
    const prompt = open === undefined || isOver(state) ? queued : ` (prompt ${cellCode(open.id)})`;
    return [
      cellCode(state.run),
      cellCode(commandLine(state, state.mode === 'dryrun' ? 'dryrun' : undefined)),
      `${mark} ${word}${prompt}`,
      plain(who(state.by)),
      clock(state.requestedAt, 'day'),
    ];
  });
  return fit((detail) =>
    blocks(
      '### Runs of this issue',
      table(['run', 'what', 'status', 'asked by', 'at'], rows.slice(0, detail.rows)),
      rows.length > detail.rows ? `and ${rows.length - detail.rows} older ones` : undefined,
      `${code('/status <run>')} shows one step by step.`,
    ),
  );
}

/** `/status <run>`. */
export const renderRunStatus = (state: RunState, view: View): string =>
  state.mode === 'dryrun' ? renderDryRun(state, view) : renderLive(state);

/** A job's output as the worker kept it. */
export interface ShownLog {
  readonly job: JobKey;
  readonly out: string;
  readonly err: string;
  readonly omittedBytes: number;
}

/** `/logs`: a step's output on a host, the last attempt's. */
export function renderLogs(state: RunState, log: ShownLog): string {
  const { job } = log;
  const where = `${code(job.step)} on ${place(job)}${job.attempt > 1 ? `, attempt ${job.attempt}` : ''}${job.phase === 'undo' ? ', of the rollback' : ''}`;
  // Standard output and error have a comment's whole room here.
  return fit((detail) => {
    const room = { head: detail.output.head * 8, tail: detail.output.tail * 8 };
    const stream = (title: string, text: string): string | undefined =>
      cleanOutput(text).trim() === '' ? undefined : blocks(title, fence(excerpt({ text }, room)));
    const streams = blocks(stream('Standard output:', log.out), stream('Standard error:', log.err));
    return blocks(
      `### Output of ${where}`,
      `Run ${code(state.run)}, ${code(commandLine(state))}.`,
      log.omittedBytes > 0 ? `The first ${size(log.omittedBytes)} are left out.` : undefined,
      streams !== '' ? streams : isKept(state, job) ? 'It printed nothing.' : NOT_KEPT,
    );
  });
}

const NOT_KEPT = 'Nothing of what it printed is kept, as the procedure wants it (`no_log`).';

const isKept = (state: RunState, job: JobKey): boolean => planStep(state.plan, job.step, job.phase).noLog !== true;
