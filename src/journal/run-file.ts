import { readFile } from 'node:fs/promises';
import type { RunEvent, RunId } from '../run/types.ts';
import { isCode } from './durable.ts';
import { eventsOf } from './event-boundary.ts';
import { type Broken, recordOf } from './record.ts';

/** A run's file as it stands: its whole lines in order, and how many bytes they take. */
export type RunFile =
  | {
      readonly kind: 'ok';
      readonly lines: readonly string[];
      /** Hash of the last whole line. */
      readonly head: string;
      readonly wholeBytes: number;
      /** Bytes after the last whole line: a write that a crash cut off. */
      readonly tornBytes: number;
    }
  | { readonly kind: 'missing' }
  | Broken;

/**
 * Reads a run's file and checks its chain. A last line without its newline was never acknowledged: it is left out.
 * @param run whose record it must be
 */
export async function readRunFile(path: string, run?: RunId): Promise<RunFile> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return { kind: 'missing' };
    // One file that cannot be read must not hide the others.
    return { kind: 'broken', seq: 1, why: `${path} cannot be read: ${wordsOf(error)}` };
  }
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  const lines =
    wholeBytes === 0
      ? []
      : bytes
          .subarray(0, wholeBytes - 1)
          .toString('utf8')
          .split('\n');
  const record = recordOf(lines, run, { path, placeOf: (seq) => `${path}:${String(seq)}` });
  return record.kind === 'ok' ? { ...record, wholeBytes, tornBytes: bytes.length - wholeBytes } : record;
}

export type FileCheck =
  | { readonly kind: 'ok'; readonly head: string; readonly count: number; readonly events: readonly RunEvent[] }
  | { readonly kind: 'missing' }
  | { readonly kind: 'broken'; readonly seq: number; readonly why: string };

/** Whether a run's file is intact, for `verify`: here a torn last line counts as a change. */
export async function checkFile(path: string): Promise<FileCheck> {
  const file = await readRunFile(path);
  if (file.kind !== 'ok') return file;
  const count = file.lines.length;
  if (file.tornBytes === 0) return { kind: 'ok', head: file.head, count, events: eventsOf(file.lines) };
  const seq = count + 1;
  return { kind: 'broken', seq, why: `${path}:${String(seq)}: event ${String(seq)} is cut off in the middle` };
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
