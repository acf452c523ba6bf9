import type { HeardWord } from './heard-words.ts';

/** GitHub takes 1 MiB for a step. */
const MOST_BYTES = 1_000_000;

/** What a job says of itself on its page: the words that it wrote in threads, as they stand there. */
export function stepSummary(words: readonly HeardWord[]): string {
  const parts = words.map(partOf);
  const fitting = parts.filter((_, index) => Buffer.byteLength(parts.slice(0, index + 1).join('')) < MOST_BYTES);
  const left = parts.length - fitting.length;
  const more = left === 0 ? '' : `\n${String(left)} more of its comments have no room here.\n`;
  return parts.length === 0 ? 'There was nothing to say.\n' : `${fitting.join('\n---\n\n')}${more}`;
}

function partOf({ body, link }: HeardWord): string {
  const text = body.replace(/^<!-- changeover:[^>]*-->\n/, '').trim();
  return `${link === undefined ? 'GitHub did not take this' : `[In the thread](${link})`}:\n\n${text}\n`;
}
