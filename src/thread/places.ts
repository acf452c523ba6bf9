import { NO_ITEM } from '../run/steps.ts';
import type { TaskKey } from '../run/types.ts';
import { code, counted, listed } from './markdown.ts';

type Place = Pick<TaskKey, 'host' | 'item'>;

/** How a name is shown: as code in Markdown or HTML, plainly on a terminal. */
type Shown = (name: string) => string;

const HOSTS_SHOWN = 6;
const ITEMS_SHOWN = 4;

/** `web1`; with an item `web1 for nginx`. */
export const place = ({ host, item }: Place, shown: Shown = code): string =>
  item === NO_ITEM ? shown(host) : `${shown(host)} for ${shown(item)}`;

/** Where several tasks are done: `web1 and web2`; with items `web1 and web2 for nginx and redis`; past a handful their number. */
export function places(tasks: readonly Place[], shown: Shown = code): string {
  const items = new Map<string, string[]>();
  for (const { host, item } of tasks) items.set(host, [...(items.get(host) ?? []), item]);
  const alike = new Map<string, string[]>();
  for (const [host, own] of items) {
    const words = itemsText(own, shown);
    alike.set(words, [...(alike.get(words) ?? []), host]);
  }
  return [...alike]
    .map(([words, hosts]) => `${hostsText(hosts, shown)}${words === '' ? '' : ` for ${words}`}`)
    .join('; ');
}

/** A few places by name, more by their number: `5 hosts`, `12 items on 3 hosts`. */
export function fewPlaces(
  tasks: readonly Place[],
  shown: Shown = code,
  join: (words: readonly string[]) => string = listed,
): string {
  const hosts = [...new Set(tasks.map(({ host }) => host))];
  const alone = tasks.every(({ item }) => item === NO_ITEM);
  if (alone) return tasks.length > 3 ? counted(tasks.length, 'host') : join(hosts.map(shown));
  if (tasks.length <= 3) return places(tasks, shown);
  return `${counted(tasks.length, 'item')} on ${hosts.length > 1 ? counted(hosts.length, 'host') : hosts.map(shown).join('')}`;
}

function itemsText(items: readonly string[], shown: Shown): string {
  const named = items.filter((item) => item !== NO_ITEM);
  return named.length > ITEMS_SHOWN ? `${String(named.length)} items` : listed(named.map(shown));
}

/** `a, b and c`; past a handful their number. */
export function hostsText(hosts: readonly string[], shown: Shown = code): string {
  if (hosts.length <= HOSTS_SHOWN) return listed(hosts.map(shown));
  return `${hosts.slice(0, 3).map(shown).join(', ')} and ${String(hosts.length - 3)} more hosts`;
}
