/** `on: fact=value`: the hosts on which a fact has that value when the step begins. */
import { plainText } from './fields.ts';
import { HOST, HOST_RULE, isBuiltIn } from './names.ts';
import { didYouMean } from './suggest.ts';
import { hasExpression } from './template.ts';
import type { Fact, FactType, Json } from './types.ts';

const FACT_WORD = /^([A-Za-z_][A-Za-z0-9_]{0,99})=([^\n]{1,500})$/;

/** `fact=value` as it is written; the value may hold `${{ params.x }}`. */
export interface FactWord {
  readonly fact: string;
  readonly value: string;
}

/** The two sides of a `fact=value`; undefined of what names a host or group. */
export function factWord(name: string): FactWord | undefined {
  const [, fact, value] = FACT_WORD.exec(name) ?? [];
  return fact === undefined || value === undefined ? undefined : { fact, value };
}

/** The value that a host's fact must have, of the fact's own type; or why it never can. */
export function wantedValue(type: FactType, written: string): { readonly value: Json } | { readonly never: string } {
  switch (type) {
    case 'bool':
      if (written === 'true' || written === 'false') return { value: written === 'true' };
      return { never: `it is of type bool, so it is true or false and never '${written}'` };
    case 'int':
      if (/^-?\d+$/.test(written) && Number.isSafeInteger(Number(written))) return { value: Number(written) };
      return { never: `it is of type int, so it is a whole number and never '${written}'` };
    case 'string':
      if (written === written.trim()) return { value: written };
      return { never: 'space around what a fact prints is taken off, so its value never begins or ends with any' };
  }
}

/** What is wrong with a `fact=value`, or undefined; a value that params give is looked at when they are known. */
export function factFault(
  { fact, value }: FactWord,
  names: readonly string[],
  facts: Readonly<Record<string, Fact>>,
): string | undefined {
  if (!names.includes(fact)) {
    const near = didYouMean(fact, names);
    const all = names.length === 0 ? '; this procedure has no facts' : `; there are: ${names.join(', ')}`;
    return `there is no fact "${fact}"${near === '' ? all : near}`;
  }
  const known = Object.hasOwn(facts, fact) ? facts[fact] : undefined;
  if (known === undefined || hasExpression(value)) return undefined;
  const wanted = wantedValue(known.type, value);
  return 'never' in wanted ? `the fact ${fact} can never be so: ${wanted.never}` : undefined;
}

/** A host, a group, `fact=value`, or one `${{ params.x }}` that names one of them. */
export const hostOrFact = () =>
  plainText().refine((name) => (HOST.test(name) && !isBuiltIn(name)) || isFactWord(name) || isParam(name), {
    error: `a host or group is named by ${HOST_RULE}; the hosts on which a fact has a value by fact=value`,
  });

const isFactWord = (name: string): boolean => factWord(name) !== undefined;

/** A text that begins with an expression: what it names is known when the params are. */
const isParam = (name: string): boolean => name.startsWith('${{');
