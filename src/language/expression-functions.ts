/**
 * The functions of expressions: GitHub's, but with capitals told apart, as everywhere in procedures. `case` is not
 * among them: it looks at one value after the other, so it stands with the evaluation.
 */
import { parseJson } from './json-boundary.ts';
import type { Json } from './types.ts';

/** What a function refuses; the message is for the operator. */
export class Refused extends Error {}

/** No text made by an expression is longer: `format('{0}{0}', format('{0}{0}', …))` doubles at each level. */
export const LONGEST_TEXT = 1_048_576;

export const FUNCTION_NAMES = ['case', 'contains', 'endsWith', 'format', 'fromJSON', 'join', 'startsWith', 'toJSON'];

type Fn = (...args: readonly (Json | undefined)[]) => Json;

/**
 * How a value is written as text, in texts and environment variables alike: `true`, `1.5`, texts as they are, nothing
 * for null, lists and maps as JSON.
 */
export function toEnv(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What a value is, in an operator's words. */
export function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'number') return 'a number';
  if (typeof value === 'boolean') return 'true or false';
  return Array.isArray(value) ? 'a list' : 'a map';
}

export const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** @throws Refused where the text has grown too long. */
export function bounded(text: string): string {
  if (text.length > LONGEST_TEXT) throw new Refused(`the text is longer than ${LONGEST_TEXT} characters`);
  return text;
}

const FUNCTIONS: ReadonlyMap<string, Fn> = new Map<string, Fn>([
  ['contains', (search = null, item = null) => contains(search, item)],
  ['startsWith', (text = null, start = null) => plain('startsWith', text).startsWith(plain('startsWith', start))],
  ['endsWith', (text = null, end = null) => plain('endsWith', text).endsWith(plain('endsWith', end))],
  ['format', (pattern = null, ...values) => format(plain('format', pattern), values)],
  ['join', (list = null, separator = ',') => join(list, plain('join', separator))],
  ['toJSON', (value = null) => bounded(JSON.stringify(value, null, 2))],
  ['fromJSON', (text = null) => fromJson(plain('fromJSON', text))],
]);

/** @throws Refused */
export function call(name: string, args: readonly Json[]): Json {
  const made = FUNCTIONS.get(name);
  if (made === undefined) throw new Refused(`there is no function ${name}`);
  return made(...args);
}

function plain(name: string, value: Json): string {
  if (value === null || typeof value === 'object')
    throw new Refused(`${name}() wants a text, and this is ${kindOf(value)}`);
  return String(value);
}

function contains(search: Json, item: Json): boolean {
  if (isList(search)) return search.some((element) => element === item);
  return plain('contains', search).includes(plain('contains', item));
}

function join(list: Json, separator: string): string {
  if (!isList(list)) return plain('join', list);
  let joined = '';
  for (const [index, element] of list.entries()) {
    joined = bounded(`${joined}${index > 0 ? separator : ''}${toEnv(element)}`);
  }
  return joined;
}

function format(pattern: string, values: readonly (Json | undefined)[]): string {
  let made = '';
  // {{ and }} stand for { and }; {0} for the first value; any other brace is a slip.
  for (const [piece, index] of pattern.matchAll(/\{\{|\}\}|\{(\d{1,3})\}|[{}]|[^{}]+/g)) {
    made = bounded(made + formatted(piece, index, values));
  }
  return made;
}

function formatted(piece: string, index: string | undefined, values: readonly (Json | undefined)[]): string {
  if (index !== undefined) {
    const value = values[Number(index)];
    if (value === undefined) throw new Refused(`format() has no value for ${piece}: the first one is {0}`);
    return toEnv(value);
  }
  if (piece === '{' || piece === '}') throw new Refused(`format(): write ${piece}${piece} for a ${piece} in the text`);
  return piece === '{{' ? '{' : piece === '}}' ? '}' : piece;
}

function fromJson(text: string): Json {
  const value = parsed(text);
  if (holdsHalves(value)) throw new Refused(`fromJSON() was given a text with ${HALF}`);
  return value;
}

function parsed(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw new Refused('fromJSON() was given a text that is not JSON');
  }
}

/** What escapes can write though it is no text; neither the journal nor a host can be given it. */
export const HALF = 'half of a character (a lone surrogate, such as \\ud83d without the \\ude00 that belongs to it)';

export const isHalved = (text: string): boolean => /\p{Cs}/u.test(text);

function holdsHalves(value: Json): boolean {
  if (typeof value === 'string') return isHalved(value);
  if (value === null || typeof value !== 'object') return false;
  if (isList(value)) return value.some(holdsHalves);
  return Object.entries(value).some(([key, inside]) => isHalved(key) || holdsHalves(inside));
}
