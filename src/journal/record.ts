import { checkLines } from '../run/chain.ts';
import { unknownEvent } from '../run/known.ts';
import type { RunId, Where } from '../run/types.ts';
import { eventsOf, whereOf } from './event-boundary.ts';

/** `where` it is talked about, as far as its first line still tells. */
export interface Broken {
  readonly kind: 'broken';
  readonly seq: number;
  readonly why: string;
  readonly where?: Where;
  /** It is whole, but a newer version wrote it. */
  readonly newer?: true;
}

/** A run's whole lines in order, and the hash of the last one. */
export interface Whole {
  readonly kind: 'ok';
  readonly lines: readonly string[];
  readonly head: string;
}

/**
 * Checks the lines of a run's record.
 * @param run whose record it must be
 * @param named how its whole and its events are named to people
 */
export function recordOf(
  lines: readonly string[],
  run: RunId | undefined,
  { path, placeOf }: { readonly path: string; readonly placeOf: (seq: number) => string },
): Whole | Broken {
  const checked = checkLines(lines);
  const where = whereOf(lines[0] ?? '');
  const about = where === undefined ? {} : { where };
  if (checked.kind === 'broken') return { ...checked, why: `${placeOf(checked.seq)}: ${checked.why}`, ...about };
  if (lines.length === 0) return { kind: 'broken', seq: 1, why: `${placeOf(1)}: there is no whole event in it` };
  const events = eventsOf(lines);
  const own = events[0]?.run;
  if (run !== undefined && own !== run) {
    const why = `${path} is the record of run ${String(own)}, so it is not that of ${run}: give it its own name back`;
    return { kind: 'broken', seq: 1, why };
  }
  const newer = unknownEvent(events);
  if (newer !== undefined) {
    const why = `${placeOf(newer.seq)}: ${newer.why}`;
    return { kind: 'broken', seq: newer.seq, why, newer: true, ...about };
  }
  return { kind: 'ok', lines, head: checked.head };
}
