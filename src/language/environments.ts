/** `environments`: the places that a procedure runs for, and what is otherwise in each. */
import * as z from 'zod';
import { approvalRule } from './approval-rule.ts';
import { choice, fixedText, keys, mapOf } from './fields.ts';
import { isBuiltIn, WORD, WORD_RULE } from './names.ts';
import { elementsAt, entriesAt, type Reading } from './reading.ts';
import { type ActionSyntax, asList, hostList } from './step-schema.ts';
import { didYouMean } from './suggest.ts';
import type { Environment, HostMention, Step } from './types.ts';
import { readVars } from './vars.ts';
import { readWindow } from './window.ts';
import type { Path } from './yaml-file.ts';

const MINUTE_MS = 60_000;
const UNITS: Readonly<Record<string, number>> = {
  ...{ m: MINUTE_MS, h: 60 * MINUTE_MS },
  ...{ d: 1440 * MINUTE_MS, w: 10_080 * MINUTE_MS },
};

/** How long ago something may be. */
const age = () =>
  fixedText()
    .meta({ examples: ['12h', '7d', '2w'] })
    .transform((given, context): number => {
      const [, amount, unit = ''] = /^([1-9]\d{0,3})\s*([mhdw])$/.exec(given.trim()) ?? [];
      const factor = UNITS[unit];
      if (factor !== undefined) return Number(amount) * factor;
      context.addIssue({
        code: 'custom',
        message: 'a length of time is wanted here, such as 12h, 7d or 2w',
        input: given,
      });
      return z.NEVER;
    });

export const environmentSchema = keys({
  vars: mapOf(z.unknown()).optional(),
  hosts: hostList().optional(),
  window: z.unknown().optional(),
  approvals: approvalRule().optional(),
  requires: keys({ environment: fixedText(), within: age() }).optional(),
  on_success: choice('rollback').optional(),
});

/** All of them, by their names. */
export const environmentsMap = (of: z.ZodType = z.unknown()) =>
  mapOf(of).refine((given) => Object.keys(given).length > 0, {
    error: 'there is no environment here: name one, or leave environments out',
  });

export interface Environments {
  readonly environments: readonly Environment[];
  readonly hosts: readonly HostMention[];
}

/** Reads the procedure's environments; hosts that they name are to be looked up in the inventory. */
export function readEnvironments(
  file: Reading,
  visible: { readonly params: readonly string[]; readonly vars: readonly string[] },
): Environments {
  const read = entriesAt(file.yaml, ['environments']).map(([name, at]) => readEnvironment(file, name, at, visible));
  const environments = read.flatMap((each) => each.environments);
  checkRequires(file, environments);
  return { environments, hosts: read.flatMap(({ hosts }) => hosts) };
}

function readEnvironment(
  file: Reading,
  name: string,
  path: Path,
  { params, vars: known }: { readonly params: readonly string[]; readonly vars: readonly string[] },
): Environments {
  const { yaml, wrong } = file;
  if (!WORD.test(name) || isBuiltIn(name)) {
    wrong(yaml.keyPlace(path), `an environment is named by ${WORD_RULE}, as it is typed in a command`);
  }
  const vars = readVars(file, [...path, 'vars'], params);
  for (const [each, at] of entriesAt(yaml, [...path, 'vars']))
    if (!known.includes(each)) wrong(yaml.keyPlace(at), unknownVar(each, known));
  const window = readWindow(file, [...path, 'window']);
  const read = file.take(environmentSchema, path);
  if (read === undefined) return { environments: [], hosts: [] };
  const { approvals, requires, on_success: onSuccess } = read;
  const hosts = read.hosts === undefined ? undefined : asList(read.hosts);
  const environment: Environment = {
    ...{ name, place: yaml.keyPlace(path), vars },
    ...(hosts === undefined ? {} : { hosts }),
    ...(window === undefined ? {} : { window }),
    ...(approvals === undefined ? {} : { approvals: { by: asList(approvals.by), count: approvals.count } }),
    ...(requires === undefined ? {} : { requires: { environment: requires.environment, withinMs: requires.within } }),
    ...(onSuccess === undefined ? {} : { onSuccess }),
  };
  return {
    environments: [environment],
    hosts: (hosts ?? []).map((host, index) => ({ in: 'on', name: host, place: hostPlace(file, path, index) })),
  };
}

function hostPlace({ yaml }: Reading, path: Path, index: number): HostMention['place'] {
  const at = [...path, 'hosts'];
  return yaml.place(Array.isArray(yaml.at(at)) ? [...at, index] : at);
}

function unknownVar(name: string, known: readonly string[]): string {
  const near = didYouMean(name, known);
  const more = near === '' ? ": write it into the procedure's vars too, with the value that holds elsewhere" : near;
  return `the procedure has no var "${name}" that this could stand in place of${more}`;
}

/** What is required must be there, and end somewhere. */
function checkRequires({ yaml, wrong }: Reading, environments: readonly Environment[]): void {
  const known = entriesAt(yaml, ['environments']).map(([name]) => name);
  for (const { name, requires } of environments) {
    if (requires === undefined) continue;
    const place = yaml.place(['environments', name, 'requires', 'environment']);
    if (!known.includes(requires.environment)) {
      const near = didYouMean(requires.environment, known);
      wrong(
        place,
        `there is no environment "${requires.environment}"${near === '' ? `; there are: ${known.join(', ')}` : near}`,
      );
    } else if (leadsBack(environments, name)) {
      wrong(place, `what ${name} requires leads back to itself, so it could never be run`);
    }
  }
}

function leadsBack(environments: readonly Environment[], name: string): boolean {
  const next = (of: string): string | undefined => environments.find((each) => each.name === of)?.requires?.environment;
  const seen = new Set<string>();
  for (let at = next(name); at !== undefined && !seen.has(at); at = next(at)) {
    if (at === name) return true;
    seen.add(at);
  }
  return false;
}

/** What a rehearsal does is taken back, so all that it does must be such that it can be. */
export function checkRehearsals(
  { yaml, wrong }: Reading,
  environments: readonly Environment[],
  steps: readonly Step[],
  actions: readonly ActionSyntax[],
): void {
  const rehearsal = environments.find(({ onSuccess }) => onSuccess !== undefined);
  if (rehearsal === undefined) return;
  for (const step of steps) {
    const changes = !step.readOnly && actions.some(({ name, changes: does }) => name === step.action && does);
    if (!changes || step.reversible || step.onRollback !== undefined || step.when !== undefined) continue;
    const at = elementsAt(yaml, ['steps']).find((each) => yaml.place(each).line === step.place.line) ?? [];
    const own = [...at, 'reversible'];
    wrong(
      yaml.at(own) === undefined ? step.place : yaml.keyPlace(own),
      `the environment ${rehearsal.name} takes back what it did, and this step cannot be undone: give it a when that ` +
        'does not hold there, such as vars.final with a var final that is false there',
    );
  }
}
