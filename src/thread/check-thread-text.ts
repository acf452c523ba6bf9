import type { Marked } from './marker.ts';

/** A comment of Changeover's own as it stands in an issue. */
export interface Posted {
  readonly url: string;
  readonly body: string;
}

export type Found = Posted & { readonly marked: Marked };

/** `the prompt p1`, as people call a comment. */
export function nameOf(kind: string): string {
  const [, word, id = ''] = /^(prompt|say)-(.*)$/.exec(kind) ?? [];
  if (word === 'prompt') return `the prompt ${id}`;
  if (word === 'say') return `the comment of step ${id}`;
  return kind === 'end' ? 'the end comment' : `the ${kind} comment`;
}

const WHO = 'GitHub shows behind “edited” who did that';
const CUT = 'events are missing or were changed, or the comment was edited';

const named = ({ marked, url }: Found): string => `${nameOf(marked.kind)} (${url})`;

const nth = ({ head }: Marked, hashes: readonly string[]): string =>
  head === undefined ? 'no event' : `event ${String(hashes.indexOf(head) + 1)}`;

/** What is wrong with comments, in words that name them. */
export const TEXT = {
  missing: (kind: string): string =>
    `${nameOf(kind)} is not in the thread: it was deleted, its first line was changed, or it was never posted`,
  unsaid: (kind: string): string =>
    `${nameOf(kind)} is not in the thread: a terminal had the run then, and posts no comments`,
  unknownHead: (found: Found): string =>
    `${named(found)} names event ${found.marked.head ?? ''}, which this journal does not have: ${CUT}`,
  unknown: (found: Found): string => `${named(found)} tells of something that this journal does not have: ${CUT}`,
  ofLost: (found: Found): string =>
    `${named(found)} may be of the record that was lost: this one was made anew from the hosts, so it was not compared`,
  edited: (found: Found): string => `${named(found)} was edited: its text is not the one that was posted (${WHO})`,
  otherHead: (found: Found, ours: Marked, hashes: readonly string[]): string =>
    found.marked.head === undefined
      ? `${named(found)} carries no hash, though it stands for ${nth(ours, hashes)}: its first line was changed (${WHO})`
      : `${named(found)} carries the hash of ${nth(found.marked, hashes)}, and stands for ${nth(ours, hashes)}: its first line was changed (${WHO})`,
  undigested: (found: Found): string =>
    `${named(found)} was edited: neither are these the record's words, nor does its first line hold their digest (${WHO})`,
  otherWords: (found: Found): string =>
    `${named(found)} has other words than this version of Changeover makes of the record: another version wrote them, ` +
    `it was not brought up to date, or somebody changed its text and the digest in its first line (${WHO})`,
} as const;
