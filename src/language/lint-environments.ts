/** What only the inventory shows of a procedure's environments. */
import { expandHosts } from './inventory.ts';
import { factWord } from './on-fact.ts';
import { isMap } from './reading.ts';
import { hasExpression } from './template.ts';
import type { Environment, Inventory, Problem, Procedure, Step } from './types.ts';

/** Environments in which a step would have no host, or would ask a host that is elsewhere. */
export function lintEnvironments(procedure: Procedure, inventory: Inventory): readonly Problem[] {
  return (procedure.environments ?? []).flatMap((environment) => {
    const there = hostsThere(procedure, environment, inventory);
    // That it names none is told at its hosts.
    if (there.length === 0) return [];
    return [
      ...stepsOf(procedure)
        .flatMap((step) => [step, ...undosOf(step)])
        .flatMap((step) => withoutHosts(step, environment, there, inventory)),
      ...askedElsewhere(procedure, environment, there, inventory),
    ];
  });
}

/** Names of the hosts that a procedure has in each of its environments, and as a whole where none need be named. */
export function hostSets(procedure: Procedure, inventory: Inventory): readonly (readonly string[])[] {
  const { environments = [], environmentOptional = false, hosts } = procedure;
  const bare = environments.length === 0 || environmentOptional ? [expandHosts(inventory, hosts)] : [];
  return [...bare, ...environments.map((environment) => hostsThere(procedure, environment, inventory))];
}

function hostsThere({ hosts }: Procedure, environment: Environment, inventory: Inventory): readonly string[] {
  const all = expandHosts(inventory, hosts);
  const named = environment.hosts && expandHosts(inventory, environment.hosts);
  return named === undefined ? all : all.filter((name) => named.includes(name));
}

/** Those of all lists. */
export const stepsOf = ({ steps, rollback = [], always = [] }: Procedure): readonly Step[] => [
  ...steps,
  ...rollback,
  ...always,
];

/** The steps that undo one. */
export const undosOf = ({ onRollback }: Step): readonly Step[] =>
  onRollback !== undefined && 'steps' in onRollback ? onRollback.steps : [];

/** A table names its hosts itself. */
const namesOf = ({ action, input, on }: Step): readonly string[] =>
  action === 'expect' && isMap(input) ? Object.keys(input) : on;

/** Where facts or params choose, that is seen later. */
function withoutHosts(
  step: Step,
  { name }: Environment,
  there: readonly string[],
  inventory: Inventory,
): readonly Problem[] {
  const on = namesOf(step);
  if (on.length === 0 || on.some((each) => hasExpression(each) || factWord(each) !== undefined)) return [];
  const meant = expandHosts(inventory, on);
  if (meant.length === 0 || meant.some((each) => there.includes(each))) return [];
  const message =
    `in the environment ${name} this step has no host: ${on.join(', ')} is not among ${there.join(', ')}; ` +
    'name a group that has hosts of each environment';
  return [{ place: step.place, message }];
}

/** A fact of a host that the run has not can never be read. */
function askedElsewhere(
  { mentions = [] }: Procedure,
  { name }: Environment,
  there: readonly string[],
  inventory: Inventory,
): readonly Problem[] {
  return mentions
    .filter((mention) => mention.in === 'expr' && Object.hasOwn(inventory.hosts, mention.name))
    .filter((mention) => !there.includes(mention.name))
    .map((mention) => ({
      place: mention.place,
      message: `the environment ${name} has not the host "${mention.name}", of which this asks a fact: add it to that environment's hosts`,
    }));
}
