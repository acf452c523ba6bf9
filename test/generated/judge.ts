/** Whether a mistake in a file is told of, and where it is. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { actions } from '../../src/actions/index.ts';
import { parseInventory } from '../../src/language/inventory.ts';
import { lintProcedure, parseProcedure } from '../../src/language/procedure.ts';
import type { Inventory, Problem } from '../../src/language/types.ts';
import type { Mistake, Right } from './mistakes.ts';
import { schemaOf, type SchemaName } from './schema.ts';

/** A kind of file: its schema, and what is wrong with one. */
export interface Kind {
  readonly schema: Right['schema'];
  readonly validate: ValidateFunction;
  readonly tell: (text: string) => readonly Problem[];
}

/** In which every host is that a file names. */
export function inventoryFor(text: string): Inventory {
  const parsed = parseInventory(text, 'inventory.yml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

const validatorOf = (name: SchemaName): ValidateFunction => new Ajv2020({ strict: false }).compile(schemaOf(name));

export function procedureKind(inventory: Inventory): Kind {
  return {
    schema: schemaOf('procedure'),
    validate: validatorOf('procedure'),
    tell: (text) => {
      const read = parseProcedure(text, { file: 'f', system: 'app', verb: 'upgrade', actions });
      return read.ok ? lintProcedure(read.value, inventory) : read.problems;
    },
  };
}

export const inventoryKind = (): Kind => ({
  schema: schemaOf('inventory'),
  validate: validatorOf('inventory'),
  tell: (text) => {
    const read = parseInventory(text, 'f');
    return read.ok ? [] : read.problems;
  },
});

/** What a file with a mistake must be told; undefined where it is none after all. */
export function judge(kind: Kind, { text, lines: [first, last], says, wrong }: Mistake): string | undefined {
  const problems = kind.tell(text);
  if (problems.length === 0) {
    if (wrong === 'always') return 'nothing is told';
    return kind.validate(parse(text, { logLevel: 'silent' }))
      ? undefined
      : 'nothing is told of what the schema refuses';
  }
  if (wrong === 'schema' && kind.validate(data(text))) return undefined;
  const near = problems.filter(({ place }) => place.line >= first && place.line <= last);
  const told = problems.map(({ place, message }) => `${String(place.line)}: ${message}`).join('\n');
  if (near.length === 0) return `nothing is told of the lines ${String(first)} to ${String(last)}, but\n${told}`;
  if (says !== undefined && !near.some(({ message }) => message.includes(says)))
    return `it does not say ${says}, but\n${told}`;
  return undefined;
}

function data(text: string): unknown {
  try {
    return parse(text, { logLevel: 'silent' });
  } catch {
    return undefined;
  }
}
