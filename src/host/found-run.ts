import type { FoundJob, FoundRun } from '../engine/ports.ts';
import { decodeName } from './quote.ts';

const STATES: readonly FoundJob['state'][] = ['prepared', 'void', 'running', 'ended', 'gone'];

/** Reads the kit's answer to `co_jobs`: `found STATE HEAD HOST/STEP/ITEM/PHASE.ATTEMPT` and `closed HEAD` lines; no head is `-`. */
export function readFoundRun(lines: readonly string[]): FoundRun {
  const closed = lines.map((line) => /^closed (\S+)$/.exec(line)?.[1]).find((head) => head !== undefined);
  return { jobs: lines.flatMap(readJob), ...(closed === undefined ? {} : { closed: headOf(closed) }) };
}

function readJob(line: string): readonly FoundJob[] {
  const match = /^found (\S+) (\S+) ([^/ ]+)\/([^/ ]+)\/([^/ ]+)\/(apply|undo)\.(\d+)$/.exec(line);
  const state = STATES.find((each) => each === match?.[1]);
  const [host, step, item] = (match?.slice(3, 6) ?? []).map(decodeName);
  if (!match || !state || host === undefined || step === undefined || item === undefined) return [];
  const phase = match[6] === 'undo' ? ('undo' as const) : ('apply' as const);
  return [{ state, job: { host, step, item, phase, attempt: Number(match[7]) }, ...headOf(match[2] ?? '') }];
}

const headOf = (word: string): { readonly head?: string } => (word === '-' ? {} : { head: word });
