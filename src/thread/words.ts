import { VARIABLE } from '../language/names.ts';
import type { Mistake } from './mistake.ts';

/** A word of a command. `quoted`: somebody took care that it is read as a value and as nothing else. */
export type Word =
  | { readonly kind: 'bare'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'named'; readonly name: string; readonly value: string };

type Split = { readonly ok: true; readonly words: readonly Word[] } | { readonly ok: false; readonly mistake: Mistake };

const NAME = /^([A-Za-z_][A-Za-z0-9_]*)=/;
const SMART = /["“”„‟«»]/u;
const SMART_AT_START = /^[“”„‟«»‘’‚‛]/u;

/**
 * Splits what follows the verb: bare words and `name=value`, where a value may stand in 'single' or "double" quotes.
 * Quotes open a value only at its start, so `it's` needs none.
 * @param text without line ends.
 * @param column of its first character in the line, from 1, for the places in mistakes.
 */
export function splitWords(text: string, column: number): Split {
  const words: Word[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ' ') {
      at += 1;
      continue;
    }
    const name = NAME.exec(text.slice(at));
    const start = at + (name?.[0].length ?? 0);
    const value = readValue(text, start, column);
    if (!value.ok) return value;
    words.push(
      name?.[1] === undefined
        ? { kind: 'bare', text: value.text, quoted: value.quoted }
        : { kind: 'named', name: name[1], value: value.text },
    );
    at = value.end;
  }
  return { ok: true, words };
}

/** A word that a shell has already split and unquoted. */
export function wordOf(text: string): Word {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0));
  return VARIABLE.test(name)
    ? { kind: 'named', name, value: text.slice(at + 1) }
    : { kind: 'bare', text, quoted: /\s/.test(text) || text === '' };
}

type ReadValue =
  | { readonly ok: true; readonly text: string; readonly quoted: boolean; readonly end: number }
  | { readonly ok: false; readonly mistake: Mistake };

function readValue(text: string, start: number, column: number): ReadValue {
  const quote = text[start];
  if (quote === '"' || quote === "'") {
    const close = text.indexOf(quote, start + 1);
    if (close < 0) return wrong({ kind: 'unclosed_quote', quote, column: column + start });
    const end = close + 1;
    if (end < text.length && text[end] !== ' ')
      return wrong({ kind: 'after_quote', rest: upToSpace(text, end), column: column + end });
    return { ok: true, text: text.slice(start + 1, close), quoted: true, end };
  }
  const value = upToSpace(text, start);
  const smart = SMART_AT_START.exec(value) ?? SMART.exec(value.replaceAll('"', ''));
  if (smart !== null)
    return wrong({ kind: 'smart_quote', quote: smart[0], column: column + start + value.indexOf(smart[0]) });
  return { ok: true, text: value, quoted: false, end: start + value.length };
}

function upToSpace(text: string, start: number): string {
  const space = text.indexOf(' ', start);
  return text.slice(start, space < 0 ? text.length : space);
}

const wrong = (mistake: Mistake): { readonly ok: false; readonly mistake: Mistake } => ({ ok: false, mistake });
