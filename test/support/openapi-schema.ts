export type Json = Readonly<Record<string, unknown>>;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const single = new Set(['items', 'not', 'additionalProperties']);
const lists = new Set(['oneOf', 'anyOf', 'allOf']);
const maps = new Set(['properties', 'patternProperties']);
const dropped = new Set(['nullable', 'discriminator', 'example', 'examples', 'xml', 'externalDocs', 'default']);

const component = '#/components/schemas/';

/**
 * GitHub describes some errors as one of two kinds, of which this one asks for no field: each error there is, GitHub's own
 * too, is of both kinds.
 */
const isAnyError = (schema: unknown): boolean =>
  isJson(schema) && schema['$ref'] === `${component}repository-rule-violation-error`;

/**
 * Turns an OpenAPI 3.0 schema into JSON Schema: `nullable` becomes a type, references to components become references
 * to `definitions`. `needed` is told the name of each component referred to.
 */
export function toJsonSchema(schema: unknown, needed: (name: string) => void): unknown {
  if (!isJson(schema)) return schema;
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    if (!reference.startsWith(component)) throw new Error(`Cannot follow the reference ${reference}.`);
    const name = reference.slice(component.length);
    needed(name);
    return { $ref: `#/definitions/${name}` };
  }
  const inner = (value: unknown): unknown => toJsonSchema(value, needed);
  const entries = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
    if (dropped.has(key)) return [];
    if (single.has(key)) return [[key, inner(value)]];
    if (lists.has(key) && Array.isArray(value)) return [[value.some(isAnyError) ? 'anyOf' : key, value.map(inner)]];
    if (maps.has(key) && isJson(value)) {
      return [[key, Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inner(each)]))]];
    }
    return [[key, value]];
  });
  const plain = Object.fromEntries(entries);
  return schema['nullable'] === true ? { anyOf: [{ type: 'null' }, plain] } : plain;
}
