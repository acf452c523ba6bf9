import type { Scalar } from 'yaml';

/**
 * Where the character `offset` of a YAML text stands in the file. Reading a text only takes away: quotes, escapes,
 * indentation, line breaks. So the two are walked side by side, and what is not white space is found in its order.
 */
export function sourceOffset(node: Scalar, text: string, offset: number): number {
  const { value, range } = node;
  const [start, end] = range ?? [0, 0];
  if (typeof value !== 'string') return start;
  const block = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  let at = block ? lineAfter(text, start) : start + (node.type === 'PLAIN' ? 0 : 1);
  for (let done = 0; done < value.length && at < end; done += 1) {
    const character = value.charAt(done);
    if (/\s/.test(character)) continue;
    at = findFrom(node.type, text, at, end, character);
    if (done >= offset) return at;
    at += lengthAt(node.type, text, at);
  }
  return Math.min(at, Math.max(start, end - 1));
}

const lineAfter = (text: string, from: number): number => {
  const newline = text.indexOf('\n', from);
  return newline < 0 ? text.length : newline + 1;
};

function findFrom(type: Scalar['type'], text: string, from: number, end: number, character: string): number {
  let at = from;
  while (at < end && !standsFor(type, text, at, character)) at += lengthAt(type, text, at);
  return at;
}

function standsFor(type: Scalar['type'], text: string, at: number, character: string): boolean {
  if (type !== 'QUOTE_DOUBLE' || text[at] !== '\\') return text[at] === character;
  const escape = text.slice(at, at + lengthAt(type, text, at));
  const code = /^\\[xuU]([0-9a-fA-F]+)$/.exec(escape)?.[1];
  return code === undefined ? escape[1] === character : String.fromCodePoint(parseInt(code, 16)).startsWith(character);
}

const ESCAPED: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

/** How many characters of the file make one of the text. */
function lengthAt(type: Scalar['type'], text: string, at: number): number {
  if (type === 'QUOTE_SINGLE') return text.startsWith("''", at) ? 2 : 1;
  if (type !== 'QUOTE_DOUBLE' || text[at] !== '\\') return 1;
  return ESCAPED[text[at + 1] ?? ''] ?? 2;
}
