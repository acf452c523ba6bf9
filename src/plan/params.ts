import { matchesWhole } from '../language/params.ts';
import { didYouMean } from '../language/suggest.ts';
import type { Inventory, Json, Param, Procedure } from '../language/types.ts';
import { expand } from './hosts.ts';

/** A call's words: bare values in their order, and `name=value`. */
export interface CallWords {
  readonly positional: readonly string[];
  readonly named: readonly (readonly [name: string, value: string])[];
}

export type Bound =
  | { readonly ok: true; readonly params: Readonly<Record<string, Json>> }
  /** All that is wrong, in words that say what to type instead. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Longer values are no params but files; patterns are not tried on them. */
const LONGEST = 4096;

/** Whether a value matches a pattern as a whole; undefined where that could not be found out in time. */
export type Matches = (pattern: string, value: string) => boolean | undefined;

/**
 * Gives a procedure's params the values of a call. An optional param without default that is not given has no value.
 * @param inventory with it a `host` param must be one of the procedure's hosts; without, that is left to the plan.
 * @param matches bounds the time that a pattern may take, where there is a clock.
 */
export function bindParams(
  procedure: Procedure,
  words: CallWords,
  inventory?: Inventory,
  matches: Matches = matchesWhole,
): Bound {
  const { params } = procedure;
  const problems: string[] = [];
  const given = new Map<string, string>();

  const take = (param: Param, value: string): void => {
    const before = given.get(param.name);
    if (before === undefined) given.set(param.name, value);
    else problems.push(`\`${param.name}\` is given twice: ${quoted(before)} and ${quoted(value)}`);
  };
  for (const [at, value] of words.positional.entries()) {
    const param = params[at];
    if (param !== undefined) take(param, value);
    else problems.push(`${quoted(value)} is one value too many: ${howMany(params)}`);
  }
  for (const [name, value] of words.named) {
    const param = params.find((each) => each.name === name);
    if (param !== undefined) take(param, value);
    else problems.push(unknown(name, params));
  }

  const bound: Record<string, Json> = {};
  for (const param of params) {
    const value = given.get(param.name);
    if (value !== undefined) {
      const read = readValue(param, value, inventory && expand(procedure.hosts, inventory).hosts, matches);
      if (read.ok) bound[param.name] = read.value;
      else problems.push(unfit(param, value, read.why));
    } else if (param.default !== undefined) {
      bound[param.name] = param.default;
    } else if (param.required) {
      problems.push(`\`${param.name}\` is missing${param.description === '' ? '' : ` (${param.description})`}`);
    }
  }
  if (problems.length === 0) return { ok: true, params: bound };
  const [last = '', ...rest] = problems.toReversed();
  return { ok: false, problems: [...rest.toReversed(), `${last}. Type: \`${usage(procedure)}\``] };
}

/** What shows how a procedure is called. */
export type Callable = Pick<Procedure, 'params' | 'verb' | 'system' | 'environments' | 'environmentOptional'>;

/** How the procedure is called: `/upgrade pryv <version> [from=1.5] environment=<rehearsal|production>`. */
export function usage(procedure: Callable): string {
  const { params, verb, system, environments = [], environmentOptional = false } = procedure;
  const optional = params.findIndex((param) => !param.required);
  const words = params.map((param, at) => {
    // Behind an optional one a bare value would be taken for that one.
    if (param.required) return optional >= 0 && at > optional ? `${param.name}=<${hint(param)}>` : `<${hint(param)}>`;
    const fallback = param.default === undefined || param.default === null ? '' : text(param.default);
    return `[${param.name}=${fallback === '' ? hint(param) : fallback}]`;
  });
  const names = environments.map(({ name }) => name).join('|');
  const place = environmentOptional ? `[environment=<${names}>]` : `environment=<${names}>`;
  return [`/${verb} ${system}`, ...words, ...(names === '' ? [] : [place])].join(' ');
}

/** That a value is none of a param's. */
export const unfit = ({ name }: Param, value: string, why: string): string => `\`${name}\`: ${quoted(value)} ${why}`;

/** Whether a value is one of a param's. Whole-value match: a pattern need not say `^` and `$`. */
export function readValue(
  param: Param,
  value: string,
  hosts: readonly string[] | undefined,
  matches: Matches,
): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly why: string } {
  const wrong = (why: string) => ({ ok: false, why }) as const;
  if (value.length > LONGEST) return wrong(`is longer than ${LONGEST} characters`);
  if (value.includes('\0')) return wrong('holds a NUL character, which no program can be given');
  const matched = param.pattern === undefined || matches(param.pattern, value);
  if (matched === undefined) {
    return wrong(
      `takes too long to compare with \`${param.pattern ?? ''}\`, so it is refused; if it is right, make the pattern ` +
        'simpler: no repetition directly within another, as in `(a+)+`',
    );
  }
  if (!matched) return wrong(`does not match \`${param.pattern ?? ''}\``);
  switch (param.type) {
    case 'string':
      return { ok: true, value };
    case 'int': {
      const number = Number(value);
      if (/^(0|-?[1-9]\d*)$/.test(value) && Number.isSafeInteger(number)) return { ok: true, value: number };
      return wrong('is no whole number, such as 3 or -1');
    }
    case 'bool':
      return value === 'true' || value === 'false'
        ? { ok: true, value: value === 'true' }
        : wrong('is neither `true` nor `false`');
    case 'choice': {
      const choices = param.choices ?? [];
      return choices.includes(value)
        ? { ok: true, value }
        : wrong(`is none of ${listed(choices)}${didYouMean(value, choices)}`);
    }
    case 'host':
      return hosts === undefined || hosts.includes(value)
        ? { ok: true, value }
        : wrong(`is none of the procedure's hosts ${listed(hosts)}${didYouMean(value, hosts)}`);
  }
}

/** That there is no such param, with the nearest. */
export function unknown(name: string, params: readonly Param[]): string {
  const names = params.map((param) => param.name);
  return `there is no param \`${name}\`${didYouMean(name, names)}${names.length === 0 ? '' : ` (there are ${listed(names)})`}`;
}

function howMany(params: readonly Param[]): string {
  if (params.length === 0) return 'it takes none';
  return params.length === 1
    ? `it takes only \`${params[0]?.name ?? ''}\``
    : `it takes only ${listed(params.map((param) => param.name))}`;
}

const listed = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ') || '(none)';

const hint = (param: Param): string => (param.type === 'choice' ? (param.choices ?? []).join('|') : param.name);

const text = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A value as it was typed, shortened, and never able to end the code span it stands in. */
function quoted(value: string): string {
  const short = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  const fence = '`'.repeat(Math.max(0, ...[...short.matchAll(/`+/g)].map((run) => run[0].length)) + 1);
  const pad = short.startsWith('`') || short.endsWith('`') || short === '' ? ' ' : '';
  return `${fence}${pad}${short}${pad}${fence}`;
}
