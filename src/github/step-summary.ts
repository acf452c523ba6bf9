import type { HeardWord } from './heard-words.ts';

/** GitHub takes 1 MiB for a step. */
const MOST_BYTES = 1_000_000;

/** What a job says of itself on its page: the words that it wrote in threads, as they stand there. */
export function stepSummary(words: readonly HeardWord[], error?: string): string {
  const parts = [...(error === undefined ? [] : [`${error}\n`]), ...words.map(partOf)];
  const fitting = parts.filter((_, index) => Buffer.byteLength(parts.slice(0, index + 1).join('')) < MOST_BYTES);
  const left = parts.length - fitting.length;
  const more = left === 0 ? '' : `\n${String(left)} more of its comments have no room here.\n`;
  return parts.length === 0 ? 'There was nothing to say.\n' : `${fitting.join('\n---\n\n')}${more}`;
}

/** A comment for the job's log: a title, and all of it. */
export function logPart({ body, link }: HeardWord): { readonly title: string; readonly text: string } {
  // Where commands are off GitHub's page still draws lines that begin so: as folds, errors, warnings.
  const text = textOf(body).replaceAll('##[', '## [');
  const [title = ''] = text.split('\n');
  return { title, text: `${link ?? 'GitHub did not take this.'}\n\n${text}\n` };
}

/** Without the line that nobody sees. */
const textOf = (body: string): string => body.replace(/^<!-- changeover:[^>]*-->\n/, '').trim();

function partOf({ body, link }: HeardWord): string {
  const text = textOf(body);
  return `${link === undefined ? 'GitHub did not take this' : `[In the thread](${link})`}:\n\n${text}\n`;
}
