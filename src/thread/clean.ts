import { codeOf } from './characters.ts';

/**
 * Escape sequences of terminals: those that carry a text (titles, links), CSI, and the short ones. One without its end
 * loses its first characters alone, so that it cannot take what follows with it. Written as texts, since a pattern with
 * control characters in it reads badly.
 */
const ESCAPES = new RegExp(
  [
    String.raw`\u001b[\]PX^_][^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)`,
    String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]`,
    String.raw`\u001b[ -/]*[0-~]?`,
  ].join('|'),
  'gu',
);

/** What is invisible, changes the direction of text, or is no whole character. Tabs, line ends and emoji selectors stay. */
const UNSEEN = /(?!\n|\t|\uFE0F)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;

/**
 * A program's output made fit to be read by people: colours and cursor moves gone, `\r` (progress bars) as line ends,
 * every other unseen character shown by its number, so that nothing can be hidden or turned round.
 */
export function cleanOutput(text: string): string {
  return text
    .replaceAll(ESCAPES, '')
    .replaceAll(/\r+\n|\r/g, '\n')
    .replaceAll(UNSEEN, (character) => `<${codeOf(character)}>`);
}

/** One line of it: for names and reasons that stand in a sentence or a table. */
export const cleanLine = (text: string): string => cleanOutput(text).replaceAll(/\s+/g, ' ').trim();

/** At most so many characters, the middle left out and its size said. Never half a character. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.max(1, Math.floor((most - 3) / 2));
  return `${wholeEnds(text.slice(0, half))} … ${wholeEnds(text.slice(-half))}`;
}

/** A cut may fall into a character of two halves; the half goes. */
export const wholeEnds = (text: string): string => text.replace(/^[\uDC00-\uDFFF]/, '').replace(/[\uD800-\uDBFF]$/, '');
