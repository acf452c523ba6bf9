import { toEnv } from '../language/expressions.ts';
import type { Json, Value } from '../language/types.ts';
import type { Plan, PlanHost } from './types.ts';

/**
 * Params and vars as the environment of every script that runs on a host: facts, conditions, steps. A param stands
 * before a var of the same name.
 */
export function environmentOf(plan: Pick<Plan, 'params' | 'hosts'>, host: string): Readonly<Record<string, string>> {
  const vars = plan.hosts.find((each) => each.name === host)?.vars ?? {};
  return Object.fromEntries(Object.entries({ ...vars, ...plan.params }).map(([name, value]) => [name, toEnv(value)]));
}

/** The same for a step's job, to be resolved on each of its hosts. A var that not all of them have is left out. */
export function environmentValues(
  params: Readonly<Record<string, Json>>,
  hosts: readonly PlanHost[],
): Readonly<Record<string, Value>> {
  const names = Object.keys(hosts[0]?.vars ?? {}).filter((name) =>
    hosts.every((host) => Object.hasOwn(host.vars, name)),
  );
  const vars = names.map((name): [string, Value] => [name, { expr: `\${{ vars.${name} }}` }]);
  return { ...Object.fromEntries(vars), ...literals(params) };
}

const literals = (values: Readonly<Record<string, Json>>): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(values).map(([name, lit]) => [name, { lit }]));
