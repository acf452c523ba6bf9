/** GitHub's expressions, by its own library. */
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

/** By its name (`github`, `inputs` …) what an expression can ask for. */
export type Contexts = Readonly<Record<string, unknown>>;

const CONTEXTS = ['github', 'needs', 'inputs', 'secrets', 'vars', 'steps'];
/** Nobody cancels anything in the tests. */
const CANCELLED = { name: 'cancelled', minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(false) };

function evaluate(expression: string, contexts: Contexts): data.ExpressionData {
  const { tokens } = new Lexer(expression).lex();
  const tree = new Parser(tokens, CONTEXTS, [CANCELLED]).parse();
  const all: unknown = JSON.parse(JSON.stringify(contexts), data.reviver);
  if (!(all instanceof data.Dictionary)) throw new Error('The contexts are no object.');
  return new Evaluator(tree, all, new Map([[CANCELLED.name, CANCELLED]])).evaluate();
}

/** What GitHub makes of a condition, with `${{ }}` around it or not. */
export function isTrue(condition: string, contexts: Contexts): boolean {
  const [, inside = condition] = /^\$\{\{(.*)\}\}$/s.exec(condition.trim()) ?? [];
  const result = evaluate(inside, contexts);
  return result.kind === data.Kind.Boolean ? result.value : result.coerceString() !== '';
}

/** A text whose `${{ }}` are put in. */
export const filledIn = (text: string, contexts: Contexts): string =>
  text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, inside: string) => evaluate(inside, contexts).coerceString());
