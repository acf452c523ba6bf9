/** JSON Schema of inventories, for completion in editors. `changeover lint` checks more than it can say. */
import * as z from 'zod';
import { fixedText, hostName, integer, keys, mapOf, userName } from '../../src/language/fields.ts';
import { DRAFT, jsonSchemaOf } from './json-schema.js';
import { withWords, wordsBelow } from './words.js';

const host = keys({
  address: fixedText(),
  port: integer(1, 65_535).optional(),
  user: userName(),
  key: fixedText().optional(),
  host_key: fixedText().optional(),
  via: hostName().optional(),
  vars: mapOf(z.unknown()).optional(),
});

const document = keys({ hosts: mapOf(z.unknown()), groups: mapOf(z.array(hostName())).optional() });
const DOCUMENT = { hosts: 'how each host is reached, by its name', groups: 'names for lists of hosts' };

/** @returns {import('./json-schema.js').Schema} */
export function inventorySchema() {
  const { properties, ...rest } = withWords(jsonSchemaOf(document), DOCUMENT);
  const { hosts, ...further } = /** @type {Record<string, import('./json-schema.js').Schema>} */ (properties);
  const named = {
    ...hosts,
    additionalProperties: withWords(jsonSchemaOf(host), wordsBelow('inventory.md', 'Inventory')),
  };
  return { $schema: DRAFT, title: 'An inventory of Changeover', ...rest, properties: { hosts: named, ...further } };
}
