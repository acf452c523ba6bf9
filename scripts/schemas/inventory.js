/** JSON Schema of inventories, for completion in editors. `changeover lint` checks more than it can say. */
import * as z from 'zod';
import { fixedText, hostName, integer, keys, mapOf, userName } from '../../src/language/fields.ts';
import { DRAFT, jsonSchemaOf } from './json-schema.js';

const host = keys({
  address: fixedText(),
  port: integer(1, 65_535).optional(),
  user: userName(),
  key: fixedText().optional(),
  host_key: fixedText().optional(),
  via: hostName().optional(),
  vars: mapOf(z.unknown()).optional(),
});

const document = keys({ hosts: mapOf(host), groups: mapOf(z.array(hostName())).optional() });

/** @returns {import('./json-schema.js').Schema} */
export function inventorySchema() {
  return { $schema: DRAFT, title: 'An inventory of Changeover', ...jsonSchemaOf(document) };
}
