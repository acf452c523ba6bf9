/** Called procedures in the environments of who calls them, which are not theirs. */
import { expandHosts } from '../language/inventory.ts';
import { lintEnvironments } from '../language/lint-environments.ts';
import type { Call, Environment, Inventory, Problem, Procedure } from '../language/types.ts';
import type { Callees } from './callees.ts';

/** Tells where a called procedure, or a step of it, has no host, and what a rehearsal could not take back. */
export function lintPlaces(caller: Procedure, callees: Callees, inventory: Inventory): readonly Problem[] {
  return (caller.environments ?? []).flatMap((environment) =>
    inside(caller, environment, { callees, inventory, certain: true }, new Set()),
  );
}

interface Around {
  readonly callees: Callees;
  readonly inventory: Inventory;
  /** No condition on the way to it may leave it out. */
  readonly certain: boolean;
}

function inside(caller: Procedure, environment: Environment, around: Around, seen: Set<string>): readonly Problem[] {
  const { callees, inventory } = around;
  return caller.steps.flatMap(({ call, when }) => {
    const callee = call && callees.get(call.procedure)?.procedure;
    if (call === undefined || callee === undefined) return [];
    const certain = around.certain && when === undefined;
    const forGood = certain && environment.onSuccess !== undefined ? neverUndone(callee) : undefined;
    const problems = forGood === undefined ? [] : [{ place: call.place, message: notBack(call, environment, forGood) }];
    if (!hasHost(callee, environment, inventory))
      return [...problems, { place: call.place, message: nowhere(call, environment) }];
    const key = `${call.procedure} ${String(certain)}`;
    if (seen.has(key)) return problems;
    seen.add(key);
    return [
      ...problems,
      ...lintEnvironments({ ...callee, environments: [environment] }, inventory),
      ...inside(callee, environment, { ...around, certain }, seen),
    ];
  });
}

function hasHost({ hosts }: Procedure, environment: Environment, inventory: Inventory): boolean {
  const named = environment.hosts && expandHosts(inventory, environment.hosts);
  return expandHosts(inventory, hosts).some((host) => named?.includes(host) !== false);
}

const neverUndone = ({ steps }: Procedure): string | undefined =>
  steps.find(({ reversible, onRollback, when }) => !reversible && onRollback === undefined && when === undefined)?.id;

const nowhere = ({ procedure }: Call, { name, hosts = [] }: Environment): string =>
  `in the environment ${name} ${procedure} has no host: none of its hosts is among ${hosts.join(', ')}`;

const notBack = ({ procedure }: Call, { name }: Environment, step: string): string =>
  `the environment ${name} takes back what it did, and the step ${step} of ${procedure} cannot be undone: give this call, ` +
  'or that step, a when that does not hold there';
