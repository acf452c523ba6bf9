import type { FoundJob, FoundRun } from '../engine/ports.ts';
import { readEnd } from './job-answer.ts';
import { decodeName } from './quote.ts';
import { readRunNote } from './run-note.ts';

const STATES: readonly FoundJob['state'][] = ['prepared', 'void', 'running', 'ended', 'gone'];

/**
 * Reads the kit's answer to `co_jobs`: `found STATE HEAD HOST/STEP/ITEM/PHASE.ATTEMPT PID BOOT INIT [END…]`, `closed HEAD`,
 * `barred BY WHO`, `epoch N` and `note JSON` lines; what is not there is `-`.
 */
export function readFoundRun(lines: readonly string[]): FoundRun {
  const closed = rest(lines, 'closed');
  const note = rest(lines, 'note');
  const [by, who] = rest(lines, 'barred')?.split(' ') ?? [];
  const epoch = Number(rest(lines, 'epoch') ?? 0);
  return {
    jobs: lines.flatMap(readJob),
    ...(closed === undefined ? {} : { closed: headOf(closed) }),
    ...(Number.isSafeInteger(epoch) && epoch > 0 ? { epoch } : {}),
    ...(by === undefined || who === undefined ? {} : { barred: { by: decodeName(by), who: decodeName(who) } }),
    ...(note === undefined ? {} : { note: readRunNote(note) }),
  };
}

const rest = (lines: readonly string[], word: string): string | undefined =>
  lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);

function readJob(line: string): readonly FoundJob[] {
  const [, how, head = '-', path = '', pid = '-', bootId = '-', init = '-', ...end] = line.split(' ');
  const [host, step, item, job = '', more] = namesIn(path);
  const match = /^(apply|undo)\.(\d+)$/.exec(job);
  const state = STATES.find((each) => each === how);
  if (!line.startsWith('found ') || !match || !state || more !== undefined) return [];
  if (host === undefined || step === undefined || item === undefined) return [];
  const phase = match[1] === 'undo' ? ('undo' as const) : ('apply' as const);
  const key = { host, step, item, phase, attempt: Number(match[2]) };
  const report = state === 'ended' ? readEnd(end) : undefined;
  const claim = state === 'void' || !/^\d+$/.test(pid) ? undefined : { pid: Number(pid), bootId, init };
  return [
    {
      // An end that cannot be read says nothing of how it ended.
      state: state === 'ended' && report === undefined ? 'gone' : state,
      job: key,
      ...headOf(head),
      ...(claim === undefined ? {} : { claim }),
      ...(report === undefined ? {} : { report }),
    },
  ];
}

/** A folder whose name is none of ours is no job. */
function namesIn(path: string): readonly string[] {
  try {
    return path.split('/').map(decodeName);
  } catch {
    return [];
  }
}

const headOf = (word: string): { readonly head?: string } => (word === '-' ? {} : { head: word });
