import type { RunState } from '../run/types.ts';
import type { Posted } from './check-thread-text.ts';
import { textDigest } from './marker.ts';

/**
 * A comment of Changeover's own that stands for a command which came in another way. Its first line, unseen by readers,
 * names what it stands for (`issue-7`, `dispatch-123`) and holds the digest of its text, so that an edit shows.
 */
export const standInBody = (key: string, text: string): string =>
  `${standInStart(key)}text=${textDigest(text)} -->\n${text}`;

/** What such a comment begins with, whatever it says. */
export const standInStart = (key: string): string => `<!-- changeover:stands-for=${key} `;

const MARKER = /^<!-- changeover:stands-for=(\S+) text=([0-9a-f]{64}) -->/;

/** What such a comment says of the command that it stands for. */
export interface StoodFor {
  readonly key: string;
  readonly command: string;
}

/** Reads a body, which must be Changeover's own: anybody can write one that looks like it. */
export function readStandIn(body: string): StoodFor | undefined {
  const [line, key] = MARKER.exec(body) ?? [];
  if (line === undefined || key === undefined) return undefined;
  const [, , command = ''] = /: (`+) ?(.*?) ?\1$/.exec(body.trim()) ?? [];
  return { key, command };
}

/** What is wrong with the comment that stands for a run's command, in words; nothing where that was a comment itself. */
export function standInFaults({ where, mode }: RunState, posted: readonly Posted[]): readonly string[] {
  if (where.kind !== 'issue' || where.stands_for === undefined) return [];
  const start = standInStart(where.stands_for);
  const found = posted.find(({ body }) => body.startsWith(start));
  const named = `the comment that stands for the command (${where.stands_for})`;
  if (found === undefined) {
    // A dry run may begin days after its command, and comments are read only from the day before it on.
    return mode === 'dryrun' ? [] : [`${named} is not in the thread: it was deleted, or its first line was changed`];
  }
  const [line = '', , digest] = MARKER.exec(found.body) ?? [];
  if (digest === textDigest(found.body.slice(line.length))) return [];
  return [`${named}, ${found.url}, was edited: its text is not the one that was posted`];
}
