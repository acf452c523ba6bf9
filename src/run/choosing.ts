import type { Json } from '../language/types.ts';
import { tooMany } from '../plan/on.ts';
import type { Choice, PlanStep } from '../plan/types.ts';
import { headOf } from './cut.ts';
import type { FactValue, ChoiceRead, OpenedTask } from './types.ts';
import { NO_ITEM } from './steps.ts';

type Seen = Pick<ChoiceRead, 'facts' | 'unreachable'>;

/** What facts decided: the hosts that are meant, or why that could not be decided, host by host. */
export type Chosen =
  | { readonly kind: 'hosts'; readonly hosts: readonly string[] }
  | { readonly kind: 'none' | 'unread' | 'many'; readonly tasks: readonly OpenedTask[] };

/** Of a step's hosts, those whose facts must be read to choose. */
export const hostsToAsk = ({ named }: Choice, hosts: readonly string[]): readonly string[] =>
  hosts.filter((host) => !named.includes(host));

/** The facts that decide, each once. */
export const factsToAsk = ({ where }: Choice): readonly string[] => [...new Set(where.map(({ fact }) => fact))].sort();

/** `function=production`; several with `or` between them. */
export const choiceText = ({ named, where }: Choice): string =>
  [...named, ...where.map(({ fact, value }) => `${fact}=${textOf(value)}`)].join(' or ');

/**
 * Chooses among hosts by what was read on them. Where one host's facts are not known it may be the very one that is
 * meant: then nothing is chosen, rather than the others.
 */
export function choose(
  step: PlanStep,
  choice: Choice,
  hosts: readonly string[],
  seen: Readonly<Record<string, Seen>>,
): Chosen {
  const judged = hosts.map((host) => ({ host, is: choice.named.includes(host) ? true : meant(choice, seen[host]) }));
  const unread = judged.flatMap(({ host, is }) => (typeof is === 'object' && 'unread' in is ? [{ host, ...is }] : []));
  if (unread.length > 0) {
    const tasks = unread.map(({ host, unread: why, unreachable }) => ({
      ...troubled(host, `which hosts are meant by ${choiceText(choice)} is not known: ${why}`),
      ...(unreachable ? { unreachable: true as const } : {}),
    }));
    return { kind: 'unread', tasks };
  }
  const found = judged.flatMap(({ host, is }) => (is === true ? [host] : []));
  if (found.length === 0) {
    const tasks = judged.map(({ host, is }) =>
      troubled(
        host,
        `no host is meant by ${choiceText(choice)}${typeof is === 'object' && 'says' in is ? `: here ${is.says}` : ''}`,
      ),
    );
    return { kind: 'none', tasks };
  }
  const most = step.maxHosts;
  if (most !== undefined && found.length > most) {
    return { kind: 'many', tasks: found.map((host) => troubled(host, tooMany(found, most))) };
  }
  return { kind: 'hosts', hosts: step.runOnce === true ? found.slice(0, 1) : found };
}

const troubled = (host: string, trouble: string): OpenedTask => ({ host, item: NO_ITEM, env: {}, trouble });

/** Whether one of the facts is as wanted on a host; else what they are, or why that is not known. */
function meant(
  { where }: Choice,
  seen: Seen | undefined,
): true | { readonly unread: string; readonly unreachable: boolean } | { readonly says: string } {
  if (seen?.unreachable !== undefined) return { unread: seen.unreachable, unreachable: true };
  const facts: Readonly<Record<string, FactValue>> = seen?.facts ?? {};
  const found = where.map(({ fact, value }) => ({
    fact,
    wanted: value,
    read: facts[fact] ?? { trouble: 'it was not read' },
  }));
  if (found.some(({ wanted, read }) => 'value' in read && read.value === wanted)) return true;
  const troubles = found.flatMap(({ fact, read }) => ('trouble' in read ? [`fact ${fact}: ${read.trouble}`] : []));
  if (troubles.length > 0) return { unread: [...new Set(troubles)].join('; '), unreachable: false };
  const says = found.flatMap(({ fact, read }) => ('value' in read ? [`${fact} is ${textOf(read.value)}`] : []));
  return { says: [...new Set(says)].join(' and ') };
}

const textOf = (value: Json): string => {
  if (value === '') return "''";
  return headOf(typeof value === 'object' ? JSON.stringify(value) : String(value), 80);
};
