/** A procedure against the inventory that it is to run with. */
import { sorted } from './check.ts';
import { expandHosts } from './inventory.ts';
import { lintEnvironments } from './lint-environments.ts';
import { lintMany } from './lint-many.ts';
import { didYouMean } from './suggest.ts';
import type { HostMention, Inventory, Problem, Procedure } from './types.ts';

/** Hosts and groups that do not exist, steps that reach beyond the procedure's `hosts`, and params that a host would hide. */
export function lintProcedure(procedure: Procedure, inventory: Inventory): readonly Problem[] {
  const allowed = new Set(expandHosts(inventory, procedure.hosts));
  const strange = (procedure.mentions ?? []).flatMap((mention) => {
    const message = unknownName(mention, inventory) ?? beyond(mention, inventory, allowed);
    return message === undefined ? [] : [{ place: mention.place, message }];
  });
  return sorted([
    ...strange,
    ...hidden(procedure, inventory, [...allowed]),
    ...lintMany(procedure, inventory),
    ...lintEnvironments(procedure, inventory),
  ]);
}

/** In scripts params and vars have one namespace: a host's var would stand in for what was typed, and nobody would see it. */
function hidden(procedure: Procedure, inventory: Inventory, hosts: readonly string[]): readonly Problem[] {
  const place = { file: procedure.file, line: 1, column: 1 };
  return procedure.params.flatMap(({ name }) =>
    hosts
      .filter((host) => Object.hasOwn(inventory.hosts[host]?.vars ?? {}, name))
      .map((host) => ({
        place,
        message: `"${host}" has a var "${name}" in ${inventory.file}, which would hide the param of that name: rename one of the two`,
      })),
  );
}

function unknownName({ in: where, name }: HostMention, inventory: Inventory): string | undefined {
  const groups = where === 'hosts' || where === 'on' ? Object.keys(inventory.groups) : [];
  const known = [...Object.keys(inventory.hosts), ...groups];
  if (known.includes(name)) return undefined;
  const what = groups.length > 0 ? 'host or group' : 'host';
  const near = didYouMean(name, known);
  return `there is no ${what} "${name}" in ${inventory.file}${near === '' ? `; there are: ${known.join(', ')}` : near}`;
}

function beyond(
  { in: where, name }: HostMention,
  inventory: Inventory,
  allowed: ReadonlySet<string>,
): string | undefined {
  if (where === 'hosts') return undefined;
  const outside = expandHosts(inventory, [name]).filter((host) => !allowed.has(host));
  if (outside.length === 0) return undefined;
  const who = outside.join(', ') === name ? `"${name}" is` : `"${name}" has ${outside.join(', ')}, which is`;
  return `${who} not among the procedure's hosts: add it to hosts, or name another`;
}
