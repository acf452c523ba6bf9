import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { contentOf, type RunRecord } from './record.ts';
import type { ChaosHost } from './hosts.ts';

/** Where a run stands on a host, as far as journal and job folder tell. */
export type Moment =
  | 'before the first step'
  | 'job prepared'
  | 'job claimed'
  | 'job running'
  | 'job ended'
  | 'between steps'
  | 'at a prompt'
  | 'after the end';

/** The last attempt at the step that was opened last, in a host's own folder. */
export interface Attempt {
  readonly attempt: number;
  /** Of the session that the job is, from its claim. */
  readonly pid: number | undefined;
  readonly moment: 'none' | 'prepared' | 'claimed' | 'running' | 'ended';
}

export function attemptOn(host: ChaosHost, run: string, step: string): Attempt {
  const task = host.machine.path(join('home/.changeover/runs', run, host.name, step, '-'));
  const attempt = Math.max(0, ...filesIn(task).map((name) => Number(/^apply\.(\d+)$/.exec(name)?.[1] ?? 0)));
  const folder = join(task, `apply.${String(attempt)}`);
  const [claim = '', end = ''] = contentOf(folder, 'start').split('\n');
  const pid = Number(claim.split(' ')[0]);
  const known = { attempt, pid: Number.isSafeInteger(pid) && pid > 0 ? pid : undefined };
  if (claim === '') {
    const isPrepared = filesIn(folder).some((name) => name.startsWith('in.'));
    return { ...known, moment: isPrepared ? 'prepared' : 'none' };
  }
  if (/^[a-z]/.test(end)) return { ...known, moment: 'ended' };
  return { ...known, moment: contentOf(folder, 'out') === '' ? 'claimed' : 'running' };
}

/** @param run undefined: it is not in the journal yet */
export function momentOn(host: ChaosHost, run: string | undefined, record: RunRecord): Moment {
  const step = record.openStep()?.step;
  if (record.end() !== undefined) return 'after the end';
  if (run === undefined || step === undefined) return 'before the first step';
  if (record.openPrompt() !== undefined) return 'at a prompt';
  const { attempt, moment } = attemptOn(host, run, step);
  if (moment === 'none') return 'between steps';
  if (moment !== 'ended') return `job ${moment}`;
  const isRecorded = record
    .events()
    .some(
      (event) =>
        (event.type === 'job_finished' || event.type === 'job_settled') &&
        event.job.step === step &&
        event.job.host === host.name &&
        event.job.attempt === attempt,
    );
  return isRecorded ? 'between steps' : 'job ended';
}

/** fsync and fdatasync on this kind of machine; where their numbers are not known, no sync is seen. */
const SYNCS: Readonly<Record<string, readonly string[]>> = { x64: ['74', '75'], arm64: ['82', '83'] };

/** Whether a process is just waiting for its disk, which is what it does when it writes its journal. */
export function isSyncing(pid: number | undefined): boolean {
  const syncs = SYNCS[process.arch];
  if (pid === undefined || syncs === undefined) return false;
  const tasks = `/proc/${String(pid)}/task`;
  return filesIn(tasks).some((task) => syncs.includes(contentOf(tasks, task, 'syscall').split(' ')[0] ?? ''));
}

/** All living processes of a session. */
export function sessionOf(pid: number): readonly number[] {
  return filesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      const stat = contentOf('/proc', name, 'stat');
      // The name in brackets may itself hold brackets and blanks: fields count from the last one.
      const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return session === String(pid) && state !== 'Z' && state !== 'X';
    })
    .map(Number);
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
