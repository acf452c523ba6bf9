import { createHash } from 'node:crypto';
import type { RunId } from '../run/types.ts';

/** Which of a run's comments one is. `prompt-p1`, `say-<step>`, `approval` … A record is told by them: they stay. */
export type CommentKind = 'live' | 'approval' | 'end' | `prompt-${string}` | `say-${string}`;

/** Names a comment in its first line, unseen by readers, so that it can be looked up before it is made. */
export const marker = (run: RunId, kind: CommentKind): string => `<!-- changeover:run=${run} kind=${kind} -->`;

const MARKER =
  /^<!-- changeover:run=([0-9a-z-]+) kind=([A-Za-z0-9_./-]+)(?: head=([0-9a-f]*))?(?: text=([0-9a-f]*))? -->/;

/**
 * A comment's body. Its first line names it, by its marker and more: the journal's head, where one belongs to it, so that
 * a changed journal and an unchanged comment cannot both be believed; and the digest of its text, so that an edit shows
 * though another version would put the same record into other words.
 */
export function markedBody(run: RunId, kind: CommentKind, head: string | undefined, text: string): string {
  const words = [
    `run=${run} kind=${kind}`,
    ...(head === undefined ? [] : [`head=${head}`]),
    `text=${textDigest(text)}`,
  ];
  return `<!-- changeover:${words.join(' ')} -->\n${text}`;
}

/** What the first line of a run's comment says of it, and the text below. */
export interface Marked {
  readonly run: RunId;
  readonly kind: string;
  readonly head?: string;
  /** Digest of the text as it was written. */
  readonly digest?: string;
  readonly text: string;
}

/** Reads a body that begins with a marker. One further down is a text that some program printed and names nothing. */
export function readMarked(body: string): Marked | undefined {
  const found = MARKER.exec(body);
  if (found === null) return undefined;
  const [line, run = '', kind = '', head, digest] = found;
  return {
    run,
    kind,
    ...(head === undefined ? {} : { head }),
    ...(digest === undefined ? {} : { digest }),
    text: asShown(body.slice(line.length)),
  };
}

/** The marker that a comment's body begins with, without what it says more, so that it compares with `marker`. */
export function markerOf(body: string): string | undefined {
  const found = MARKER.exec(body);
  return found === null ? undefined : `<!-- changeover:run=${found[1] ?? ''} kind=${found[2] ?? ''} -->`;
}

/** Lower-case hex SHA-256 of a text as it is shown. */
export const textDigest = (text: string): string => createHash('sha256').update(asShown(text)).digest('hex');

/** Without what nobody sees and a browser's editor may change: line ends, and space around the whole. */
const asShown = (text: string): string => text.replaceAll('\r\n', '\n').trim();

/** A step's id as part of a marker. */
export const markerWord = (text: string): string => text.replaceAll(/[^A-Za-z0-9_./-]/g, '_').slice(0, 100);
