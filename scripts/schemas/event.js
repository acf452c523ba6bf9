/** JSON Schema of events, read off the TypeScript type `RunEvent`: the program knows no other definition of them. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { DRAFT } from './json-schema.js';

/** @typedef {import('./json-schema.js').Schema} Schema */

const FILE = fileURLToPath(new URL('../../src/run/types.ts', import.meta.url));

/** What the type cannot say of a string: it is a time, a hash, a run's id. */
const PATTERNS = /** @type {Readonly<Record<string, string>>} */ ({
  at: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$',
  run: '^\\d{8}-[0-9a-hjkmnp-tv-z]{4}$',
  prev: '^[0-9a-f]{64}$',
});

/** @returns {Schema} */
export function eventSchema() {
  const program = ts.createProgram([FILE], {
    strict: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(FILE);
  const module = source && checker.getSymbolAtLocation(source);
  const found = module && checker.getExportsOfModule(module).find(({ name }) => name === 'RunEvent');
  if (source === undefined || found === undefined) throw new Error(`${FILE} exports no RunEvent.`);
  const writer = createWriter(checker, source);
  const { oneOf, anyOf = oneOf } = writer.inPlace(checker.getDeclaredTypeOfSymbol(found));
  if (!Array.isArray(anyOf)) throw new Error('RunEvent is no union of events.');
  return { $schema: DRAFT, title: 'An event of a run of Changeover', oneOf: byType(anyOf), $defs: writer.defs };
}

/**
 * The variants of one event type together, so that a reader finds each type once; with what strings must look like.
 * @param {readonly Schema[]} variants
 * @returns {Schema[]}
 */
function byType(variants) {
  /** @type {Map<string, Schema[]>} */
  const types = new Map();
  for (const variant of variants) {
    const properties = /** @type {Record<string, Schema>} */ (variant['properties']);
    for (const [name, pattern] of Object.entries(PATTERNS)) {
      properties[name] = { type: 'string', pattern };
    }
    const type = String(properties['type']?.['const']);
    types.set(type, [...(types.get(type) ?? []), variant]);
  }
  return [...types].map(([title, schemas]) =>
    schemas.length === 1 ? { title, ...schemas[0] } : { title, anyOf: schemas },
  );
}

/**
 * Turns types into schemas. A type that has a name becomes a definition, which also ends recursion.
 * @param {ts.TypeChecker} checker
 * @param {ts.SourceFile} source
 */
function createWriter(checker, source) {
  /** @type {Record<string, Schema>} */
  const defs = {};

  /** @param {ts.Type} type @returns {Schema} */
  function write(type) {
    const name = nameOf(type);
    if (name === undefined) return inPlace(type);
    if (!Object.hasOwn(defs, name)) {
      defs[name] = {};
      defs[name] = inPlace(type);
    }
    return { $ref: `#/$defs/${name}` };
  }

  /** Only names of ours, and none that stand for more than one type. @param {ts.Type} type */
  function nameOf(type) {
    if ((type.aliasTypeArguments?.length ?? 0) > 0) return undefined;
    // A tuple has no symbol.
    const own = type.flags & ts.TypeFlags.Object ? type.getSymbol() : undefined;
    const symbol = type.aliasSymbol ?? (own !== undefined && own.flags & ts.SymbolFlags.Interface ? own : undefined);
    const file = symbol?.declarations?.[0]?.getSourceFile().fileName ?? '';
    return symbol !== undefined && file.includes('/src/') ? symbol.name : undefined;
  }

  /** @param {ts.Type} type @returns {Schema} */
  function inPlace(type) {
    if (type.flags & ts.TypeFlags.Null) return { type: 'null' };
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (type.flags & ts.TypeFlags.BooleanLiteral) return { const: checker.typeToString(type) === 'true' };
    if (type.flags & ts.TypeFlags.Boolean) return { type: 'boolean' };
    if (type.flags & ts.TypeFlags.String) return { type: 'string' };
    if (type.flags & ts.TypeFlags.Number) return { type: 'number' };
    if (type.isUnion()) return union(type.types.filter((each) => !(each.flags & ts.TypeFlags.Undefined)));
    if (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return object(type);
    throw new Error(`There is no JSON Schema for the type ${checker.typeToString(type)}.`);
  }

  /** @param {readonly ts.Type[]} types @returns {Schema} */
  function union(types) {
    const [only] = types;
    if (types.length === 1 && only !== undefined) return write(only);
    if (types.every((each) => each.isStringLiteral())) return { enum: types.map((each) => each.value) };
    const booleans = types.filter((each) => each.flags & ts.TypeFlags.BooleanLiteral);
    const others = types.filter((each) => !booleans.includes(each)).map(write);
    const all = booleans.length === 2 ? [...others, { type: 'boolean' }] : [...others, ...booleans.map(write)];
    const [first] = all;
    return all.length === 1 && first !== undefined ? first : { anyOf: all };
  }

  /** @param {ts.Type} type @returns {Schema} */
  function object(type) {
    if (checker.isArrayType(type)) {
      const [items] = checker.getTypeArguments(/** @type {ts.TypeReference} */ (type));
      return { type: 'array', ...(items === undefined ? {} : { items: write(items) }) };
    }
    if (checker.isTupleType(type)) {
      const items = checker.getTypeArguments(/** @type {ts.TypeReference} */ (type)).map(write);
      return { type: 'array', prefixItems: items, minItems: items.length, maxItems: items.length };
    }
    const index = checker.getIndexInfoOfType(type, ts.IndexKind.String);
    if (index !== undefined) return { type: 'object', additionalProperties: write(index.type) };
    const properties = checker.getPropertiesOfType(type);
    const required = properties.filter(({ flags }) => !(flags & ts.SymbolFlags.Optional)).map(({ name }) => name);
    return {
      type: 'object',
      properties: Object.fromEntries(properties.map((each) => [each.name, property(each)])),
      ...(required.length === 0 ? {} : { required }),
    };
  }

  /** Its doc comment is its description. @param {ts.Symbol} symbol @returns {Schema} */
  function property(symbol) {
    const description = ts.displayPartsToString(symbol.getDocumentationComment(checker));
    return {
      ...(description === '' ? {} : { description }),
      ...write(checker.getTypeOfSymbolAtLocation(symbol, source)),
    };
  }

  return { defs, inPlace };
}
