import { decodeName } from '../../src/host/quote.ts';
import type { JobKey } from '../../src/run/types.ts';

/** How a job goes on its host. */
export interface Fate {
  readonly how: 'done' | 'fails' | 'fails_after' | 'times_out' | 'unverified';
  /** How long its work takes, in ms. */
  readonly ms: number;
}

/** What a host tells of what really happened there, as it happens. */
export interface Watcher {
  fateOf(host: string, script: DoneBy, job: JobKey): Fate;
  /** Its script has been carried out, whatever came of it. */
  worked(host: string, work: Work): void;
  /** A run was barred from there. @param by the run that wants the host, and by whose word */
  barred(host: string, run: string, by: string): void;
}

export interface Work {
  readonly run: string;
  readonly job: JobKey;
  readonly script: DoneBy;
  /** The epoch that its order named, and the highest that its host knew of when it was claimed. */
  readonly epoch: number;
  readonly topThen: number;
}

/** What a script of the simulated procedures does: `do s1`, with its item. */
export interface DoneBy {
  readonly what: 'do' | 'undo';
  readonly step: string;
  readonly item: string;
}

export interface Claim {
  readonly pid: number;
  readonly boot: string;
  readonly epoch: number;
  readonly head: string;
}

export interface End {
  readonly end: 'done' | 'nothing' | 'failed' | 'timed_out' | 'killed' | 'void';
  readonly reached: string;
  readonly code: string;
  readonly took: number;
}

/** A job's folder. */
export interface JobFolder {
  readonly path: string;
  start?: Claim | 'void';
  end?: End;
  topThen: number;
  out: string;
  tidied: boolean;
  /** Its wrapper, or anything that it started. */
  alive: boolean;
  /** The wrapper's answer, once it has come to its end. */
  answer: () => void;
}

export interface RunFolder {
  top: number;
  readonly jobs: Map<string, JobFolder>;
}

export type Reply = (lines: readonly string[], out?: { readonly from: number; readonly text: string }) => void;

/** How it ended, as the kit writes it: END REACHED CODE TOOK OUT ERR SURVIVORS CUT. */
export function endOf({ end, out }: JobFolder): string {
  if (end === undefined) return '';
  return `${end.end} ${end.reached} ${end.code} ${String(end.took)} ${String(out.length)} 0 0 0`;
}

export function howOf(job: JobFolder): 'prepared' | 'void' | 'ended' | 'running' | 'gone' {
  if (job.start === undefined) return 'prepared';
  if (job.start === 'void' || job.end?.end === 'void') return 'void';
  if (job.end !== undefined) return 'ended';
  return job.alive ? 'running' : 'gone';
}

/** HOST/STEP/ITEM/PHASE.ATTEMPT as it stands on a host. */
export function keyOf(path: string): JobKey {
  const [host = '', step = '', item = '', name = ''] = path.split('/');
  const [phase, attempt] = name.split('.');
  return {
    ...{ host: decodeName(host), step: decodeName(step), item: decodeName(item) },
    phase: phase === 'undo' ? 'undo' : 'apply',
    attempt: Number(attempt),
  };
}

/** The last line of a request: a function of the kit and its quoted words. */
export function readRequest(text: string): { readonly verb: string; readonly words: readonly string[] } {
  const line = text.slice(text.lastIndexOf('\nco_') + 1);
  const words = [...line.matchAll(/ '((?:[^']|'\\'')*)'/g)].map(([, word = '']) => word.replaceAll("'\\''", "'"));
  return { verb: /^\w+/.exec(line)?.[0] ?? '', words };
}

/** What the scripts of the simulated procedures say of themselves. */
export function readScript(text: string): DoneBy {
  const [, what, step = ''] = /sim (do|undo) (\w+)/.exec(text) ?? [];
  return { what: what === 'undo' ? 'undo' : 'do', step, item: itemIn(text) };
}

export const itemIn = (text: string): string => /export item=[\\']*(\w+)/.exec(text)?.[1] ?? '-';
