/** What the tests here read of JSON Schema: as much as the files in `schema/` use. */
import type { Json } from '../../src/language/types.ts';
import { read } from '../docs/pages.ts';

export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly examples?: readonly Json[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly description?: string;
  readonly contentMediaType?: string;
}

export type SchemaName = 'procedure' | 'inventory';

export const schemaOf = (name: SchemaName): Schema => JSON.parse(read(`schema/${name}.schema.json`)) as Schema;

/** What a `$ref` leads to. */
export function resolved(schema: Schema, root: Schema): Schema {
  const name = /^#\/\$defs\/(\w+)$/.exec(schema.$ref ?? '')?.[1];
  if (schema.$ref === undefined) return schema;
  const found = name === undefined ? undefined : root.$defs?.[name];
  if (found === undefined) throw new Error(`There is no ${schema.$ref} in this schema.`);
  return found;
}
