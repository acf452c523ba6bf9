import { cleanLine, cleanOutput, shorten } from './clean.ts';

/** Longest text of others that stands in a sentence or a table's cell; longer ones show head and tail. */
const LONGEST_INLINE = 300;

/** Text of others as plain text in a sentence: no Markdown, no HTML, no mention and no reference comes from it. */
export const plain = (text: string, most = LONGEST_INLINE): string =>
  shorten(cleanLine(text), most)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]~|$]/g, (mark) => `\\${mark}`)
    .replaceAll(/([@#])(?=[\p{L}\p{N}_])/gu, '$1&#8203;')
    .replaceAll(/\b(https?|ftp)(?=:)|\b(www)(?=\.)|\b(gh)(?=-\d)/giu, '$&&#8203;')
    .replace(/^(?:#|[+-](?=\s|$)|\d+[.)]|=)/, (start) => start.replace(/[#+\-.)=]/, (mark) => `\\${mark}`));

/** The same for where Markdown is not read, as in `<summary>`. */
export const html = (text: string): string =>
  shorten(cleanLine(text), LONGEST_INLINE)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/([@#])(?=[\p{L}\p{N}_])/gu, '$1&#8203;');

/** Text of others as an inline code span, whatever backticks it holds. A pipe is safe in a table's cell too. */
export function code(text: string): string {
  const clean = shorten(cleanLine(text), LONGEST_INLINE);
  if (clean === '') return '(empty)';
  const ticks = '`'.repeat(longestRun(clean, /`+/g) + 1);
  const pad = clean.startsWith('`') || clean.endsWith('`') ? ' ' : '';
  return ticks + pad + clean + pad + ticks;
}

/** A code span within a table, where a pipe would end the cell even in code. */
export const cellCode = (text: string): string => code(text).replaceAll('|', '\\|');

/** A code block, fenced longer than any fence in it. The text is cleaned; nothing in it is read as Markdown. */
export function fence(text: string, language = 'text'): string {
  const clean = cleanOutput(text).replace(/\n+$/, '');
  const ticks = '`'.repeat(Math.max(3, longestRun(clean, /`+/g) + 1));
  return `${ticks}${language}\n${clean}\n${ticks}`;
}

/** @param summary HTML; @param body Markdown. */
export const details = (summary: string, body: string): string =>
  `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;

/** Rows of ready-made cells. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((title) => (title === '#' ? '--:' : '---'))), ...rows.map(line)].join('\n');
}

/** Blocks one under the other; those that say nothing are left out. */
export const blocks = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join('\n\n');

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1);
  return words.length < 2 || last === undefined ? words.join('') : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** `1 step`, `3 steps`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const longestRun = (text: string, runs: RegExp): number =>
  (text.match(runs) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
