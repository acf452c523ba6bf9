/** What only the inventory shows of steps that are taken on several hosts or for several items. */
import { expandHosts } from './inventory.ts';
import { hostSets, stepsOf, undosOf } from './lint-environments.ts';
import { LOOP_VARIABLES } from './many-rules.ts';
import { factWord } from './on-fact.ts';
import { hasExpression } from './template.ts';
import type { Inventory, Problem, Procedure, Step } from './types.ts';

/** More hosts than `max_hosts`, groups without any, and hosts' vars that a loop would hide. */
export function lintMany(procedure: Procedure, inventory: Inventory): readonly Problem[] {
  const steps = stepsOf(procedure);
  const all = steps.flatMap((step) => [step, ...undosOf(step)]);
  const empty = (procedure.mentions ?? [])
    .filter(({ in: where, name }) => where === 'on' && isEmptyGroup(name, inventory))
    .map(({ name, place }) => ({ place, message: `the group "${name}" has no hosts, so it names none here` }));
  return [
    ...empty,
    ...all.flatMap((step) => tooManyHosts(step, procedure, inventory)),
    ...steps.flatMap((step) => hiddenVars(step, procedure, inventory)),
  ];
}

const isEmptyGroup = (name: string, { hosts, groups }: Inventory): boolean =>
  !Object.hasOwn(hosts, name) && Object.hasOwn(groups, name) && groups[name]?.length === 0;

/** Where facts or params choose, that is seen later. */
function tooManyHosts({ on, place, maxHosts }: Step, procedure: Procedure, inventory: Inventory): readonly Problem[] {
  if (maxHosts === undefined || on.some((name) => hasExpression(name) || factWord(name) !== undefined)) return [];
  const named = on.length === 0 ? undefined : expandHosts(inventory, on);
  const sets = hostSets(procedure, inventory).map((hosts) => hosts.filter((host) => named?.includes(host) ?? true));
  const meant = sets.find((hosts) => hosts.length > maxHosts);
  if (meant === undefined) return [];
  const message = `max_hosts is ${maxHosts}, and this step is taken on ${meant.length}: ${meant.join(', ')}`;
  return [{ place, message }];
}

/** In scripts they have one namespace. */
function hiddenVars({ loop, place }: Step, { hosts }: Procedure, inventory: Inventory): readonly Problem[] {
  if (loop === undefined) return [];
  return expandHosts(inventory, hosts).flatMap((host) =>
    LOOP_VARIABLES.filter((name) => Object.hasOwn(inventory.hosts[host]?.vars ?? {}, name)).map((name) => ({
      place,
      message: `"${host}" has a var "${name}" in ${inventory.file}, which this loop's own variable would hide: rename the var`,
    })),
  );
}
