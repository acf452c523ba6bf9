import { cleanLine, cleanOutput, shorten } from './clean.ts';
import type { Tone } from './marks.ts';

/** Colours a text for a terminal. Without colours it gives the text back. */
export type Style = (text: string, tone: Tone | 'title') => string;

export const plainStyle: Style = (text) => text;

/** Text of others in a line of a terminal: nothing in it can move the cursor or hide. */
export const line = (text: string, most = 500): string => shorten(cleanLine(text), most);

/** Text of others as lines under something, each with a bar before it, so that it cannot be taken for ours. */
export function quoted(text: string, most: number): readonly string[] {
  return shorten(cleanOutput(text).replace(/\n+$/, ''), most)
    .split('\n')
    .map((each) => `    | ${each}`.trimEnd());
}

/** Breaks a sentence at spaces so that it fits a narrow terminal; a word longer than that stays whole. */
export function wrap(text: string, indent: string, width = 60): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    if (current !== '' && indent.length + current.length + 1 + word.length > width) {
      lines.push(indent + current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, indent + current];
}

/** A sentence as a point of a list, its further lines below its first. */
export function bullet(text: string, indent: string): readonly string[] {
  const [first = '', ...rest] = wrap(text, `${indent}  `);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}
