/** The `params` of a procedure: what a command gives it. */
import * as z from 'zod';
import { toEnv } from './expression-functions.ts';
import { bool, choice, fixedText, hostName, keys } from './fields.ts';
import { fixedAt } from './literals.ts';
import { reservedParam } from './names.ts';
import { entriesAt, type Reading } from './reading.ts';
import { didYouMean } from './suggest.ts';
import { checkVariable } from './variables.ts';
import type { HostMention, Json, Param } from './types.ts';
import type { Path } from './yaml-file.ts';

export const paramSchema = keys({
  description: fixedText().optional(),
  type: choice('string', 'int', 'bool', 'host', 'choice').default('string'),
  pattern: fixedText().optional(),
  choices: z
    .array(fixedText(), { error: 'a list of texts is wanted here, such as [small, large]' })
    .min(1, { error: 'a choice needs at least one text to choose' })
    .optional(),
  default: z.unknown().optional(),
  required: bool().optional(),
});

/**
 * Whether a pattern matches the whole of a value, as is promised of params: never only a part, and no line break can
 * hide what follows.
 * @param pattern a regular expression that `parseProcedure` has accepted
 */
export const matchesWhole = (pattern: string, value: string): boolean => wholePattern(pattern).test(value);

/** A pattern that must match from the first character to the last. */
export const wholePattern = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`, 'u');

export interface Params {
  readonly params: readonly Param[];
  readonly mentions: readonly HostMention[];
}

/** Reads the params at a path of the file, in their order. */
export function readParams(file: Reading, path: Path): Params {
  const read = entriesAt(file.yaml, path).map(([name, at]) => ({ at, param: readParam(file, name, at) }));
  const mentions = read.flatMap(({ at, param }): readonly HostMention[] =>
    param?.type === 'host' && typeof param.default === 'string'
      ? [{ in: 'default', name: param.default, place: file.yaml.place([...at, 'default']) }]
      : [],
  );
  return { params: read.flatMap(({ param }) => (param === undefined ? [] : [param])), mentions };
}

function readParam(file: Reading, name: string, path: Path): Param | undefined {
  const { yaml, wrong } = file;
  const reserved = reservedParam(name);
  if (reserved === undefined) checkVariable(file, name, path);
  else wrong(yaml.keyPlace(path), reserved);
  const read = file.take(paramSchema, path);
  if (read === undefined) return undefined;
  const { description = '', type, pattern, choices } = read;
  const hasDefault = yaml.at([...path, 'default']) !== undefined;
  if (hasDefault && read.required === true) {
    wrong(yaml.keyPlace([...path, 'required']), 'a param with a default is never required: take one of the two out');
  }
  const usable = checkPattern(file, path, type, pattern);
  checkChoices(file, path, type, choices);
  const value = hasDefault ? readDefault(file, [...path, 'default']) : undefined;
  const param: Param = {
    name,
    description,
    type,
    ...(pattern === undefined || !usable ? {} : { pattern }),
    ...(choices === undefined ? {} : { choices }),
    ...(value === undefined ? {} : { default: value }),
    required: read.required ?? !hasDefault,
  };
  const fault = value === undefined || value === null ? undefined : defaultFault(param, value);
  if (fault !== undefined) wrong(yaml.place([...path, 'default']), fault);
  return param;
}

function readDefault(file: Reading, path: Path): Json {
  const type = file.yaml.at([...path.slice(0, -1), 'type']) ?? 'string';
  const data = file.yaml.at(path);
  const written = file.yaml.written(path);
  // Here it is known that a text is meant, even where the number says the same.
  if (type !== 'int' && type !== 'bool' && (typeof data === 'number' || typeof data === 'boolean')) {
    file.wrong(file.yaml.place(path), `quote it: write '${written ?? ''}', since the param is a text`);
    return null;
  }
  return fixedAt(file, path);
}

function checkPattern({ yaml, wrong }: Reading, path: Path, type: Param['type'], pattern: string | undefined): boolean {
  if (pattern === undefined) return true;
  const at = [...path, 'pattern'];
  if (type === 'bool' || type === 'choice') wrong(yaml.keyPlace(at), `a pattern has no meaning with type: ${type}`);
  try {
    // By itself first: `a)|(b` would only fail to compile without what is put around it.
    void new RegExp(pattern, 'u').test('');
    void wholePattern(pattern).test('');
    return true;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*\/u?:\s*/, '') : '';
    wrong(yaml.place(at), `this is no regular expression: ${why}`);
    return false;
  }
}

function checkChoices({ yaml, wrong }: Reading, path: Path, type: Param['type'], choices: Param['choices']): void {
  if (type === 'choice' && choices === undefined) {
    wrong(yaml.place([...path, 'type']), 'a param of type choice needs choices: [a, b]');
  }
  if (choices === undefined) return;
  if (type !== 'choice') wrong(yaml.keyPlace([...path, 'choices']), 'choices go with type: choice');
  for (const [at, word] of choices.entries()) {
    if (choices.indexOf(word) < at)
      wrong(yaml.place([...path, 'choices', at]), `"${word}" stands twice in the choices`);
  }
}

function defaultFault({ type, pattern, choices = [] }: Param, value: Json): string | undefined {
  const wanted = `the default does not fit type: ${type}`;
  switch (type) {
    case 'bool':
      return typeof value === 'boolean' ? undefined : `${wanted}; write true or false`;
    case 'int':
      if (!Number.isSafeInteger(value)) return `${wanted}; write a whole number`;
      break;
    case 'choice':
      if (typeof value === 'string' && choices.includes(value)) return undefined;
      return `the default is none of the choices${didYouMean(toEnv(value), choices)}`;
    case 'host':
      if (!hostName().safeParse(value).success) return `${wanted}; write the name of a host`;
      break;
    case 'string':
      if (typeof value !== 'string') return `${wanted}; write a text`;
  }
  return pattern === undefined || matchesWhole(pattern, toEnv(value))
    ? undefined
    : `the default does not match the pattern ${pattern} as a whole`;
}
