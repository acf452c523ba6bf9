import { cleanLine, cleanOutput, shorten } from './clean.ts';
import { plain } from './markdown.ts';

/** Where values stand in a text: from, and up to but not including, in UTF-16 units; in order, none in another. */
export type Inserted = readonly (readonly [number, number])[];

const UNSEEN_SPACE = '&#8203;';

/**
 * A procedure's own text with values of others in it: the text keeps its Markdown and calls whom it calls, while a value
 * is plain text, and a value of several lines is a code block.
 * @param most characters of a value; longer ones show head and tail.
 */
export function said(text: string, inserted: Inserted, most: number): string {
  let made = '';
  let at = 0;
  inserted.forEach(([from, to], index) => {
    made += text.slice(at, from);
    const after = text.slice(to, inserted[index + 1]?.[0]);
    made += shown(made, text.slice(from, to), after, most);
    at = to;
  });
  return made + text.slice(at);
}

function shown(before: string, value: string, after: string, most: number): string {
  const clean = cleanOutput(value).trim();
  if (clean === '') return '';
  if (clean.includes('\n')) return `\n\n${block(shorten(clean, most))}\n\n`;
  if (isCode(before, after) && !clean.includes('`')) return shorten(cleanLine(clean), most);
  const text = plain(clean, most);
  const begun = BEGINNING.test(before) ? text.replace(/^[-~]/, '\\$&') : text.replace(/^(\d*)\\(?=[.)#>=+-])/, '$1');
  // What the procedure ends with, or goes on with, must not make a mention or a reference of it.
  return `${/[@#]$/.test(before) ? UNSEEN_SPACE : ''}${begun}${/[@#]$/.test(clean) ? UNSEEN_SPACE : ''}`;
}

/** No fence is left in it: also where the procedure has a code block of its own around it, it must not end that. */
const block = (value: string): string => `\`\`\`text\n${value.replaceAll(/([`~])(?=\1\1)/g, '$1\u200b')}\n\`\`\``;

/** Where a line begins, be it in a list or a quote. */
const BEGINNING = /(?:^|\n)[ \t]*(?:(?:[-*+>]|\d+[.)])[ \t]*)*$/;

/** Whether the procedure has put the value into a code span of its own, as far as that is beyond doubt. */
function isCode(before: string, after: string): boolean {
  if (/``|\\/.test(before)) return false;
  const lines = before.split('\n').map((line) => line.split('`').length - 1);
  const open = lines.pop() ?? 0;
  return open % 2 === 1 && lines.every((ticks) => ticks % 2 === 0) && /^[^`\n]*`(?!`)/.test(after);
}
