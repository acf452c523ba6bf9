import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { EventBody, Instant, RunEvent, RunId } from './types.ts';

/** What stands as `prev` in a run's first event. */
export const NO_HASH = '0'.repeat(64);

/** An event as its line in the journal (RFC 8785, without the newline), and the hash that the next event names. */
export interface Sealed {
  readonly event: RunEvent;
  readonly line: string;
  readonly hash: string;
}

/** Numbers an event and chains it to the one before. `head`: hash of the last line, `NO_HASH` for the first. */
export function seal(head: string, seq: number, run: RunId, at: Instant, body: EventBody): Sealed {
  const event: RunEvent = { ...body, seq, at, run, prev: head };
  const line = lineOf(event);
  return { event, line, hash: hashOf(line) };
}

/** The event's line, the same on every machine. */
export function lineOf(event: RunEvent): string {
  const line = canonicalize(event);
  if (line === undefined) throw new Error(`Event ${String(event.seq)} of run ${event.run} cannot be written as JSON.`);
  return line;
}

/** Hashes of events whose lines were at hand: to write a line once more for its hash costs as much as to write it. */
const hashes = new WeakMap<RunEvent, string>();

/** Remembers an event's hash with it. */
export function withHash(event: RunEvent, hash: string): RunEvent {
  hashes.set(event, hash);
  return event;
}

/** The hash that the event after this one names. */
export const headAt = (event: RunEvent): string => hashes.get(event) ?? hashOf(lineOf(event));

/** Lower-case hex SHA-256 of a line without its newline. */
export const hashOf = (line: string): string => hash('sha256', line);

/** `broken`: the first event, by its number, that is not what was written, in words. `head`: the last line's hash. */
export type Checked =
  | { readonly kind: 'ok'; readonly head: string; readonly count: number }
  | { readonly kind: 'broken'; readonly seq: number; readonly why: string };

/** Whether lines (without newlines) are a run's whole record: numbered from 1, each chained to the one before. */
export function checkLines(lines: readonly string[]): Checked {
  let head = NO_HASH;
  let run: string | undefined;
  for (const [index, line] of lines.entries()) {
    const seq = index + 1;
    const link = linkOf(line);
    if (link === undefined)
      return { kind: 'broken', seq, why: `event ${String(seq)} is not a line of JSON as written` };
    if (link.prev !== head) return { kind: 'broken', seq: Math.max(1, index), why: unchained(index) };
    if (link.seq !== seq) {
      return { kind: 'broken', seq, why: `event ${String(seq)} is numbered ${String(link.seq)}: events are missing` };
    }
    if (run !== undefined && link.run !== run) {
      return { kind: 'broken', seq, why: `event ${String(seq)} belongs to run ${link.run}, not to ${run}` };
    }
    run = link.run;
    head = hashOf(line);
  }
  return { kind: 'ok', head, count: lines.length };
}

function unchained(before: number): string {
  return before === 0
    ? 'event 1 is not the beginning: it names an event before it'
    : `event ${String(before)} is not what event ${String(before + 1)} was chained to: one of the two was changed, or events between them are gone`;
}

/** What chains a line; undefined where it is not canonical JSON with these parts. */
function linkOf(line: string): { readonly seq: number; readonly run: string; readonly prev: string } | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || canonicalize(parsed) !== line) return undefined;
  if (!('seq' in parsed && 'run' in parsed && 'prev' in parsed)) return undefined;
  const { seq, run, prev } = parsed;
  return typeof seq === 'number' && typeof run === 'string' && typeof prev === 'string'
    ? { seq, run, prev }
    : undefined;
}
