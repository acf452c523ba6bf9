import { actions } from '../../src/actions/index.ts';
import { parseInventory } from '../../src/language/inventory.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import type { Parsed, Procedure } from '../../src/language/types.ts';

export const parse = (text: string): Parsed<Procedure> =>
  parseProcedure(text, { file: 'procedures/pryv/upgrade.yml', system: 'pryv', verb: 'upgrade', actions });

/** Problems as `line:column message`; none for what is read. */
export function told(parsed: Parsed<unknown>): readonly string[] {
  return parsed.ok
    ? []
    : parsed.problems.map(({ place, message }) => `${String(place.line)}:${String(place.column)} ${message}`);
}

export const toldOfProcedure = (text: string): readonly string[] => told(parse(text));

export const toldOfInventory = (text: string): readonly string[] => told(parseInventory(text, 'inventory.yml'));

/** A procedure whose steps are the given lines, which begin in line 4. */
export const withSteps = (...lines: readonly string[]): string =>
  ['description: Tries something', 'hosts: [web]', 'steps:', ...lines, ''].join('\n');
