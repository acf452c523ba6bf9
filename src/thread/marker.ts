import type { RunId } from '../run/types.ts';

/** Which of a run's comments one is. `prompt-p1`, `say-<step>`, `live`, `end`. */
export type CommentKind = 'live' | 'end' | `prompt-${string}` | `say-${string}`;

/** Names a comment in its first line, unseen by readers, so that it can be looked up before it is made. */
export const marker = (run: RunId, kind: CommentKind): string => `<!-- changeover:run=${run} kind=${kind} -->`;

const MARKER = /^<!-- changeover:run=([0-9a-z-]+) kind=([A-Za-z0-9_./-]+)(?: head=[0-9a-f]*)? -->/;

/** The marker with the journal's head, so that a changed journal and an unchanged comment cannot both be believed. */
export const markerWithHead = (run: RunId, kind: CommentKind, head: string): string =>
  `<!-- changeover:run=${run} kind=${kind} head=${head} -->`;

/**
 * The marker that a comment's body begins with, without a head, so that it compares with `marker`. One further down is a
 * text that some program printed and names nothing.
 */
export function markerOf(body: string): string | undefined {
  const found = MARKER.exec(body);
  return found === null ? undefined : `<!-- changeover:run=${found[1] ?? ''} kind=${found[2] ?? ''} -->`;
}

/** A step's id as part of a marker. */
export const markerWord = (text: string): string => text.replaceAll(/[^A-Za-z0-9_./-]/g, '_').slice(0, 100);
