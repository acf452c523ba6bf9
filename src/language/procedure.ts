/** `procedures/<system>/<verb>.yml`: read, and checked as far as it can be by itself. */
import * as z from 'zod';
import { readDefaults } from './defaults.ts';
import { checkRehearsals, environmentsMap, readEnvironments } from './environments.ts';
import { bool, choice, fixedText, keys, mapOf, script, shell, variableName } from './fields.ts';
import { lockNames } from './lock-names.ts';
import { reservedVerb } from './names.ts';
import { readParams } from './params.ts';
import { entriesAt, reading, type Reading } from './reading.ts';
import { checkSecrets } from './secrets.ts';
import { asList, hostList, secretNames, type ActionSyntax } from './step-schema.ts';
import { idsOfAll, readLists, stepList } from './step-lists.ts';
import { readOn, stepSchemas } from './steps.ts';
import type { Fact, HostMention, Parsed, Procedure } from './types.ts';
import { readVars } from './vars.ts';
import { readWindow } from './window.ts';
import { readYaml, type Path } from './yaml-file.ts';

export { lintProcedure } from './lint.ts';
export type { ActionSyntax } from './step-schema.ts';

export interface ProcedureOrigin {
  /** Path inside the repository, which places of problems name. */
  readonly file: string;
  readonly system: string;
  readonly verb: string;
  /** The actions that there are. */
  readonly actions: readonly ActionSyntax[];
}

const NO_STEPS = 'the list is empty: write a step, or take it out';

const document = keys({
  description: fixedText().regex(/^[^\n]+\n?$/, { error: 'one line is wanted here, which /help shows' }),
  params: mapOf(z.unknown()).optional(),
  hosts: hostList(),
  vars: mapOf(z.unknown()).optional(),
  facts: mapOf(z.unknown()).optional(),
  secrets: secretNames().optional(),
  lock: lockNames().optional(),
  window: z.unknown().optional(),
  environments: environmentsMap().optional(),
  environment_required: bool().default(true),
  defaults: z.unknown().optional(),
  steps: stepList().min(1, { error: 'a procedure has at least one step' }),
  rollback: stepList().min(1, { error: NO_STEPS }).optional(),
  always: stepList().min(1, { error: NO_STEPS }).optional(),
});

export const factSchema = z.union(
  [
    script(),
    keys({ run: script(), type: choice('string', 'int', 'bool').default('string'), shell: shell().default('sh') }),
  ],
  { error: 'a fact is a script, or {run: script, type: string, int or bool}' },
);

/** Reads a procedure; all that is wrong is told, in the order of the file, each with its place. */
export function parseProcedure(text: string, { file, system, verb, actions }: ProcedureOrigin): Parsed<Procedure> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  return reading(yaml.value, (given): Procedure | undefined => {
    const top = given.take(document, []);
    const reserved = reservedVerb(verb);
    if (reserved !== undefined) given.wrong({ file, line: 1, column: 1 }, reserved);
    const { params, mentions: preset } = readParams(given, ['params']);
    const names = (key: string): readonly string[] => entriesAt(given.yaml, [key]).map(([name]) => name);
    const visible = { params: names('params'), vars: names('vars'), facts: names('facts') };
    const vars = readVars(given, ['vars'], visible.params);
    const window = readWindow(given, ['window']);
    const places = readEnvironments(given, visible);
    const facts = readFacts(given, ['facts']);
    const nowhere = { ...visible, steps: [], laterSteps: idsOfAll(given) };
    const defaults = readDefaults(given, nowhere, (at) => readOn(given, at, { visible, facts }));
    const scope = { actions, schemas: stepSchemas(actions), visible, facts, defaults: defaults.given };
    const { steps, rollback, always, hosts: chosen, files } = readLists(given, scope);
    checkRehearsals(given, places.environments, steps, actions);
    const secretsForCalls = checkSecrets(given, [...visible.params, ...visible.vars]);
    if (top === undefined) return undefined;
    const hosts = asList(top.hosts);
    return {
      ...{ system, verb, file, description: top.description.trim(), params, hosts, vars, facts, steps },
      ...(rollback.length === 0 ? {} : { rollback }),
      ...(always.length === 0 ? {} : { always }),
      ...(top.secrets === undefined ? {} : { secrets: top.secrets }),
      ...(top.lock === undefined ? {} : { locks: top.lock }),
      ...(window === undefined ? {} : { window }),
      ...(places.environments.length === 0 ? {} : { environments: places.environments }),
      ...(top.environment_required ? {} : { environmentOptional: true }),
      ...(secretsForCalls.length === 0 ? {} : { secretsForCalls }),
      mentions: [...preset, ...namedHosts(given, hosts), ...places.hosts, ...defaults.hosts, ...chosen],
      files,
    };
  });
}

function namedHosts({ yaml }: Reading, hosts: readonly string[]): readonly HostMention[] {
  const listed = Array.isArray(yaml.at(['hosts']));
  return hosts.map((name, at) => ({ in: 'hosts', name, place: yaml.place(listed ? ['hosts', at] : ['hosts']) }));
}

function readFacts(file: Reading, path: Path): Readonly<Record<string, Fact>> {
  const { yaml, wrong } = file;
  const facts = entriesAt(yaml, path).flatMap(([name, at]): [string, Fact][] => {
    const named = variableName().safeParse(name);
    if (!named.success) wrong(yaml.keyPlace(at), named.error.issues[0]?.message ?? 'no fact can be called so');
    const read = file.take(factSchema, at);
    if (read === undefined) return [];
    const {
      run,
      type,
      shell: chosen,
    } = typeof read === 'string' ? { run: read, type: 'string' as const, shell: 'sh' as const } : read;
    return [[name, { name, type, script: { shell: chosen, text: run } }]];
  });
  return Object.fromEntries(facts);
}
