/** GitHub's expressions, by its own library. */
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

/** By its name (`github`, `inputs` …) what an expression can ask for. */
export type Contexts = Readonly<Record<string, unknown>>;

const CONTEXTS = ['github', 'needs', 'inputs', 'secrets', 'vars', 'steps'];

const answering = (name: string, value: boolean) => ({
  name,
  minArgs: 0,
  maxArgs: 0,
  call: () => new data.BooleanData(value),
});

function evaluate(expression: string, contexts: Contexts, cancelled = false): data.ExpressionData {
  const { tokens } = new Lexer(expression).lex();
  const functions = [answering('always', true), answering('cancelled', cancelled)];
  const tree = new Parser(tokens, CONTEXTS, functions).parse();
  const all: unknown = JSON.parse(JSON.stringify(contexts), data.reviver);
  if (!(all instanceof data.Dictionary)) throw new Error('The contexts are no object.');
  return new Evaluator(tree, all, new Map(functions.map((each) => [each.name, each]))).evaluate();
}

/**
 * What GitHub makes of a condition, with `${{ }}` around it or not.
 * @param cancelled whether somebody, or its time limit, has cancelled the job: then only a condition that asks for it holds
 */
export function isTrue(condition: string, contexts: Contexts, cancelled = false): boolean {
  const [, inside = condition] = /^\$\{\{(.*)\}\}$/s.exec(condition.trim()) ?? [];
  // GitHub puts `success()` before a condition that names no such function.
  if (cancelled && !/\b(?:always|cancelled)\(\)/.test(inside)) return false;
  const result = evaluate(inside, contexts, cancelled);
  return result.kind === data.Kind.Boolean ? result.value : result.coerceString() !== '';
}

/** A text whose `${{ }}` are put in. */
export const filledIn = (text: string, contexts: Contexts): string =>
  text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, inside: string) => evaluate(inside, contexts).coerceString());
