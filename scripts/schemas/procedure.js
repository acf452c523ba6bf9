/** JSON Schema of procedures, for completion in editors. `changeover lint` checks more than it can say. */
import * as z from 'zod';
import { actions } from '../../src/actions/index.ts';
import { choice, fixedText, keys, mapOf, script, shell } from '../../src/language/fields.ts';
import { paramSchema } from '../../src/language/params.ts';
import { hostList, leaving, modifiers, secretNames } from '../../src/language/step-schema.ts';
import { DRAFT, jsonSchemaOf } from './json-schema.js';

/** @typedef {import('./json-schema.js').Schema} Schema */

const fact = z.union([
  script(),
  keys({ run: script(), type: choice('string', 'int', 'bool').optional(), shell: shell().optional() }),
]);

/** The document's keys; its steps are said apart. */
const document = keys({
  description: fixedText(),
  params: mapOf(paramSchema).optional(),
  hosts: hostList(),
  vars: mapOf(z.unknown()).optional(),
  facts: mapOf(fact).optional(),
  secrets: secretNames().optional(),
  steps: z.array(z.unknown()).min(1),
});

/** @returns {Schema} */
export function procedureSchema() {
  const { properties, ...rest } = jsonSchemaOf(document);
  const step = { $ref: '#/$defs/step' };
  return {
    $schema: DRAFT,
    title: 'A procedure of Changeover',
    ...rest,
    properties: { ...Object(properties), steps: { type: 'array', minItems: 1, items: step } },
    $defs: { step: stepSchema(step) },
  };
}

/**
 * One action, and any of the modifiers.
 * @param {Schema} self
 * @returns {Schema}
 */
function stepSchema(self) {
  const { on_rollback: _undo, ...plain } = modifiers;
  const own = actions.map(({ name, summary, schema }) => [name, { description: summary, ...jsonSchemaOf(schema) }]);
  const further = actions.flatMap(({ name, siblings = {} }) =>
    Object.entries(siblings).map(([key, schema]) => /** @type {const} */ ([name, key, schema])),
  );
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(own),
      ...Object.fromEntries(further.map(([, key, schema]) => [key, jsonSchemaOf(schema)])),
      ...Object.fromEntries(Object.entries(plain).map(([key, schema]) => [key, jsonSchemaOf(schema)])),
      on_rollback: { anyOf: [jsonSchemaOf(leaving), self, { type: 'array', minItems: 1, items: self }] },
    },
    additionalProperties: false,
    oneOf: actions.map(({ name }) => ({ required: [name] })),
    dependentRequired: Object.fromEntries(
      // `delay` goes with wait_for, and is a modifier beside.
      further.filter(([, key]) => !Object.hasOwn(modifiers, key)).map(([name, key]) => [key, [name]]),
    ),
  };
}
