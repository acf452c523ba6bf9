import { resolve } from '../language/expressions.ts';
import { expandHosts } from '../language/inventory.ts';
import { didYouMean } from '../language/suggest.ts';
import type { Environment, Inventory, InventoryHost, Json, Procedure, Value } from '../language/types.ts';
import { hostsIn, inEnvironment } from './environment.ts';
import type { PlanHost } from './types.ts';

/** Names of hosts and groups as names of hosts, each once, in the order of writing; and those that are neither. */
export function expand(
  names: readonly string[],
  inventory: Inventory,
): { readonly hosts: readonly string[]; readonly unknown: readonly string[] } {
  const known = (name: string): boolean =>
    own(inventory.hosts, name) !== undefined || own(inventory.groups, name) !== undefined;
  return { hosts: expandHosts(inventory, names), unknown: names.filter((name) => !known(name)) };
}

/** What to write instead of a name that the inventory does not know. */
export function unknownName(name: string, inventory: Inventory): string {
  const known = [...Object.keys(inventory.hosts), ...Object.keys(inventory.groups)];
  return `the inventory ${inventory.file} has no host or group "${name}"${didYouMean(name, known)}`;
}

export type MadeHosts =
  | { readonly ok: true; readonly hosts: readonly PlanHost[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The procedure's hosts, or those of one of its environments, as the plan fixes them. */
export function planHosts(
  procedure: Procedure,
  params: Readonly<Record<string, Json>>,
  inventory: Inventory,
  environment?: Environment,
): MadeHosts {
  const { unknown } = expand([...procedure.hosts, ...(environment?.hosts ?? [])], inventory);
  const names = hostsIn(procedure, environment, inventory).own;
  const problems = new Set(unknown.map((name) => unknownName(name, inventory)));
  if (names.length === 0 && unknown.length === 0) problems.add('hosts: it names no host, so there is nothing to do');
  const hosts = names.flatMap((name) => {
    const host = own(inventory.hosts, name);
    if (host === undefined) {
      problems.add(unknownName(name, inventory));
      return [];
    }
    const vars = varsOf(inEnvironment(procedure, environment).vars, params, host.vars);
    for (const problem of vars.problems) problems.add(problem);
    const reached = withJump(host, vars.values, inventory, [name]);
    if (typeof reached === 'string') problems.add(reached);
    return typeof reached === 'string' ? [] : [reached];
  });
  return problems.size === 0 ? { ok: true, hosts } : { ok: false, problems: [...problems] };
}

/** The procedure's and environment's vars, in which params may stand, overridden by the host's own. */
export function varsOf(
  vars: Readonly<Record<string, Value>>,
  params: Readonly<Record<string, Json>>,
  host: Readonly<Record<string, Json>>,
): { readonly values: Readonly<Record<string, Json>>; readonly problems: readonly string[] } {
  const values: Record<string, Json> = { ...host };
  const problems: string[] = [];
  for (const [name, value] of Object.entries(vars)) {
    if (Object.hasOwn(host, name)) continue;
    const made = resolve(value, { params, vars: {}, facts: {}, hosts: {}, steps: {}, run: {} });
    if (made.kind === 'value') values[name] = made.value;
    else problems.push(`vars.${name}: ${made.why}; only params that have a value can stand in vars`);
  }
  return { values, problems };
}

/** How to reach a host of the inventory, for what needs no procedure (`trust`); or why that cannot be. */
export const wayTo = (host: InventoryHost, inventory: Inventory): PlanHost | string =>
  withJump(host, {}, inventory, [host.name]);

/** The host with the one to jump through, and so on; or why that cannot be. The vars of a jump host have no part in it. */
function withJump(
  host: InventoryHost,
  vars: Readonly<Record<string, Json>>,
  inventory: Inventory,
  way: readonly string[],
): PlanHost | string {
  const { name, address, port, user, key, hostKey } = host;
  const plain: PlanHost = {
    ...{ name, address, port, user, vars },
    ...(key === undefined ? {} : { key }),
    ...(hostKey === undefined ? {} : { hostKey }),
  };
  if (host.via === undefined) return plain;
  if (way.includes(host.via))
    return `${inventory.file}: the way to ${way[0] ?? name} goes round in a circle (via ${host.via})`;
  const jump = own(inventory.hosts, host.via);
  if (jump === undefined) return `${inventory.file}: ${name} is reached via ${host.via}, and there is no such host`;
  const via = withJump(jump, {}, inventory, [...way, host.via]);
  return typeof via === 'string' ? via : { ...plain, via };
}

const own = <T>(map: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;
