import type { Captured, ReadResult } from '../run/types.ts';
import { cleanOutput, wholeEnds } from './clean.ts';
import { size } from './format.ts';
import { blocks, fence } from './markdown.ts';

/** How much of an output is shown: characters at its head (may be none) and at its tail. */
export interface OutputRoom {
  readonly head: number;
  readonly tail: number;
}

/** Colours and progress bars make an output longer than what is left of it to be read, seldom by more than this. */
const SLACK = 4;

/**
 * Head and tail of an output, with what was left out named between them. Cleaned before it is cut, so that half an
 * escape sequence can never stand at the cut, and cut at line ends where lines are of a length for people.
 */
export function excerpt(captured: Captured, room: OutputRoom): string {
  const [before, after, omitted] =
    'text' in captured ? [captured.text, captured.text, 0] : [captured.head, captured.tail, captured.omitted_bytes];
  const all = room.head + room.tail;
  if ('text' in captured && before.length <= all * SLACK) {
    const clean = cleanOutput(before);
    if (clean.length <= all) return clean.replace(/\n$/, '');
  }
  const first = cleanOutput(before.slice(0, room.head * SLACK));
  const last = cleanOutput(after.slice(-room.tail * SLACK));
  const head = room.head === 0 ? '' : upToLineEnd(first.slice(0, room.head));
  const tail = last.length <= room.tail ? last : fromLineBegin(last.slice(-room.tail));
  const total = bytes(before) + ('text' in captured ? 0 : bytes(after)) + omitted;
  const left = Math.max(1, total - bytes(head) - bytes(tail));
  return [head.replace(/\n$/, ''), `[… ${size(left)} left out …]`, tail.replace(/\n$/, '')]
    .filter((part) => part !== '')
    .join('\n');
}

const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** Lines longer than this are cut within: there is no line end near. */
const NEAR = 200;

function upToLineEnd(text: string): string {
  const end = text.lastIndexOf('\n');
  return end >= text.length - NEAR && end > 0 ? text.slice(0, end + 1) : wholeEnds(text);
}

function fromLineBegin(text: string): string {
  const begin = text.indexOf('\n');
  return begin >= 0 && begin < NEAR && begin < text.length - 1 ? text.slice(begin + 1) : wholeEnds(text);
}

/** Both streams as code blocks; undefined where nothing was printed. */
export function outputBlocks(
  output: { readonly stdout: Captured; readonly stderr: Captured },
  room: OutputRoom,
): string | undefined {
  const out = excerpt(output.stdout, room);
  const err = excerpt(output.stderr, room);
  if (out === '' && err === '') return undefined;
  return blocks(
    out === '' ? undefined : fence(out),
    err === '' ? undefined : blocks(out === '' ? undefined : 'On standard error:', fence(err)),
  );
}

/** The last lines of an output, error stream preferred: what an operator looks at first. */
export function lastLines(
  output: { readonly stdout: Captured; readonly stderr: Captured },
  lines: number,
  characters: number,
): string {
  for (const captured of [output.stderr, output.stdout]) {
    const text = cleanOutput('text' in captured ? captured.text : captured.tail).replace(/\s+$/, '');
    if (text === '') continue;
    return wholeEnds(text.split('\n').slice(-lines).join('\n').slice(-characters));
  }
  return '';
}

/** What a read-only look printed, in the form of a job's output. */
export const readOutput = (read: ReadResult): { readonly stdout: Captured; readonly stderr: Captured } => ({
  stdout: { text: read.stdout },
  stderr: { text: read.stderr },
});
