/**
 * Strict GitHub expressions. Stricter than GitHub's in this: what is missing is undetermined, never null; texts are
 * compared exactly, capitals included; values of different kinds are not made alike but refused.
 */
import { bounded, Refused, toEnv } from './expression-functions.ts';
import { run, shown, Undetermined, type Context } from './expression-evaluator.ts';
import { parseExpression, type Reference } from './expression-syntax.ts';
import type { ExpressionProblem } from './expression-problems.ts';
import { parseTemplate } from './template.ts';
import type { Condition, Json, Value } from './types.ts';

export { toEnv } from './expression-functions.ts';
export type { Context, StepFields } from './expression-evaluator.ts';
export type { ExpressionProblem } from './expression-problems.ts';
export type { Reference } from './expression-syntax.ts';

export type Resolved<T extends Json = Json> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'undetermined'; readonly why: string }
  | { readonly kind: 'error'; readonly why: string };

/** A field's value. One single `${{ }}` keeps its type; with text around it, the result is a text. Never throws. */
export function resolve(value: Value, context: Context): Resolved {
  if ('lit' in value) return { kind: 'value', value: value.lit };
  const template = parseTemplate(value.expr);
  if (!template.ok) return { kind: 'error', why: 'a ${{ is not closed by }}' };
  const { parts } = template;
  const [only] = parts;
  if (only?.kind === 'expr' && parts.length === 1) return evaluate(only.source, context);
  return caught(() =>
    parts.reduce(
      (made, part) => bounded(made + (part.kind === 'text' ? part.text : toEnv(valueOf(part.source, context)))),
      '',
    ),
  );
}

/**
 * Where, in the text that `resolve` makes of a value, the results of expressions stand that ask for what is meant: from,
 * and up to but not including, in UTF-16 units. Nothing where it makes no text.
 */
export function insertedIn(
  value: Value,
  context: Context,
  isMeant: (reference: Reference) => boolean,
): readonly (readonly [number, number])[] {
  const template = 'expr' in value ? parseTemplate(value.expr) : undefined;
  if (template?.ok !== true) return [];
  let at = 0;
  const found: (readonly [number, number])[] = [];
  for (const part of template.parts) {
    const resolved = part.kind === 'expr' ? evaluate(part.source, context) : undefined;
    if (resolved !== undefined && resolved.kind !== 'value') return [];
    const text = part.kind === 'text' ? part.text : toEnv(resolved?.value ?? null);
    if (part.kind === 'expr' && text !== '' && references(part.source).some(isMeant))
      found.push([at, at + text.length]);
    at += text.length;
  }
  return found;
}

/** An expression without `${{ }}`. Never throws. */
export const evaluate = (expr: string, context: Context): Resolved => caught(() => valueOf(expr, context));

/** Whether a condition's expression holds: its result must be true or false itself. Never throws. */
export function holds(expr: string, context: Context): Resolved<boolean> {
  const resolved = evaluate(expr, context);
  if (resolved.kind !== 'value') return resolved;
  if (typeof resolved.value === 'boolean') return { kind: 'value', value: resolved.value };
  return {
    kind: 'error',
    why: `the condition gives ${shown(resolved.value)}, not true or false: compare it, as in … == 'yes' or … != ''`,
  };
}

/** All that an expression (without `${{ }}`) asks for; nothing where it cannot be read. */
export const references = (expr: string): readonly Reference[] => parseExpression(expr).references;

/** What is wrong with how an expression (without `${{ }}`) is written. */
export const problemsOf = (expr: string): readonly ExpressionProblem[] => parseExpression(expr).problems;

/** All that a value or condition asks for; offsets are into its whole text. Scripts ask for nothing. */
export function referencesOf(source: Value | Condition): readonly Reference[] {
  if (!('expr' in source)) return [];
  const template = parseTemplate(source.expr);
  if (!source.expr.includes('${{') || !template.ok) return references(source.expr);
  return template.parts.flatMap((part) =>
    part.kind === 'text'
      ? []
      : references(part.source).map((found) => ({ ...found, offset: found.offset + part.offset })),
  );
}

function caught(make: () => Json): Resolved {
  try {
    return { kind: 'value', value: make() };
  } catch (error) {
    if (error instanceof Undetermined) return { kind: 'undetermined', why: error.message };
    if (error instanceof Refused) return { kind: 'error', why: error.message };
    return { kind: 'error', why: `the expression cannot be worked out (${String(error)})` };
  }
}

function valueOf(source: string, context: Context): Json {
  const { tree, problems } = parseExpression(source);
  if (tree === undefined) throw new Refused(problems[0]?.message ?? 'the expression is not understood');
  return run(tree, context);
}
