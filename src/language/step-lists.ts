/** The three lists of steps in a procedure: what is done, what follows a rollback, and what is done at the end. */
import * as z from 'zod';
import { checkDowntime } from './downtime-rules.ts';
import { checkPreflight } from './preflight-rules.ts';
import { elementsAt, type Reading } from './reading.ts';
import {
  checkUnique,
  hasCall,
  hasLoop,
  idAt,
  readDefaultUndo,
  readSteps,
  type Steps,
  type StepsScope,
} from './steps.ts';
import type { Step } from './types.ts';

/** In the order in which they are taken: none can ask for what comes after it. */
const LISTS = [
  { key: 'steps', kind: 'step' },
  { key: 'rollback', kind: 'rollback' },
  { key: 'always', kind: 'always' },
] as const;

export const stepList = () =>
  z.array(z.unknown(), { error: 'a list of steps is wanted here, each beginning with "- "' });

export interface Lists extends Steps {
  readonly rollback: readonly Step[];
  readonly always: readonly Step[];
}

/** Ids of the steps in a list, by position where they name none. */
const idsAt = (file: Reading, key: string, kind: string): readonly string[] =>
  elementsAt(file.yaml, [key]).map((at, index) => idAt(file, at) ?? `${kind}-${index + 1}`);

/** Ids of the steps in all lists. */
export const idsOfAll = (file: Reading): readonly string[] => LISTS.flatMap(({ key, kind }) => idsAt(file, key, kind));

/** Reads all lists of steps. An id names one step, in whichever list it stands. */
export function readLists(file: Reading, scope: StepsScope): Lists {
  const all = LISTS.map(({ key, kind }) => ({ key, kind, ids: idsAt(file, key, kind) }));
  const lines = new Map<string, number>();
  for (const { key, ids } of all) checkUnique(file, [key], ids, lines);
  readDefaultUndo(file, idsOfAll(file), scope);
  const lists = all.map(({ key, kind, ids }, at) => {
    const earlier = all.slice(0, at);
    const before = earlier.flatMap((list) => list.ids);
    const later = all.slice(at + 1).flatMap((list) => list.ids);
    const having = (has: typeof hasLoop): readonly string[] =>
      earlier.flatMap((list) => list.ids.filter((_, index) => has(file, [list.key, index])));
    const around = { kind, ids, before, later, looped: having(hasLoop), called: having(hasCall) };
    return readSteps(file, [key], around, scope);
  });
  const [main, rollback, always] = lists.map(({ steps }) => steps);
  checkPreflight(file, ['steps'], main ?? [], scope.actions);
  checkDowntime(file, ['steps']);
  return {
    steps: main ?? [],
    rollback: rollback ?? [],
    always: always ?? [],
    hosts: lists.flatMap(({ hosts }) => hosts),
    files: lists.flatMap(({ files }) => files),
  };
}
