/** The table of `expect`: hosts × facts. Its keys are checked here, since only the whole file knows hosts and facts. */
import { unknownNames } from './embedded.ts';
import { described } from './fields.ts';
import { HOST, HOST_RULE, isBuiltIn } from './names.ts';
import { entriesAt, type Reading } from './reading.ts';
import { didYouMean } from './suggest.ts';
import { hasExpression, parseTemplate } from './template.ts';
import type { Fact, HostMention, Json } from './types.ts';
import type { Path } from './yaml-file.ts';

export interface TableScope {
  readonly params: readonly string[];
  readonly facts: Readonly<Record<string, Fact>>;
}

/** Tells what is wrong with the keys and values of a table; gives the hosts and groups that it names. */
export function checkTable(file: Reading, path: Path, scope: TableScope): readonly HostMention[] {
  return entriesAt(file.yaml, path).flatMap(([host, at]) => {
    for (const [fact, cell] of entriesAt(file.yaml, at)) checkCell(file, fact, cell, scope.facts);
    return checkHost(file, host, at, scope.params);
  });
}

function checkHost(
  { yaml, wrong }: Reading,
  host: string,
  at: Path,
  params: readonly string[],
): readonly HostMention[] {
  const place = yaml.keyPlace(at);
  if (hasExpression(host)) {
    const visible = { params, vars: [], facts: [], steps: [], laterSteps: [], onlyParams: true } as const;
    for (const message of unknownNames(host, visible)) wrong(place, message);
    return [];
  }
  if (HOST.test(host) && !isBuiltIn(host)) return [{ in: 'on', name: host, place }];
  wrong(place, `a host or group is named by ${HOST_RULE}`);
  return [];
}

function checkCell({ yaml, wrong }: Reading, name: string, at: Path, facts: Readonly<Record<string, Fact>>): void {
  const fact = Object.hasOwn(facts, name) ? facts[name] : undefined;
  if (fact === undefined) {
    const known = Object.keys(facts);
    const near = didYouMean(name, known);
    const all = known.length === 0 ? '; this procedure has no facts' : `; there are: ${known.join(', ')}`;
    wrong(yaml.keyPlace(at), `there is no fact "${name}"${near === '' ? all : near}`);
    return;
  }
  const why = neverThat(fact, yaml.at(at), yaml.written(at));
  if (why !== undefined) wrong(yaml.place(at), why);
}

/** Why a fact of this type can never have that value, in words that say what to write. */
function neverThat({ name, type }: Fact, value: Json | undefined, source: string | undefined): string | undefined {
  if (value === 'any' || value === undefined || value === null || typeof value === 'object') return undefined;
  if (typeof value === 'string' && isOneExpression(value)) return undefined;
  switch (type) {
    case 'string':
      if (typeof value !== 'string') return `quote it: write '${source ?? ''}', since the fact "${name}" is a text`;
      return value.trim() === value || hasExpression(value)
        ? undefined
        : `the fact "${name}" never has space around it, so it can never be this: take the space away`;
    case 'int':
      if (typeof value === 'number' && Number.isSafeInteger(value) && String(value) === source) return undefined;
      return `the fact "${name}" is a whole number (type: int), so it can never be this: write a number, without quotes`;
    case 'bool':
      return typeof value === 'boolean'
        ? undefined
        : `the fact "${name}" is true or false (type: bool), so it can never be ${described(value)}`;
  }
}

function isOneExpression(text: string): boolean {
  const template = parseTemplate(text);
  return template.ok && template.parts.length === 1 && template.parts[0]?.kind === 'expr';
}

/** A key for people: a host, or in angle brackets what gives it. */
export const asWritten = (key: string): string => key.replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, '<$1>');
