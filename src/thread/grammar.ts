import { HOST, WORD } from '../language/names.ts';
import type { DecisionKind } from '../run/types.ts';
import { findOdd } from './characters.ts';
import type { Command } from './command.ts';
import type { Mistake } from './mistake.ts';
import { parseProcedure } from './parse-procedure.ts';
import { APPROVE, DECISIONS, LOCKS, type LockVerb, QUESTIONS, type QuestionKind, verbOf } from './verbs.ts';
import { splitWords, type Word, wordOf } from './words.ts';

export type ParsedCommand =
  { readonly kind: 'command'; readonly command: Command } | { readonly kind: 'mistake'; readonly mistake: Mistake };

const VERB = /^ *\/([a-z][a-z-]*)(?= |$)/;
const RUN = /^\d{8}-[0-9abcdefghjkmnpqrstvwxyz]{4}$/;
const PROMPT = /^p[1-9]\d{0,4}$/;
const DIGEST = /^[0-9a-fA-F]{1,64}$/;
/** A host, a group, or what procedures lock. */
const LOCKED = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const STEP = /^[A-Za-z0-9][A-Za-z0-9_./-]*$/;

/** Reads one line by the whole grammar, whether this version can do what it asks for or not. */
export function readCommandLine(line: string): ParsedCommand {
  const odd = findOdd(line);
  if (odd !== undefined) return mistake({ kind: 'odd_character', ...odd });
  const verb = VERB.exec(line);
  if (verb?.[1] === undefined) return mistake({ kind: 'no_verb', word: line });
  const split = splitWords(line.slice(verb[0].length), verb[0].length + 1);
  return split.ok ? parse(verb[1], split.words) : mistake(split.mistake);
}

/** The same for words that a shell has split, the verb first. */
export function readCommandWords(words: readonly string[]): ParsedCommand {
  const [verb = '', ...rest] = words;
  const odd = findOdd(words.join(' '));
  if (odd !== undefined) return mistake({ kind: 'odd_character', ...odd });
  return VERB.test(`/${verb}`) && !verb.includes(' ')
    ? parse(verb, rest.map(wordOf))
    : mistake({ kind: 'no_verb', word: verb });
}

function parse(word: string, words: readonly Word[]): ParsedCommand {
  const verb = verbOf(word);
  switch (verb.kind) {
    case 'decision':
      return parseDecision(verb.verb, words);
    case 'approve':
      return parseApprove(words);
    case 'question':
      return parseQuestion(verb.verb, words);
    case 'lock':
      return parseLock(verb.verb, words);
    case 'procedure':
      return parseProcedure(verb.verb, words);
  }
}

function parseDecision(decision: DecisionKind, words: readonly Word[]): ParsedCommand {
  const { usage } = DECISIONS[decision];
  // A pause answers nothing.
  const found =
    decision === 'pause' ? take(words, usage, { run: RUN }) : take(words, usage, { run: RUN, prompt: PROMPT });
  return found.ok ? command({ kind: 'decision', decision, ...found.values }) : mistake(found.mistake);
}

/** What the digits must be is judged where the plan is known, which can say what to type. */
function parseApprove(words: readonly Word[]): ParsedCommand {
  const found = take(words, APPROVE.usage, { run: RUN, prompt: PROMPT, digest: DIGEST });
  return found.ok ? command({ kind: 'approve', digest: '', ...found.values }) : mistake(found.mistake);
}

function parseLock(verb: LockVerb, words: readonly Word[]): ParsedCommand {
  const { usage } = LOCKS[verb];
  if (verb === 'cancel') {
    const found = take(words, usage, { run: RUN });
    if (!found.ok) return mistake(found.mistake);
    const { run } = found.values;
    return run === undefined ? mistake({ kind: 'what_of', usage }) : command({ kind: 'cancel', run });
  }
  const [name, ...rest] = words.map(textOf);
  if (name === undefined) return mistake({ kind: 'what_of', usage });
  if (!LOCKED.test(name)) return mistake({ kind: 'unexpected_word', usage, word: name });
  if (verb === 'unlock') {
    const [more] = rest;
    return more === undefined
      ? command({ kind: 'unlock', name })
      : mistake({ kind: 'unexpected_word', usage, word: more });
  }
  const reason = rest.join(' ').trim();
  return reason === '' ? mistake({ kind: 'no_reason', name }) : command({ kind: 'lock', name, reason });
}

function parseQuestion(question: QuestionKind, words: readonly Word[]): ParsedCommand {
  const { usage } = QUESTIONS[question];
  switch (question) {
    case 'help': {
      const found = take(words.map(withoutSlash), usage, { verb: WORD, system: WORD });
      return found.ok ? command({ kind: 'help', ...found.values }) : mistake(found.mistake);
    }
    case 'procedures':
    case 'queue':
    case 'hosts': {
      const found = take(words, usage, {});
      return found.ok ? command({ kind: question }) : mistake(found.mistake);
    }
    case 'status': {
      const found = take(words, usage, { run: RUN });
      return found.ok ? command({ kind: 'status', ...found.values }) : mistake(found.mistake);
    }
    case 'logs': {
      const found = take(words, usage, { run: RUN, step: STEP, host: HOST });
      if (!found.ok) return mistake(found.mistake);
      const { step, ...rest } = found.values;
      return step === undefined ? mistake({ kind: 'no_step' }) : command({ kind: 'logs', step, ...rest });
    }
  }
}

type Taken<K extends string> =
  | { readonly ok: true; readonly values: Readonly<Partial<Record<K, string>>> }
  | { readonly ok: false; readonly mistake: Mistake };

/** Gives each word to the first place that is free and that it fits. */
function take<K extends string>(words: readonly Word[], usage: string, places: Readonly<Record<K, RegExp>>): Taken<K> {
  const names = keysOf(places);
  const values: Partial<Record<K, string>> = {};
  for (const word of words) {
    const text = textOf(word);
    const name = names.find((key) => values[key] === undefined && places[key].test(text));
    if (name === undefined) return { ok: false, mistake: { kind: 'unexpected_word', usage, word: text } };
    values[name] = text;
  }
  return { ok: true, values };
}

const textOf = (word: Word): string => (word.kind === 'bare' ? word.text : `${word.name}=${word.value}`);

/** `Object.keys` forgets the keys' type; here they are exactly those of the literal passed in. */
const keysOf = <K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] => {
  const keys: K[] = [];
  for (const key in record) keys.push(key);
  return keys;
};

/** `/help /upgrade` means `/help upgrade`. */
const withoutSlash = (word: Word): Word =>
  word.kind === 'bare' && word.text.startsWith('/') ? { ...word, text: word.text.slice(1) } : word;

const command = (value: Command): ParsedCommand => ({ kind: 'command', command: value });
const mistake = (value: Mistake): ParsedCommand => ({ kind: 'mistake', mistake: value });
