import type { Call } from '../engine/request.ts';
import type { DecisionKind } from '../run/types.ts';
import { mistakeText } from '../thread/mistake-text.ts';
import { parseWords } from '../thread/parse-command.ts';
import { DECISIONS } from '../thread/verbs.ts';

export type ParsedCall =
  | { readonly ok: true; readonly call: Call; readonly dryrun: boolean }
  | { readonly ok: false; readonly texts: readonly string[] };

/** Reads `VERB SYSTEM [ARGS…]` as a comment's words are read. */
export function parseCall(words: readonly string[]): ParsedCall {
  const parsed = parseWords(words);
  if (parsed.kind === 'mistake') return { ok: false, texts: [mistakeText(parsed.mistake)] };
  const { command } = parsed;
  if (command.kind !== 'procedure') {
    return {
      ok: false,
      texts: [`${words[0] ?? ''} is not a procedure's verb. Type: changeover run upgrade <system> …`],
    };
  }
  if (command.at !== undefined) {
    return {
      ok: false,
      texts: ['This version cannot start a run later. Leave out "at …" and start it when it is time.'],
    };
  }
  const { verb, system, positional, named, environment, dryrun } = command;
  return { ok: true, call: { verb, system, positional, named: Object.entries(named), environment }, dryrun };
}

/** The words that answer a prompt. */
export const ANSWERS: readonly string[] = Object.keys(DECISIONS);

export function isAnswer(word: string): word is DecisionKind {
  return Object.hasOwn(DECISIONS, word);
}
