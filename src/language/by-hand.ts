/** What a person would do in place of an action, for `explain`; and values as a person's shell takes them. */
import { toEnv } from './expressions.ts';
import { parseTemplate, type Part } from './template.ts';
import type { Condition, Value } from './types.ts';

/** One piece of an instruction. */
export type Instruction =
  /** A sentence in Markdown. */
  | { readonly say: string }
  /** A script to be run as it stands. */
  | { readonly script: string; readonly shell: 'sh' | 'bash' }
  /** A text to be copied, such as what shall stand in a file. */
  | { readonly show: string }
  /** Must hold before one goes on, or is waited for. */
  | { readonly holds: Condition; readonly say: string };

/** A step's work as a person does it, and takes it back; `undo` is empty where it does not undo itself. */
export interface ByHand {
  readonly work: readonly Instruction[];
  readonly undo: readonly Instruction[];
}

/** A value as one word of a shell command; params and vars are the variables that the page has had exported. */
export function shellWord(value: Value): string {
  if ('lit' in value) return literal(toEnv(value.lit));
  const template = parseTemplate(value.expr);
  const parts = template.ok ? template.parts : [];
  return `"${parts.map(inQuotes).join('')}"`;
}

/** A value as a person reads it in a sentence: literal text as it is, anything else as the procedure has it. */
export const written = (value: Value): string => ('lit' in value ? toEnv(value.lit) : value.expr);

const literal = (text: string): string =>
  /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

function inQuotes(part: Part): string {
  if (part.kind === 'text') return part.text.replaceAll(/[\\"$`]/g, (mark) => `\\${mark}`);
  const [, shared, own] = /^\s*(?:(?:params|vars)\.([A-Za-z_]\w*)|(item|item_key))\s*$/.exec(part.source) ?? [];
  // What has to be looked up first; in angle brackets, as where a command's usage is told.
  const name = shared ?? own;
  return name === undefined ? `<${part.source.trim()}>` : `\${${name}}`;
}
