/** Works out what an expression gives, on plain JSON values. */
import { call, isList, kindOf, Refused, toEnv } from './expression-functions.ts';
import type { Asked, Comparison, Reference, RunField, StepField, Tree } from './expression-syntax.ts';
import type { Json } from './types.ts';

export type StepFields = Readonly<Partial<Record<StepField, Json>>>;
type Facts = Readonly<Record<string, Json>>;

/** What expressions can see. Whatever is not in here is undetermined. */
export interface Context {
  readonly params: Readonly<Record<string, Json>>;
  readonly vars: Readonly<Record<string, Json>>;
  /** Of the host at hand. */
  readonly facts: Facts;
  readonly hosts: Readonly<Record<string, { readonly facts: Facts }>>;
  /** By step id: on the host at hand, and under `hosts` on each host. */
  readonly steps: Readonly<Record<string, StepFields & { readonly hosts?: Readonly<Record<string, StepFields>> }>>;
  readonly item?: Json;
  /** The item's name, where the loop is a map. */
  readonly item_key?: string;
  /** `date`: the day of the run in UTC, `YYYY-MM-DD`. */
  readonly run: Readonly<Partial<Record<RunField, string>>>;
}

/** The value hangs on something that is not known; the message says on what. */
export class Undetermined extends Error {}

/** @throws Undetermined, Refused */
export function run(tree: Tree, context: Context): Json {
  switch (tree.kind) {
    case 'literal':
      return tree.value;
    case 'reference':
      return looked(tree.reference, context);
    case 'not':
      return !truth(run(tree.of, context));
    case 'logic':
      return logic(tree.operator, tree.args, context);
    case 'compare':
      return compare(tree.operator, run(tree.left, context), run(tree.right, context));
    case 'call':
      return tree.name === 'case'
        ? chosen(tree.args, context)
        : call(
            tree.name,
            tree.args.map((arg) => run(arg, context)),
          );
    case 'index':
      return element(run(tree.of, context), run(tree.key, context));
    case 'each': {
      const keys = tree.keys.map((key) => run(key, context));
      return elements(run(tree.of, context)).map((each) => keys.reduce(element, each));
    }
  }
}

/** Left to right, no further than needed: `false && …` is false, whatever is not known about the rest. */
function logic(operator: '&&' | '||', args: readonly Tree[], context: Context): Json {
  let result: Json = operator === '&&';
  for (const [index, arg] of args.entries()) {
    result = run(arg, context);
    if (index < args.length - 1 && truth(result) === (operator === '||')) return result;
  }
  return result;
}

/** `case(a, x, b, y, z)`: the first value whose condition is true, and only that one is worked out. */
function chosen(args: readonly Tree[], context: Context): Json {
  for (let at = 0; at + 1 < args.length; at += 2) {
    const [when, then] = args.slice(at, at + 2);
    const verdict = when === undefined ? null : run(when, context);
    if (typeof verdict !== 'boolean')
      throw new Refused(`case() wants true or false before each value, not ${shown(verdict)}`);
    if (verdict && then !== undefined) return run(then, context);
  }
  const last = args.at(-1);
  if (last === undefined) throw new Refused('case() wants values');
  return run(last, context);
}

/** As GitHub has it, but for the one trap in it: the text 'false' would count as true. */
function truth(value: Json): boolean {
  if (value === 'false' || value === 'true') {
    throw new Refused(`'${value}' is a text here, and any text but '' counts as true: compare it, == '${value}'`);
  }
  return value !== null && value !== false && value !== 0 && value !== '';
}

function compare(operator: Comparison, left: Json, right: Json): boolean {
  const equality = operator === '==' || operator === '!=';
  if (equality && (left === null || right === null)) return (left === right) === (operator === '==');
  if (typeof left !== typeof right || left === null || right === null) throw new Refused(differ(left, right));
  if (typeof left === 'object') throw new Refused('lists and maps cannot be compared: compare toJSON(…) of each');
  if (equality) return (left === right) === (operator === '==');
  if (typeof left === 'number' && typeof right === 'number') return ordered(operator, left, right);
  if (typeof left === 'string' && typeof right === 'string') return ordered(operator, left, right);
  throw new Refused(`true and false have no order: ${operator} compares numbers or texts`);
}

function ordered<T extends number | string>(operator: Comparison, left: T, right: T): boolean {
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}

function differ(left: Json, right: Json): string {
  const said = `${shown(left)} and ${shown(right)} are of different kinds and cannot be compared`;
  const [number, text] = typeof left === 'number' ? [left, right] : [right, left];
  if (typeof number === 'number' && typeof text === 'string') {
    return `${said}: write '${number}' to compare texts, or fromJSON(…) around the text to compare numbers`;
  }
  const other = typeof left === 'boolean' ? right : left;
  return typeof other === 'string'
    ? `${said}: write 'true' or 'false' in quotes, or let the fact be of type bool`
    : said;
}

function elements(value: Json): readonly Json[] {
  if (isList(value)) return value;
  if (value !== null && typeof value === 'object') return Object.values(value);
  throw new Refused(`.* wants a list or a map, and this is ${shown(value)}`);
}

function element(value: Json, key: Json): Json {
  if (isList(value)) {
    const found = typeof key === 'number' ? value[key] : undefined;
    if (found === undefined) throw new Undetermined(`the list has nothing at ${shown(key)}`);
    return found;
  }
  if (value === null || typeof value !== 'object')
    throw new Refused(`${shown(value)} has nothing named ${shown(key)} in it`);
  const found = own(value, toEnv(key));
  if (found === undefined) throw new Undetermined(`the map has nothing named ${shown(key)}`);
  return found;
}

function looked(reference: Reference, context: Context): Json {
  const found = find(reference, context);
  if (found === undefined) throw new Undetermined(`${reference.source} is not known`);
  return found;
}

function find(asked: Asked, context: Context): Json | undefined {
  switch (asked.kind) {
    case 'param':
      return own(context.params, asked.name);
    case 'var':
      return own(context.vars, asked.name);
    case 'fact': {
      const facts = asked.host === undefined ? context.facts : own(context.hosts, asked.host)?.facts;
      return facts && own(facts, asked.name);
    }
    case 'step': {
      const step = own(context.steps, asked.id);
      const fields = asked.host === undefined ? step : step?.hosts && own(step.hosts, asked.host);
      return fields?.[asked.field];
    }
    case 'item':
      return context.item;
    case 'item_key':
      return context.item_key;
    case 'run':
      return context.run[asked.field];
  }
}

/** Never what an object inherits, such as `constructor`. */
const own = <T>(map: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;

/** A value in a message: short, and with its kind. */
export function shown(value: Json): string {
  if (typeof value === 'object') return kindOf(value);
  const said = typeof value === 'string' ? `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'` : String(value);
  return typeof value === 'boolean' ? said : `${said} (${kindOf(value)})`;
}
