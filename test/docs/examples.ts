import { actions } from '../../src/actions/index.ts';
import { parseInventory } from '../../src/language/inventory.ts';
import { lintProcedure, parseProcedure } from '../../src/language/procedure.ts';
import type { Inventory, Problem } from '../../src/language/types.ts';
import { blocks, docs, type Block } from './pages.ts';

/** What a ```yaml example is meant to be. */
export type Kind = 'procedure' | 'inventory' | 'workflow';

export interface Example extends Block {
  readonly kind: Kind;
  /** A whole file: what stands in the page, with what it needs around it. */
  readonly file: string;
}

const INDENTED = /^(?=.)/gm;
const HEAD = 'description: An example\nhosts: [web]\nparams:\n  release: {}\n';
const FACTS = 'facts:\n  release: cat /srv/app/RELEASE\n';

/** A whole file, whatever a page shows of it: steps are put into the smallest procedure, and so are other parts. */
function exampleOf(block: Block): Example {
  const { text } = block;
  if (/^hosts:\n/m.test(text)) return { ...block, kind: 'inventory', file: text };
  if (/^jobs:\n/m.test(text)) return { ...block, kind: 'workflow', file: text };
  if (/^description:/m.test(text)) return { ...block, kind: 'procedure', file: text };
  if (text.startsWith('- '))
    return { ...block, kind: 'procedure', file: `${HEAD}${FACTS}steps:\n${text.replaceAll(INDENTED, '  ')}` };
  return { ...block, kind: 'procedure', file: `${HEAD}${text}` };
}

export const examples = (): readonly Example[] => docs().flatMap((path) => blocks(path, 'yaml').map(exampleOf));

/** The inventory that the docs show, in which the hosts of their procedures stand. */
export function exampleInventory(): Inventory {
  const [shown] = examples().filter(({ kind }) => kind === 'inventory');
  const parsed = parseInventory(shown?.file ?? '', 'inventory.yml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

/** What the linter has against an example. */
export function faultsOf({ kind, file }: Example): readonly Problem[] {
  if (kind === 'workflow') return [];
  if (kind === 'inventory') {
    const inventory = parseInventory(file, 'inventory.yml');
    return inventory.ok ? [] : inventory.problems;
  }
  const parsed = parseProcedure(file, { file: 'example.yml', system: 'app', verb: 'upgrade', actions });
  return parsed.ok ? lintProcedure(parsed.value, exampleInventory()) : parsed.problems;
}
