/** What the schemas have in common. */
import * as z from 'zod';

/** @typedef {Record<string, unknown>} Schema */

export const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/**
 * What a zod schema takes in, as JSON Schema. Checks that JSON Schema has no words for are left out.
 * @param {z.ZodType} schema
 * @returns {Schema}
 */
export function jsonSchemaOf(schema) {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}
