/** What is wrong with how an expression is written, in words that say what to write instead. */
import { ExpressionError } from '@actions/expressions';
import type { Token } from '@actions/expressions/lexer';
import { FUNCTION_NAMES } from './expression-functions.ts';
import { didYouMean } from './suggest.ts';

export const CONTEXTS = ['params', 'vars', 'facts', 'hosts', 'steps', 'item', 'item_key', 'run'] as const;

export interface ExpressionProblem {
  /** From the beginning of the expression. */
  readonly offset: number;
  readonly message: string;
}

const problem = (offset: number, message: string): ExpressionProblem => ({ offset, message });

/** What GitHub's lexer refused, in words that say what to write. */
export function lexicalProblem(source: string, error: unknown): ExpressionProblem {
  const message = error instanceof Error ? error.message : '';
  const [, symbol = '', position = '1'] =
    /^Unexpected symbol: '([^]*)'\. Located at position (\d+) /.exec(message) ?? [];
  return problem(Number(position) - 1, unexpected(symbol, source));
}

function unexpected(symbol: string, source: string): string {
  if (symbol.startsWith("'")) return "a text in quotes is not closed: put ' at its end, and write '' for a ' in it";
  if (symbol.includes('"')) return "texts stand in single quotes, as in params.version == '1.6'";
  if (/^=[^=]?/.test(symbol)) return 'to compare, write ==';
  if (/^[&|]/.test(symbol)) return 'write && for and, || for or';
  if (/^\d/.test(symbol)) return `${quoted(symbol)} is no number; a version is a text: write '${symbol}'`;
  if (source.trimStart().startsWith('$'))
    return 'the expression stands without $ here: write params.version or vars.root';
  return `${quoted(symbol)} is not understood here`;
}

/** In double quotes, and not longer than a glance takes in. */
export const quoted = (symbol: string): string =>
  JSON.stringify(symbol.length > 40 ? `${symbol.slice(0, 40)}…` : symbol);

/** What GitHub's parser refused, at the token it refused. */
export function grammarProblem(
  error: unknown,
  tokens: readonly Token[],
  offsets: ReadonlyMap<Token, number>,
): ExpressionProblem {
  if (!(error instanceof ExpressionError)) return problem(0, 'the expression is not understood');
  const token = tokens.find(({ range }) => range.start === error.pos);
  const offset = token === undefined ? 0 : (offsets.get(token) ?? 0);
  const word = token?.lexeme ?? '';
  const [reason] = error.message.split(':');
  if (reason === 'Unrecognized function') return problem(offset, unknownFunction(word));
  if (reason === 'Unrecognized named-value') return problem(offset, unknownContext(word));
  if (reason === 'Unexpected end of expression') return problem(offset, 'the expression ends too early');
  if (reason?.includes('parameters supplied') === true) return problem(offset, wrongCount(word, reason));
  if (reason?.startsWith('Exceeded') === true) return problem(offset, 'the expression is nested too deeply');
  return problem(offset, word === '' ? 'the expression ends too early' : `${quoted(word)} is not understood here`);
}

function wrongCount(word: string, reason: string): string {
  const how = reason.startsWith('Too few') ? 'more' : reason.startsWith('Too many') ? 'fewer' : 'an odd number of';
  return `${word}() wants ${how} values`;
}

export function unknownFunction(word: string): string {
  if (['success', 'failure', 'always', 'cancelled'].includes(word.toLowerCase())) {
    return (
      `${word}() is not known here: a step runs when those before it went well; ` +
      "to look at one of them, write steps.<id>.outcome == 'changed'"
    );
  }
  return `there is no function ${quoted(word)}${didYouMean(word, FUNCTION_NAMES) || `: there are ${FUNCTION_NAMES.join(', ')}`}`;
}

export const unknownContext = (word: string): string => (word === 'secrets' ? NO_SECRETS : unknownWord(word));

/** What an expression gives stands in the journal and in the thread. */
const NO_SECRETS =
  "a secret stands in no expression, since its value would be recorded: name it in the step's secrets, and write " +
  'it as a variable in the script of its run';

const unknownWord = (word: string): string =>
  `${quoted(word)} is none of ${CONTEXTS.join(', ')}${didYouMean(word, CONTEXTS)}` +
  (didYouMean(word, CONTEXTS) === '' ? `; if the text is meant, write '${word}'` : '');
