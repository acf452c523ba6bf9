import type { RunId } from '../run/types.ts';
import type { BranchFiles } from './branch-files.ts';
import { whereOf } from './event-boundary.ts';
import { type Broken, recordOf, type Whole } from './record.ts';

/** Where a run's record lies: segments that are numbered from 1, made once and never changed. */
export const segmentPath = (run: RunId, number: number): string => `runs/${run}/${String(number)}.jsonl`;

const SEGMENT = /^runs\/([^/]+)\/([1-9]\d*)\.jsonl$/;

/** GitHub shows files of a megabyte; a record is also read by people. */
const LARGEST_BYTES = 256 * 1024;

/** The numbers of each run's segments, in order. */
export function segmentsOf(paths: Iterable<string>): ReadonlyMap<RunId, readonly number[]> {
  const found = new Map<RunId, number[]>();
  for (const path of paths) {
    const [, run, number] = SEGMENT.exec(path) ?? [];
    if (run !== undefined) found.set(run, [...(found.get(run) ?? []), Number(number)]);
  }
  for (const numbers of found.values()) numbers.sort((a, b) => a - b);
  return found;
}

/** The first lines that fit into a segment; one that is larger by itself has one of its own. */
export function firstSegment(lines: readonly string[]): { readonly text: string; readonly count: number } {
  let [bytes, count] = [0, 0];
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1;
    if (count > 0 && bytes > LARGEST_BYTES) break;
    count += 1;
  }
  return {
    text: lines
      .slice(0, count)
      .map((line) => `${line}\n`)
      .join(''),
    count,
  };
}

export type BranchRecord = (Whole & { readonly segments: number }) | { readonly kind: 'missing' } | Broken;

/** Reads a run's segments and checks its chain over all of them. */
export async function readBranchRecord(files: BranchFiles, run: RunId): Promise<BranchRecord> {
  const listed = await files.list();
  const numbers = segmentsOf(listed.keys()).get(run) ?? [];
  if (numbers.length === 0) return { kind: 'missing' };
  const texts = await files.texts(numbers.map((number) => listed.get(segmentPath(run, number)) ?? ''));
  const folder = `runs/${run} on ${files.name}`;
  const lines: string[] = [];
  const places: string[] = [];
  for (const [index, text] of texts.entries()) {
    const [number = 0, path] = [numbers[index], segmentPath(run, numbers[index] ?? 0)];
    if (number !== index + 1) return broken(lines, `${segmentPath(run, index + 1)} on ${files.name} is missing`);
    if (!text.endsWith('\n')) return broken(lines, `${path} on ${files.name} is cut off`);
    for (const [at, line] of text.slice(0, -1).split('\n').entries()) {
      lines.push(line);
      places.push(`${path}:${String(at + 1)} on ${files.name}`);
    }
  }
  const record = recordOf(lines, run, { path: folder, placeOf: (seq) => places[seq - 1] ?? folder });
  return record.kind === 'ok' ? { ...record, segments: numbers.length } : record;
}

function broken(before: readonly string[], why: string): Broken {
  const where = whereOf(before[0] ?? '');
  return { kind: 'broken', seq: before.length + 1, why, ...(where === undefined ? {} : { where }) };
}
