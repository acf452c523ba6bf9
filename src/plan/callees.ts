/** Procedures that others call: whether a call fits, and what its params come to. */
import { resolve, toEnv } from '../language/expressions.ts';
import { expandHosts } from '../language/inventory.ts';
import { matchesWhole } from '../language/params.ts';
import { unused } from '../language/secrets.ts';
import { nearest } from '../language/suggest.ts';
import type { Call, GivenParam, Inventory, Json, Param, Problem, Procedure } from '../language/types.ts';
import { lintPlaces } from './callee-places.ts';
import { lintTimes } from './callee-times.ts';
import { type Matches, readValue, unfit, unknown } from './params.ts';
import type { PlanHost } from './types.ts';

/** A procedure that is called, and the texts of the files that its steps name, by their names as written. */
export interface Callee {
  readonly procedure: Procedure;
  readonly texts: ReadonlyMap<string, string>;
}

/** By their names `<system>/<verb>`. */
export type Callees = ReadonlyMap<string, Callee>;

/** What is wrong with how a procedure calls those that could be read. */
export function lintCalls(
  caller: Procedure,
  callees: Callees,
  inventory: Inventory,
  matches: Matches = matchesWhole,
): readonly Problem[] {
  const calls = caller.steps.flatMap(({ call }) => {
    const callee = call && callees.get(call.procedure);
    return callee === undefined || call === undefined ? [] : [{ call, callee: callee.procedure }];
  });
  const asked = new Set(calls.flatMap(({ callee }) => callee.secrets ?? []));
  const idle = (caller.secretsForCalls ?? []).filter(({ name }) => !asked.has(name));
  // Of a procedure that could not be read nobody knows what it asks for.
  const known = caller.steps.every(({ call }) => call === undefined || callees.has(call.procedure));
  return [
    ...calls.flatMap(({ call, callee }) => [
      ...paramProblems(call, callee, inventory, matches),
      ...beyond(call, callee, caller, inventory),
    ]),
    ...lintTimes(caller, callees),
    ...lintPlaces(caller, callees, inventory),
    ...(known
      ? idle.map(({ name, place }) => ({ place, message: `${unused(name)}; no procedure that is called does` }))
      : []),
  ];
}

function paramProblems(
  call: Call,
  { params, hosts }: Procedure,
  inventory: Inventory,
  matches: Matches,
): readonly Problem[] {
  const given = new Map(call.with.map((each) => [each.name, each]));
  const names = params.map(({ name }) => name);
  const misnamed = call.with.filter(({ name }) => !names.includes(name));
  const meant = misnamed.map(({ name }) => nearest(name, names));
  const strange = misnamed.map(({ name, keyPlace }) => ({
    place: keyPlace,
    message: `${call.procedure}: ${unknown(name, params)}`,
  }));
  const wrong = params.flatMap((param) => {
    const value = given.get(param.name);
    if (value === undefined)
      return param.required && !meant.includes(param.name)
        ? [{ place: call.place, message: lacking(call, param) }]
        : [];
    if (!('lit' in value.value)) return [];
    return valueProblems(param, value, toEnv(value.value.lit), expandHosts(inventory, hosts), matches);
  });
  return [...strange, ...wrong];
}

const lacking = ({ procedure }: Call, { name, description }: Param): string =>
  `${procedure} needs a value for \`${name}\`${description === '' ? '' : ` (${description})`}: add with: {${name}: …}`;

function valueProblems(
  param: Param,
  { place }: GivenParam,
  value: string,
  hosts: readonly string[],
  matches: Matches,
): readonly Problem[] {
  const read = readValue(param, value, hosts, matches);
  return read.ok ? [] : [{ place, message: unfit(param, value, read.why) }];
}

/** A callee may touch, lock and be given nothing that its caller does not name. */
function beyond(call: Call, callee: Procedure, caller: Procedure, inventory: Inventory): readonly Problem[] {
  const allowed = expandHosts(inventory, caller.hosts);
  const hosts = expandHosts(inventory, callee.hosts).filter((host) => !allowed.includes(host));
  const secrets = (callee.secrets ?? []).filter((name) => caller.secrets?.includes(name) !== true);
  const locks = (callee.locks ?? []).filter((name) => caller.locks?.includes(name) !== true);
  const { place, procedure } = call;
  return [
    ...(hosts.length === 0
      ? []
      : [
          {
            place,
            message: `${procedure} may touch ${hosts.join(', ')}, which ${hosts.length === 1 ? 'is' : 'are'} not among this procedure's hosts: add ${hosts.length === 1 ? 'it' : 'them'} to hosts`,
          },
        ]),
    ...(callee.always === undefined
      ? []
      : [
          {
            place,
            message: `${procedure} has steps that are always done at the end of a run, and here it is a part of one: take it out of always there, or do not call it`,
          },
        ]),
    ...secrets.map((name) => ({
      place,
      message: `${procedure} needs the secret "${name}": add it to secrets at the top of this file`,
    })),
    ...locks.map((name) => ({
      place,
      message: `${procedure} locks "${name}": add it to lock at the top of this file`,
    })),
  ];
}

export type Given =
  | { readonly ok: true; readonly params: Readonly<Record<string, Json>> }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * A called procedure's params, bound as those of a command are. In what is given the caller's params and vars may stand:
 * a param has one value, so a var in it must be the same on all of the callee's hosts.
 */
export function giveParams(
  call: Call,
  callee: Procedure,
  caller: { readonly params: Readonly<Record<string, Json>>; readonly hosts: readonly PlanHost[] },
  matches: Matches = matchesWhole,
): Given {
  const problems: Problem[] = [];
  const names = caller.hosts.map(({ name }) => name);
  const entries = callee.params.flatMap((param): readonly (readonly [string, Json])[] => {
    const given = call.with.find(({ name }) => name === param.name);
    if (given === undefined) {
      if (param.default !== undefined) return [[param.name, param.default]];
      if (param.required) problems.push({ place: call.place, message: lacking(call, param) });
      return [];
    }
    const value = valueOf(given, caller);
    if ('why' in value) {
      problems.push({ place: given.place, message: value.why });
      return [];
    }
    const read = readValue(param, value.text, names, matches);
    if (read.ok) return [[param.name, read.value]];
    problems.push({ place: given.place, message: unfit(param, value.text, read.why) });
    return [];
  });
  return problems.length === 0 ? { ok: true, params: Object.fromEntries(entries) } : { ok: false, problems };
}

function valueOf(
  { name, value }: GivenParam,
  { params, hosts }: Parameters<typeof giveParams>[2],
): { readonly text: string } | { readonly why: string } {
  const found = new Map<string, string>();
  for (const host of hosts) {
    const made = resolve(value, { params, vars: host.vars, facts: {}, hosts: {}, steps: {}, run: {} });
    if (made.kind !== 'value') {
      return { why: `with.${name}: ${made.why}; only params and vars that have a value can stand here` };
    }
    found.set(toEnv(made.value), host.name);
  }
  const [first, second] = [...found];
  if (first === undefined) return { why: `with.${name}: there is no host for which it could be worked out` };
  if (second === undefined) return { text: first[0] };
  return {
    why:
      `with.${name}: a param has one value, and this is ${JSON.stringify(first[0])} on ${first[1]} and ` +
      `${JSON.stringify(second[0])} on ${second[1]}: use the var in the called procedure itself`,
  };
}
