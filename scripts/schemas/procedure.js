/** JSON Schema of procedures, for completion in editors. `changeover lint` checks more than it can say. */
import * as z from 'zod';
import { actions } from '../../src/actions/index.ts';
import { choice, fixedText, keys, mapOf, script, shell } from '../../src/language/fields.ts';
import { defaultsSchema } from '../../src/language/defaults.ts';
import { paramSchema } from '../../src/language/params.ts';
import { lockNames } from '../../src/language/lock-names.ts';
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
  lock: lockNames().optional(),
  defaults: z.unknown().optional(),
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
    properties: {
      ...Object(properties),
      defaults: defaultsOf(step),
      steps: { type: 'array', minItems: 1, items: step },
    },
    $defs: { step: stepSchema(step) },
  };
}

/**
 * The modifiers as a step has them, each of them only where it is wanted.
 * @param {Schema} step
 * @returns {Schema}
 */
function defaultsOf(step) {
  const { properties, ...rest } = jsonSchemaOf(defaultsSchema);
  return { ...rest, properties: { ...Object(properties), on_rollback: wayBack(step) } };
}

/**
 * A step, a list of steps, or why nothing need be undone.
 * @param {Schema} step
 * @returns {Schema}
 */
const wayBack = (step) => ({ anyOf: [jsonSchemaOf(leaving), step, { type: 'array', minItems: 1, items: step }] });

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
      on_rollback: wayBack(self),
    },
    additionalProperties: false,
    oneOf: actions.map(({ name }) => ({ required: [name] })),
    dependentRequired: Object.fromEntries(
      // `delay` goes with wait_for, and is a modifier beside.
      further.filter(([, key]) => !Object.hasOwn(modifiers, key)).map(([name, key]) => [key, [name]]),
    ),
  };
}
