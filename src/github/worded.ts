import { code, plain } from '../thread/markdown.ts';

/** Room for what a refusal says in a line. */
const LONGEST = 1_000;

/**
 * Words of another room, in which backticks mark what is typed, as Markdown. What a person has typed stands in them, so
 * nothing else in them is read as Markdown, and nobody is called by it.
 */
export const worded = (texts: readonly string[]): string => {
  const lines = texts.map((text) =>
    text
      .split(/(`[^`]+`)/)
      .map((part) => (/^`[^`]+`$/.test(part) ? code(part.slice(1, -1)) : spaced(part)))
      .join(''),
  );
  const [only] = lines;
  return lines.length === 1 && only !== undefined ? only : lines.map((line) => `- ${line}`).join('\n');
};

/** `plain` trims; the space beside a code span has to stay. */
const spaced = (part: string): string => {
  const [, before = '', text = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(part) ?? [];
  return `${before === '' ? '' : ' '}${text === '' ? '' : plain(text, LONGEST)}${after === '' ? '' : ' '}`;
};
