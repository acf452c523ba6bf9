import * as z from 'zod';
import { written } from '../language/by-hand.ts';
import { asValue, described, mapOf } from '../language/fields.ts';
import { asWritten } from '../language/table.ts';
import type { Action, Wanted } from './types.ts';

const ANY: Wanted = { any: true };

const cell = () =>
  z
    .union([z.string(), z.number(), z.boolean()], {
      error: ({ input }) => `what the fact shall be is wanted here, or any, and this is ${described(input)}`,
    })
    .transform((given): Wanted => {
      if (given === 'any') return ANY;
      return typeof given === 'string' ? asValue(given) : { lit: given };
    });

const filled = <T>(what: string, map: z.ZodType<Readonly<Record<string, T>>>) =>
  map.refine((given) => Object.keys(given).length > 0, { error: `the table is empty: name a ${what}` });

const schema = filled('host', mapOf(filled('fact', mapOf(cell()))));

export const expect: Action = {
  name: 'expect',
  summary: 'compares facts of several hosts with a table, and stops the run where they differ',
  schema,
  changes: false,
  checks: true,
  table: true,
  undoesItself: () => false,
  work(input, { named, fault }) {
    const table: Record<string, Record<string, Wanted>> = {};
    for (const [key, facts] of Object.entries(schema.parse(input))) {
      for (const { name } of named(asValue(key))) {
        const twice = Object.keys(facts).filter(
          (fact) => table[name] !== undefined && Object.hasOwn(table[name], fact),
        );
        if (twice.length > 0) fault(`the table says twice what ${twice.join(', ')} of ${name} shall be`);
        table[name] = { ...table[name], ...facts };
      }
    }
    return { kind: 'expect', table };
  },
  byHand(input) {
    const rows = Object.entries(schema.parse(input)).flatMap(([host, facts]) =>
      Object.entries(facts).map(
        ([fact, wanted]) => `${asWritten(host)}: ${fact} = ${'any' in wanted ? '(any)' : written(wanted)}`,
      ),
    );
    return {
      work: [{ say: 'Look up these facts, each on its host; if one differs, stop here:' }, { show: rows.join('\n') }],
      undo: [],
    };
  },
};
