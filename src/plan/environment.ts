import { expandHosts } from '../language/inventory.ts';
import { didYouMean } from '../language/suggest.ts';
import type { Environment, Inventory, Procedure } from '../language/types.ts';
import { usage } from './params.ts';

export type ChosenEnvironment =
  | { readonly ok: true; readonly environment?: Environment }
  /** What is wrong, in words that say what to type instead. */
  | { readonly ok: false; readonly problem: string };

/**
 * The environment that a call names. There is none by default, not even where there is but one: a word that was left out
 * must never mean production. A procedure may say that it can be left out; then none of them is meant.
 */
export function chooseEnvironment(procedure: Procedure, named: string | undefined): ChosenEnvironment {
  const { environments = [], environmentOptional = false, verb, system } = procedure;
  const names = environments.map(({ name }) => name);
  if (named === undefined) {
    if (names.length === 0 || environmentOptional) return { ok: true };
    return wrong(`it is not said in which environment: add ${names.map(word).join(' or ')}`, procedure);
  }
  const environment = environments.find(({ name }) => name === named);
  if (environment !== undefined) return { ok: true, environment };
  if (names.length === 0) {
    return wrong(`\`/${verb} ${system}\` has no environments: leave out ${word(named)}`, procedure);
  }
  const all = `there are: ${names.map((name) => `\`${name}\``).join(', ')}`;
  const near = didYouMean(named, names);
  return wrong(
    `there is no environment \`${plain(named)}\`${near === '' ? '' : near.replaceAll('"', '`')} (${all})`,
    procedure,
  );
}

const wrong = (problem: string, procedure: Procedure): ChosenEnvironment => ({
  ok: false,
  problem: `${problem.charAt(0).toUpperCase()}${problem.slice(1)}. Type: \`${usage(procedure)}\``,
});

const word = (name: string): string => `\`environment=${plain(name)}\``;

/** As it was typed, shortened, and never able to end the code span it stands in. */
const plain = (name: string): string => name.replaceAll('`', '').slice(0, 60);

/** The procedure with the vars that hold in an environment. */
export const inEnvironment = (procedure: Procedure, environment: Environment | undefined): Procedure =>
  environment === undefined ? procedure : { ...procedure, vars: { ...procedure.vars, ...environment.vars } };

/** The hosts of a procedure in an environment, and those that it has elsewhere alone; in the order of its `hosts`. */
export function hostsIn(
  { hosts }: Pick<Procedure, 'hosts'>,
  environment: Pick<Environment, 'hosts'> | undefined,
  inventory: Inventory,
): { readonly own: readonly string[]; readonly elsewhere: readonly string[] } {
  const all = expandHosts(inventory, hosts);
  if (environment?.hosts === undefined) return { own: all, elsewhere: [] };
  const named = expandHosts(inventory, environment.hosts);
  return {
    own: all.filter((name) => named.includes(name)),
    elsewhere: all.filter((name) => !named.includes(name)),
  };
}
