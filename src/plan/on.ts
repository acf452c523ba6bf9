import { resolve, toEnv } from '../language/expressions.ts';
import { asValue } from '../language/fields.ts';
import { factWord, wantedValue } from '../language/on-fact.ts';
import type { Json, Step } from '../language/types.ts';
import { expand, unknownName } from './hosts.ts';
import { type Ground, notHere } from './steps.ts';
import type { Choice } from './types.ts';

/** The hosts of a step: those named, or with `choice` those among which facts will choose. */
export interface OnHosts {
  readonly hosts: readonly string[];
  readonly choice?: Choice;
}

/** What a step's `on` comes down to; what is wrong with it is told, and there is nothing then. */
export function onHosts(ground: Ground, step: Step, fault: (message: string) => void): OnHosts | undefined {
  const all = ground.hosts.map((host) => host.name);
  const faults: string[] = [];
  const wrong = (message: string): undefined => {
    faults.push(message);
  };
  const where = step.on.flatMap((written) => factOf(ground, written, wrong) ?? []);
  const plain = step.on
    .filter((written) => factWord(written) === undefined)
    .flatMap((written) => textOf(written, ground.params, wrong) ?? []);
  const named = expand(plain, ground.inventory);
  for (const name of named.unknown) wrong(unknownName(name, ground.inventory));
  const outside = named.hosts.filter((name) => !all.includes(name) && !ground.elsewhere.includes(name));
  if (outside.length > 0) wrong(`${outside.join(', ')} is not among the procedure's hosts; add it to hosts:`);
  const hosts = step.on.length === 0 ? all : all.filter((name) => named.hosts.includes(name));
  if (where.length === 0 && faults.length === 0) checkNumber(ground, step, named.hosts, hosts, wrong);
  for (const message of faults) fault(`on: ${message}`);
  if (faults.length > 0) return undefined;
  return where.length === 0 ? { hosts } : { hosts: all, choice: { named: hosts, where } };
}

function checkNumber(
  { environment }: Ground,
  { on, maxHosts }: Step,
  named: readonly string[],
  hosts: readonly string[],
  wrong: (message: string) => void,
): void {
  if (on.length > 0 && hosts.length === 0) {
    const why = named.length > 0 ? notHere(environment) : 'has no hosts';
    wrong(`${on.join(', ')} ${why}, so this step would do nothing`);
  }
  if (maxHosts !== undefined && hosts.length > maxHosts) wrong(tooMany(hosts, maxHosts));
}

/** That more hosts are meant than the step may be taken on, in words. */
export function tooMany(hosts: readonly string[], most: number): string {
  const names =
    hosts.length > 6 ? `${hosts.slice(0, 5).join(', ')} and ${String(hosts.length - 5)} more` : hosts.join(', ');
  return `${String(hosts.length)} hosts are meant (${names}), and max_hosts is ${String(most)}`;
}

function factOf(
  { facts, params }: Ground,
  written: string,
  wrong: (message: string) => void,
): Choice['where'][number] | undefined {
  const word = factWord(written);
  const fact = word && facts[word.fact];
  const value = word && textOf(word.value, params, wrong);
  if (fact === undefined || value === undefined) return undefined;
  const wanted = wantedValue(fact.type, value);
  if ('value' in wanted) return { fact: fact.name, value: wanted.value };
  wrong(`the fact ${fact.name} can never be so: ${wanted.never}`);
  return undefined;
}

/** What is written, with the values of params put in: they are known before the run starts, and nothing else is. */
function textOf(
  written: string,
  params: Readonly<Record<string, Json>>,
  wrong: (message: string) => void,
): string | undefined {
  const made = resolve(asValue(written), { params, vars: {}, facts: {}, hosts: {}, steps: {}, run: {} });
  if (made.kind === 'value') return toEnv(made.value);
  wrong(`${written}: ${made.why}; only params that have a value can stand here`);
  return undefined;
}
