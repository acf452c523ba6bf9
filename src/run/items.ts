import { isList } from '../language/expression-functions.ts';
import { type Reference, referencesOf, resolve, toEnv } from '../language/expressions.ts';
import type { Json, Loop, Value } from '../language/types.ts';
import { mayHaveChanged } from './attempts.ts';
import { contextOf, factTroubles } from './context.ts';
import { itemIn, NO_ITEM, stepState, tasksOn, undoneStep } from './steps.ts';
import type { FactValue, OpenedTask, RunState, TaskState } from './types.ts';

/** One thing that a step with a loop is done for. `item` is its name in keys, in folders on hosts, and for people. */
export type Item = Pick<OpenedTask, 'item' | 'item_value' | 'item_key'>;

/** What is done where there is no loop. */
export const ALONE: Item = { item: NO_ITEM };

/** The items of a loop on a host. `unknown`: they rest on a step that has not run. */
export type Items =
  | { readonly kind: 'items'; readonly items: readonly Item[] }
  | { readonly kind: 'unknown' | 'trouble'; readonly why: string };

/** More would hardly be meant, and would fill the record. */
const MOST = 1000;

/** All that a loop asks for. */
export function loopReferences(loop: Loop | undefined): readonly Reference[] {
  if (loop === undefined) return [];
  if ('expr' in loop) return referencesOf(loop);
  return ('list' in loop ? loop.list : loop.map.map(([, value]) => value)).flatMap((value) => referencesOf(value));
}

/** What a loop comes to on a host, by the facts read there. */
export function itemsOf(
  state: RunState,
  { loop, call }: { readonly loop: Loop; readonly call?: string },
  host: string,
  facts: Readonly<Record<string, FactValue>>,
): Items {
  const context = contextOf(state, call, { host }, facts, loopReferences(loop));
  const troubles = factTroubles(facts);
  const values = (entries: readonly (readonly [string | undefined, Value])[]): Items => {
    const items: (readonly [string | undefined, Json])[] = [];
    for (const [key, value] of entries) {
      const resolved = resolve(value, context);
      if (resolved.kind !== 'value') {
        const kind = resolved.kind === 'undetermined' && troubles.length === 0 ? 'unknown' : 'trouble';
        return { kind, why: [resolved.why, ...troubles].join('; ') };
      }
      items.push([key, resolved.value]);
    }
    if (items.length > MOST)
      return { kind: 'trouble', why: `${String(items.length)} items are more than ${String(MOST)}` };
    return { kind: 'items', items: named(items) };
  };
  if ('list' in loop) return values(loop.list.map((value) => [undefined, value]));
  if ('map' in loop) return values(loop.map);
  const whole = values([[undefined, loop]]);
  if (whole.kind !== 'items') return whole;
  const value = whole.items[0]?.item_value ?? null;
  if (isList(value)) return values(value.map((lit) => [undefined, { lit }]));
  if (value !== null && typeof value === 'object') {
    // By name: in what order a map was made is not kept everywhere on its way here.
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return values(entries.map(([key, lit]) => [key, { lit }]));
  }
  return { kind: 'trouble', why: `a list or a map is wanted, and this is ${JSON.stringify(value)}` };
}

/** What can stand as it is in a key, a folder's name and a line of text. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,39}$/;

/** Items by their own words, where these are short and no other's; else by their place, as `#3`. */
function named(items: readonly (readonly [string | undefined, Json])[]): readonly Item[] {
  const words = items.map(([key, value]) => key ?? (typeof value === 'object' ? '' : String(value)));
  const count = new Map<string, number>();
  for (const word of words) count.set(word, (count.get(word) ?? 0) + 1);
  return items.map(([key, value], index) => {
    const word = words[index] ?? '';
    const item = PLAIN.test(word) && count.get(word) === 1 ? word : `#${String(index + 1)}`;
    return { item, item_value: value, ...(key === undefined ? {} : { item_key: key }) };
  });
}

/**
 * The items for which a step of the rollback is done on a host: those of the step that it undoes which may have changed
 * something, last first. On a host where that step was not taken they are those of all its hosts.
 */
export function itemsToUndo(state: RunState, id: string, host: string): readonly Item[] {
  const undone = undoneStep(state.plan, id);
  if (undone === undefined) return [];
  const only = itemIn(id);
  const all = stepState(state, undone.id, 'apply')?.tasks ?? [];
  const own = all.some((task) => task.host === host);
  const tasks = (own ? tasksOn(state, undone.id, 'apply', host) : all)
    .filter((task) => mayHaveChanged(task) && (only === undefined || task.item === only))
    .toReversed();
  return own ? tasks.map(itemOf) : once(tasks.map(itemOf));
}

/** The same for several hosts is one; of those that are called the same and are not, each gets a name of its own. */
function once(items: readonly Item[]): readonly Item[] {
  const found = new Map<string, Item>();
  const names = new Map<string, number>();
  for (const each of items) {
    const key = JSON.stringify([each.item, each.item_value]);
    if (found.has(key)) continue;
    const times = (names.get(each.item) ?? 0) + 1;
    names.set(each.item, times);
    found.set(key, times === 1 ? each : { ...each, item: `${each.item}~${String(times)}` });
  }
  return [...found.values()];
}

export function itemOf({ item, item_value: value, item_key: key }: OpenedTask | TaskState): Item {
  return {
    item,
    ...(value === undefined ? {} : { item_value: value }),
    ...(key === undefined ? {} : { item_key: key }),
  };
}

/** The variables by which scripts know their item. */
export function itemEnv({ item_value: value, item_key: key }: Item): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  return { item: toEnv(value), ...(key === undefined ? {} : { item_key: key }) };
}
