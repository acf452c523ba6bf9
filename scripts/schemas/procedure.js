/** JSON Schema of procedures, for completion in editors. `changeover lint` checks more than it can say. */
import * as z from 'zod';
import { actions } from '../../src/actions/index.ts';
import { bool, choice, fixedText, keys, mapOf, script, shell } from '../../src/language/fields.ts';
import { defaultsSchema } from '../../src/language/defaults.ts';
import { environmentSchema, environmentsMap } from '../../src/language/environments.ts';
import { paramSchema } from '../../src/language/params.ts';
import { lockNames } from '../../src/language/lock-names.ts';
import { hostList, leaving, modifiers, secretNames } from '../../src/language/step-schema.ts';
import { windowSchema } from '../../src/language/window.ts';
import { DRAFT, jsonSchemaOf } from './json-schema.js';
import { withWords, withWordsWithin, wordsBelow } from './words.js';

/** @typedef {import('./json-schema.js').Schema} Schema */

const PAGE = 'language.md';
const SHELL = 'sh (sh -eu; where nothing is said) or bash (bash -euo pipefail)';
const CONDITION = {
  run: 'a script that only looks: exit code 0 holds, 1 to 125 does not, more is an error',
  shell: SHELL,
};
const FACT = {
  run: 'a script that only looks',
  type: 'string: what the script prints; int: the same as a whole number; bool: exit code 0 is true, 1 to 125 is false',
  shell: SHELL,
};

const REQUIRES = {
  environment: 'in which the same must have gone well before',
  within: 'how long ago at most, such as 12h, 7d or 2w',
};

const fact = z.union([
  script(),
  keys({ run: script(), type: choice('string', 'int', 'bool').optional(), shell: shell().optional() }),
]);

/** The document's keys; its steps are said apart. */
const document = keys({
  description: fixedText(),
  params: mapOf(z.unknown()).optional(),
  hosts: hostList(),
  vars: mapOf(z.unknown()).optional(),
  facts: mapOf(z.unknown()).optional(),
  secrets: secretNames().optional(),
  lock: lockNames().optional(),
  window: z.unknown().optional(),
  environments: environmentsMap().optional(),
  environment_required: bool().optional(),
  defaults: z.unknown().optional(),
  steps: z.array(z.unknown()).min(1),
  rollback: z.array(z.unknown()).min(1).optional(),
  always: z.array(z.unknown()).min(1).optional(),
});

/** @returns {Schema} */
export function procedureSchema() {
  const { properties, ...rest } = jsonSchemaOf(document);
  const own = /** @type {Record<string, Schema>} */ (properties);
  const step = { $ref: '#/$defs/step' };
  const steps = { type: 'array', minItems: 1, items: step };
  const param = withWords(jsonSchemaOf(paramSchema), wordsBelow(PAGE, 'Params'));
  const window = withWords(jsonSchemaOf(windowSchema), wordsBelow(PAGE, 'Windows'));
  const whole = {
    ...rest,
    properties: {
      ...own,
      params: { ...own['params'], additionalProperties: param },
      facts: { ...own['facts'], additionalProperties: withWords(jsonSchemaOf(fact), FACT) },
      window,
      environments: { ...own['environments'], additionalProperties: environmentOf(window) },
      defaults: defaultsOf(step),
      steps,
      rollback: steps,
      always: steps,
    },
  };
  return {
    $schema: DRAFT,
    title: 'A procedure of Changeover',
    ...withWords(whole, wordsBelow(PAGE, 'The document')),
    $defs: { step: stepSchema(step) },
  };
}

/**
 * @param {Schema} window
 * @returns {Schema}
 */
function environmentOf(window) {
  const { properties, ...rest } = jsonSchemaOf(environmentSchema);
  const own = /** @type {Record<string, Schema>} */ (properties);
  const approvals = withWords(own['approvals'] ?? {}, wordsBelow(PAGE, 'approve'));
  const requires = withWords(own['requires'] ?? {}, REQUIRES);
  return withWords({ ...rest, properties: { ...own, window, approvals, requires } }, wordsBelow(PAGE, 'Environments'));
}

/**
 * The modifiers as a step has them, each of them only where it is wanted.
 * @param {Schema} step
 * @returns {Schema}
 */
function defaultsOf(step) {
  const { on_rollback: _undo, ...plain } = defaultsSchema.shape;
  return { type: 'object', additionalProperties: false, properties: modifiersOf(plain, step) };
}

/**
 * @param {Record<string, z.ZodType>} plain all but `on_rollback`
 * @param {Schema} step
 * @returns {Schema}
 */
function modifiersOf(plain, step) {
  const words = wordsBelow(PAGE, 'Modifiers');
  const made = Object.entries(plain).map(([key, schema]) => [key, withWords(jsonSchemaOf(schema), CONDITION)]);
  const { properties } = withWords({ properties: { ...Object.fromEntries(made), on_rollback: wayBack(step) } }, words);
  return /** @type {Schema} */ (properties);
}

/**
 * A step, a list of steps, or why nothing need be undone.
 * @param {Schema} step
 * @returns {Schema}
 */
const wayBack = (step) => ({
  anyOf: [
    withWords(jsonSchemaOf(leaving), { leave: 'why nothing need be undone' }),
    step,
    { type: 'array', minItems: 1, items: step },
  ],
});

/**
 * One action, and any of the modifiers.
 * @param {Schema} self
 * @returns {Schema}
 */
function stepSchema(self) {
  const { on_rollback: _undo, ...plain } = modifiers;
  const own = actions.map(({ name, summary, schema }) => {
    const made = withWordsWithin(withWords(jsonSchemaOf(schema), wordsBelow(PAGE, name)), CONDITION);
    return [name, { description: summary, ...made }];
  });
  const further = actions.flatMap(({ name, siblings = {} }) =>
    Object.entries(siblings).map(([key, schema]) => /** @type {const} */ ([name, key, schema])),
  );
  const beside = further.map(([name, key, schema]) => [
    key,
    { description: wordsBelow(PAGE, name)[key], ...jsonSchemaOf(schema) },
  ]);
  return {
    type: 'object',
    properties: { ...Object.fromEntries(own), ...Object.fromEntries(beside), ...modifiersOf(plain, self) },
    additionalProperties: false,
    oneOf: actions.map(({ name }) => ({ required: [name] })),
    dependentRequired: Object.fromEntries(
      // `delay` goes with wait_for, and is a modifier beside.
      further.filter(([, key]) => !Object.hasOwn(modifiers, key)).map(([name, key]) => [key, [name]]),
    ),
  };
}
