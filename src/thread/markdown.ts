import { cleanLine, cleanOutput, shorten } from './clean.ts';

/** Longest text of others that stands in a sentence or a table's cell; longer ones show head and tail. */
const LONGEST_INLINE = 300;

/** Text of others as plain text in a sentence: no Markdown, no HTML, no mention and no reference comes from it. */
export const plain = (text: string, most = LONGEST_INLINE): string =>
  inert(shorten(cleanLine(text), most).replaceAll('&', '&amp;').replaceAll('<', '&lt;'))
    .replaceAll(/[\\`*{}[\]~$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (mark) => `\\${mark}`)
    .replaceAll('|', '&#124;')
    .replace(/^(?:[#>=]|[+-](?=\s|$)|\d+[.)])/, (start) => `${start.slice(0, -1)}\\${start.slice(-1)}`);

/**
 * GitHub makes mentions, references and links of plain words; an unseen space stops it. Not within `ops@host`, which is
 * no mention and is copied into terminals. What may stand before a mention is all but the letters of ASCII: `.@who` is one.
 */
const inert = (text: string): string =>
  text
    .replaceAll(/(?<![A-Za-z0-9_])@(?=[\p{L}\p{N}_])|#(?=\d)/gu, '$&&#8203;')
    .replaceAll(/(?:https?|ftp)(?=:)|\bwww(?=\.)|\bgh(?=-\d)/giu, '$&&#8203;');

/** Room for a reason that a host, a plan or another room gives, which may name what to do. */
const LONGEST_REASON = 1_000;

/** Others' words that may hold code spans, as our own reasons and refusals do: those stay, all else is plain text. */
export function prose(text: string): string {
  const clean = shorten(cleanLine(text), LONGEST_REASON);
  return clean
    .split(/((?<!`)(`+)(?!`).+?(?<!`)\2(?!`))/)
    .map((part, index) => {
      // Every third part is the run of backticks itself.
      if (index % 3 === 2) return '';
      return index % 3 === 1 ? code(part.replaceAll(/^`+ ?| ?`+$/g, '')) : spaced(part);
    })
    .join('');
}

/** Plain text that keeps the spaces at its ends. */
const spaced = (text: string): string =>
  (text.startsWith(' ') ? ' ' : '') + plain(text, LONGEST_REASON) + (text.length > 1 && text.endsWith(' ') ? ' ' : '');

/** Text of others for where Markdown is not read, as in `<summary>`. */
export const html = (text: string): string =>
  inert(
    shorten(cleanLine(text), LONGEST_INLINE).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  );

/** Text of others as an inline code span, whatever backticks it holds. A pipe is safe in a table's cell too. */
export function code(text: string): string {
  const clean = shorten(cleanLine(text), LONGEST_INLINE);
  if (clean === '') return '(empty)';
  const ticks = '`'.repeat(longestRun(clean, /`+/g) + 1);
  const pad = clean.startsWith('`') || clean.endsWith('`') ? ' ' : '';
  return ticks + pad + clean + pad + ticks;
}

/**
 * Text of others as code within a table. Readers of Markdown do not agree on how a pipe is written there, so a text that
 * holds one is written as HTML, every mark in it by its number.
 */
export function cellCode(text: string): string {
  if (!text.includes('|')) return code(text);
  const clean = shorten(cleanLine(text), LONGEST_INLINE);
  return `<code>${clean.replaceAll(/[!-/:-@[-`{-~]/g, (mark) => `&#${mark.charCodeAt(0)};`)}</code>`;
}

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

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `a, b and c`. */
export function listed(words: readonly string[], last: 'and' | 'or' = 'and'): string {
  const end = words.at(-1);
  return words.length < 2 || end === undefined ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${end}`;
}

/** `1 step`, `3 steps`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const longestRun = (text: string, runs: RegExp): number =>
  (text.match(runs) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
