/** Data that a JSON Schema allows, made from the schema itself: what it gains is made without a word here. */
import fc from 'fast-check';
import type { Json } from '../../src/language/types.ts';
import { resolved, type Schema } from './schema.ts';

/** Where data stands: the keys that lead there; of a list's elements `-`. */
export type At = readonly string[];

/** What makes data that a schema allows likely to be of use, too. */
export interface Guide {
  /** Values for what stands there; undefined: any that the schema allows, as `free` gives them. */
  readonly values: (at: At, schema: Schema, free: () => fc.Arbitrary<Json>) => fc.Arbitrary<Json> | undefined;
  /** Names for the entries of a map. */
  readonly names: (at: At) => readonly string[];
  /**
   * In how many of a hundred a key is there that may be left out. `chosen`: the one key of a step that must be there; it
   * is never one of which this says 0.
   */
  readonly share: (at: At, key: string, chosen: string | undefined) => number;
}

const ABSENT = Symbol('absent');
type Field = readonly [key: string, value: Json | typeof ABSENT];

export function arbitraryOf(schema: Schema, guide: Guide, root = schema, at: At = []): fc.Arbitrary<Json> {
  const free = (): fc.Arbitrary<Json> => freely(schema, guide, root, at);
  return guide.values(at, schema, free) ?? free();
}

function freely(schema: Schema, guide: Guide, root: Schema, at: At): fc.Arbitrary<Json> {
  const within = (of: Schema, ...further: At): fc.Arbitrary<Json> => arbitraryOf(of, guide, root, [...at, ...further]);
  if (schema.$ref !== undefined) return within(resolved(schema, root));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.examples !== undefined) return fc.constantFrom(...schema.examples);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => within(each)));
  if (schema.properties !== undefined) return objects(schema, guide, at, within);
  const kinds = [schema.type ?? ['string', 'integer', 'boolean']].flat();
  return fc.oneof(...kinds.map((kind) => ofKind(kind, schema, guide, at, within)));
}

type Within = (of: Schema, ...further: At) => fc.Arbitrary<Json>;

function ofKind(kind: string, schema: Schema, guide: Guide, at: At, within: Within): fc.Arbitrary<Json> {
  const { minimum = 0, maximum = 20, minItems = 0, pattern, items = {}, additionalProperties } = schema;
  switch (kind) {
    case 'string':
      return pattern === undefined
        ? fc.constantFrom('app', 'a thing', 'x-1', '${{ params.release }}')
        : fc.stringMatching(new RegExp(pattern), { maxLength: 20 });
    case 'number':
    case 'integer':
      return fc.integer({ min: minimum, max: Math.min(maximum, minimum + 20) });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(within(items, '-'), { minLength: minItems, maxLength: minItems + 2 });
    case 'object': {
      const of = typeof additionalProperties === 'object' ? additionalProperties : {};
      // At least the first, as maps without anything are seldom meant.
      const entries = guide.names(at).map((name, index) => maybe(name, index === 0 ? 100 : 40, () => within(of, name)));
      return fc.tuple(...entries).map(objectOf);
    }
    default:
      throw new Error(`A schema has the type ${kind}, which nothing is made of here.`);
  }
}

/** Objects with known keys; where exactly one of several must be there, one of them is chosen. */
function objects(schema: Schema, guide: Guide, at: At, within: Within): fc.Arbitrary<Json> {
  const alternatives = (schema.oneOf ?? []).flatMap(({ required = [] }) => required);
  const make = (chosen: string | undefined): fc.Arbitrary<Json> => {
    const needed = new Set([...(schema.required ?? []), ...(chosen === undefined ? [] : [chosen])]);
    const fields = Object.entries(schema.properties ?? {}).flatMap(([key, of]) => {
      const others = schema.dependentRequired?.[key] ?? [];
      const fits = others.every((other) => other === chosen) && (!alternatives.includes(key) || key === chosen);
      const share = needed.has(key) ? 100 : fits ? guide.share(at, key, chosen) : 0;
      return share === 0 ? [] : [maybe(key, share, () => within(of, key))];
    });
    return fc.tuple(...fields).map(objectOf);
  };
  const possible = alternatives.filter((key) => guide.share(at, key, key) > 0);
  return possible.length === 0 ? make(undefined) : fc.oneof(...possible.map(make));
}

function maybe(key: string, share: number, make: () => fc.Arbitrary<Json>): fc.Arbitrary<Field> {
  const there = make().map((value): Field => [key, value]);
  if (share >= 100) return there;
  const absent = fc.constant<Field>([key, ABSENT]);
  return fc.oneof({ weight: 100 - share, arbitrary: absent }, { weight: share, arbitrary: there });
}

const objectOf = (fields: readonly Field[]): Json =>
  Object.fromEntries(fields.filter((field): field is readonly [string, Json] => field[1] !== ABSENT));
