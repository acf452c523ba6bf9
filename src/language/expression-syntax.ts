/**
 * GitHub Actions' expression language, read by GitHub's own lexer and parser into a small tree of plain data. What may
 * be evaluated must be known beforehand (which facts to read, which steps to wait for), so a context is always followed
 * by plain names: `facts.version`, never `facts[params.x]` or `toJSON(facts)`.
 */
import { type Expr, Lexer, Parser } from '@actions/expressions';
import { IndexAccess, Literal, ContextAccess, Star, type ExprVisitor } from '@actions/expressions/ast';
import { TokenType, type Token } from '@actions/expressions/lexer';
import { FUNCTION_NAMES } from './expression-functions.ts';
import {
  CONTEXTS,
  grammarProblem,
  lexicalProblem,
  quoted,
  unknownContext,
  unknownFunction,
  type ExpressionProblem,
} from './expression-problems.ts';
import { didYouMean } from './suggest.ts';
import type { Json } from './types.ts';

export const STEP_FIELDS = ['outcome', 'stdout', 'stderr', 'exit_code'] as const;
export const RUN_FIELDS = ['id', 'date'] as const;

export type StepField = (typeof STEP_FIELDS)[number];
export type RunField = (typeof RUN_FIELDS)[number];

/** What an expression asks for. `host`: of that host instead of the one at hand. */
export type Asked =
  | { readonly kind: 'param' | 'var'; readonly name: string }
  | { readonly kind: 'fact'; readonly name: string; readonly host?: string }
  | { readonly kind: 'step'; readonly id: string; readonly field: StepField; readonly host?: string }
  | { readonly kind: 'item' | 'item_key' }
  | { readonly kind: 'run'; readonly field: RunField };

/** `source`: as people write it, e.g. `facts.version`; `offset`: where it begins in the expression. */
export type Reference = Asked & { readonly source: string; readonly offset: number };

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type Tree =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'reference'; readonly reference: Reference }
  | { readonly kind: 'not'; readonly of: Tree }
  | { readonly kind: 'logic'; readonly operator: '&&' | '||'; readonly args: readonly Tree[] }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Tree; readonly right: Tree }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Tree[] }
  | { readonly kind: 'index'; readonly of: Tree; readonly key: Tree }
  /** `list.*`; keys that follow are taken from each element. */
  | { readonly kind: 'each'; readonly of: Tree; readonly keys: readonly Tree[] };

export interface Expression {
  /** Undefined where it could not be read at all. */
  readonly tree: Tree | undefined;
  readonly references: readonly Reference[];
  readonly problems: readonly ExpressionProblem[];
}

/** Well above what people write, and low enough that no nesting can exhaust the stack. */
const LONGEST = 4000;

/** Reads an expression (without `${{ }}`); never throws. */
export function parseExpression(source: string): Expression {
  if (source.trim() === '') return unreadable({ offset: 0, message: 'the expression is empty' });
  if (source.length > LONGEST)
    return unreadable({ offset: 0, message: `the expression is longer than ${LONGEST} characters` });
  let tokens: readonly Token[];
  try {
    tokens = new Lexer(source).lex().tokens;
  } catch (error) {
    return unreadable(lexicalProblem(source, error));
  }
  const offsets = offsetsOf(source, tokens);
  try {
    return build(new Parser([...tokens], [...CONTEXTS], []).parse(), offsets);
  } catch (error) {
    return unreadable(grammarProblem(error, tokens, offsets));
  }
}

const unreadable = (problem: ExpressionProblem): Expression => ({
  tree: undefined,
  references: [],
  problems: [problem],
});

/** The lexer counts columns wrongly after a string with a line break in it; its tokens' texts are right. */
function offsetsOf(source: string, tokens: readonly Token[]): ReadonlyMap<Token, number> {
  const offsets = new Map<Token, number>();
  let at = 0;
  for (const token of tokens) {
    at += /^\s*/.exec(source.slice(at))?.[0].length ?? 0;
    offsets.set(token, at);
    at += token.lexeme.length;
  }
  return offsets;
}

/** A name that follows a context, with the place it stands at. */
interface Key {
  readonly name: string;
  readonly offset: number;
}

function build(root: Expr, offsets: ReadonlyMap<Token, number>): Expression {
  const references: Reference[] = [];
  const problems: ExpressionProblem[] = [];
  const at = (token: Token): number => offsets.get(token) ?? 0;
  const convert = (expr: Expr): Tree => expr.accept(visitor);
  const nothing: Tree = { kind: 'literal', value: null };
  const wrong = (offset: number, message: string): Tree => {
    problems.push({ offset, message });
    return nothing;
  };

  /** The context at the root of `a.b.c` and the keys after it, or what else stands at the root. */
  function accessed(expr: Expr): Tree {
    const keys: Expr[] = [];
    let inner = expr;
    while (inner instanceof IndexAccess) {
      keys.unshift(inner.index);
      inner = inner.expr;
    }
    if (!(inner instanceof ContextAccess)) return indexed(convert(inner), keys);
    const { name } = inner;
    const plain = keys.map((key) => plainKey(key));
    const read = contextReader(name.lexeme, at(name), plain);
    if ('message' in read) return wrong(read.offset, read.message);
    references.push(read.reference);
    return indexed({ kind: 'reference', reference: read.reference }, keys.slice(read.used));
  }

  function plainKey(key: Expr): Key | undefined {
    if (!(key instanceof Literal)) return undefined;
    const value = literalValue(key);
    return typeof value === 'string' ? { name: value, offset: at(key.token) } : undefined;
  }

  function indexed(of: Tree, keys: readonly Expr[]): Tree {
    const star = keys.findIndex((key) => key instanceof Star);
    const before = (star < 0 ? keys : keys.slice(0, star)).reduce<Tree>(
      (tree, key) => ({ kind: 'index', of: tree, key: convert(key) }),
      of,
    );
    if (star < 0) return before;
    const after = keys.slice(star + 1);
    if (after.some((key) => key instanceof Star)) return wrong(0, 'only one * can stand in a chain of names');
    return { kind: 'each', of: before, keys: after.map(convert) };
  }

  const visitor: ExprVisitor<Tree> = {
    visitLiteral: (literal) => {
      const value = literalValue(literal);
      return value === undefined
        ? wrong(at(literal.token), `${quoted(literal.token.lexeme)} is no number that can be used here`)
        : { kind: 'literal', value };
    },
    visitUnary: ({ expr }) => ({ kind: 'not', of: convert(expr) }),
    visitBinary: ({ left, operator, right }) => {
      const comparison = COMPARISONS.get(operator.type);
      if (comparison === undefined) return wrong(at(operator), `${quoted(operator.lexeme)} is not understood here`);
      return { kind: 'compare', operator: comparison, left: convert(left), right: convert(right) };
    },
    visitLogical: ({ operator, args }) => ({
      kind: 'logic',
      operator: operator.type === TokenType.AND ? '&&' : '||',
      args: args.map(convert),
    }),
    visitGrouping: ({ group }) => convert(group),
    visitContextAccess: accessed,
    visitIndexAccess: accessed,
    visitFunctionCall: ({ functionName, args }) => {
      // The parser's own table is a plain object, in which it would find `constructor` too.
      const name = FUNCTION_NAMES.find((known) => known.toLowerCase() === functionName.lexeme.toLowerCase());
      if (name === undefined) return wrong(at(functionName), unknownFunction(functionName.lexeme));
      return { kind: 'call', name, args: args.map(convert) };
    },
  };

  const tree = convert(root);
  return { tree: problems.length === 0 ? tree : undefined, references, problems };
}

const COMPARISONS: ReadonlyMap<TokenType, Comparison> = new Map([
  [TokenType.EQUAL_EQUAL, '=='],
  [TokenType.BANG_EQUAL, '!='],
  [TokenType.LESS, '<'],
  [TokenType.LESS_EQUAL, '<='],
  [TokenType.GREATER, '>'],
  [TokenType.GREATER_EQUAL, '>='],
]);

/** Undefined: a number that JSON cannot say. */
function literalValue({ token }: Literal): Json | undefined {
  switch (token.type) {
    case TokenType.TRUE:
      return true;
    case TokenType.FALSE:
      return false;
    case TokenType.NULL:
      return null;
    case TokenType.NUMBER:
      return Number.isFinite(token.value) && typeof token.value === 'number' ? token.value : undefined;
    case TokenType.STRING:
      // The lexer's own value has only the first '' made into '.
      return token.lexeme.slice(1, -1).replaceAll("''", "'");
    default:
      return token.lexeme;
  }
}

type ContextRead =
  { readonly reference: Reference; readonly used: number } | { readonly offset: number; readonly message: string };

function contextReader(context: string, offset: number, keys: readonly (Key | undefined)[]): ContextRead {
  const missing = (at: number, form: string): ContextRead => ({
    offset,
    message: `${keys[at] === undefined && keys.length > at ? 'only a plain name can follow' : 'a name must follow'}: write ${form}`,
  });
  const found = (asked: Asked, used: number): ContextRead => {
    const source = [context, ...keys.slice(0, used).map((key) => key?.name ?? '')].join('.');
    return { reference: { ...asked, source, offset }, used };
  };
  const [first, second, third, fourth] = keys;
  switch (context) {
    case 'params':
      return first === undefined ? missing(0, 'params.<name>') : found({ kind: 'param', name: first.name }, 1);
    case 'vars':
      return first === undefined ? missing(0, 'vars.<name>') : found({ kind: 'var', name: first.name }, 1);
    case 'facts':
      return first === undefined ? missing(0, 'facts.<name>') : found({ kind: 'fact', name: first.name }, 1);
    case 'hosts': {
      const form = 'hosts.<host>.facts.<name>';
      if (first === undefined) return missing(0, form);
      if (second?.name !== 'facts') return { offset: second?.offset ?? offset, message: `write ${form}` };
      return third === undefined ? missing(2, form) : found({ kind: 'fact', name: third.name, host: first.name }, 3);
    }
    case 'steps': {
      if (first === undefined) return missing(0, 'steps.<id>.outcome');
      if (second?.name !== 'hosts') return stepField(first.name, second, undefined);
      if (third === undefined) return missing(2, `steps.${first.name}.hosts.<host>.outcome`);
      return stepField(first.name, fourth, third.name);
    }
    case 'item':
    case 'item_key':
      return found({ kind: context }, 0);
    case 'run': {
      const field = RUN_FIELDS.find((known) => known === first?.name);
      return field === undefined
        ? { offset: first?.offset ?? offset, message: `run has ${RUN_FIELDS.join(' and ')}: write run.id` }
        : found({ kind: 'run', field }, 1);
    }
    default:
      return { offset, message: unknownContext(context) };
  }

  function stepField(id: string, key: Key | undefined, host: string | undefined): ContextRead {
    const field = STEP_FIELDS.find((known) => known === key?.name);
    if (field !== undefined)
      return found({ kind: 'step', id, field, ...(host === undefined ? {} : { host }) }, host === undefined ? 2 : 4);
    const near = key === undefined ? '' : didYouMean(key.name, STEP_FIELDS);
    return { offset: key?.offset ?? offset, message: `a step has ${STEP_FIELDS.join(', ')}${near}` };
  }
}
