/** A zod schema against a file: what is wrong, at its place, in words that say what to write. */
import * as z from 'zod';
import { described } from './fields.ts';
import { didYouMean, nearest } from './suggest.ts';
import type { Json, Parsed, Problem } from './types.ts';
import type { Path, YamlFile } from './yaml-file.ts';

/** As many as a person would read; a file with more has one mistake that makes them all. */
const MOST_PROBLEMS = 100;

export interface CheckOptions {
  /** What is checked; the whole file where there is none. */
  readonly path?: Path;
  /** What to say of an unknown key, where something better than `unknown key` can be said. */
  readonly explain?: (key: string) => string | undefined;
}

/** Checks what stands at a path of the file. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  yaml: YamlFile,
  { path = [], explain }: CheckOptions = {},
): Parsed<z.output<Schema>> {
  const result = schema.safeParse(yaml.at(path));
  if (result.success) return { ok: true, value: result.data };
  const problems = result.error.issues
    .slice(0, MOST_PROBLEMS)
    .flatMap((issue) => problemsOfIssue(issue, { schema, yaml, path, explain }));
  return { ok: false, problems: sorted(problems) };
}

/** In the order of the file, each once. */
export function sorted(problems: readonly Problem[]): readonly Problem[] {
  const once = new Map(problems.map((problem) => [told(problem), problem]));
  return [...once.values()].sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
}

/** As people are shown it, which is what makes two problems the same. */
const told = ({ place, message }: Problem): string => `${place.file}:${place.line}:${place.column}: ${message}`;

interface Scope {
  readonly schema: z.ZodType;
  readonly yaml: YamlFile;
  readonly path: Path;
  readonly explain: ((key: string) => string | undefined) | undefined;
}

function problemsOfIssue(issue: z.core.$ZodIssue, scope: Scope): readonly Problem[] {
  const { yaml } = scope;
  const inside = issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment));
  const path = [...scope.path, ...inside];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(scope.schema, inside);
    return issue.keys.slice(0, MOST_PROBLEMS).map((key) => ({
      place: yaml.keyPlace([...path, key]),
      message: scope.explain?.(key) ?? unknownKey(key, known),
    }));
  }
  if (issue.code === 'invalid_union') {
    const branch = branchMeant(issue.errors);
    if (branch !== undefined) {
      return branch.flatMap((nested) =>
        problemsOfIssue({ ...nested, path: [...inside, ...nested.path] }, { ...scope }),
      );
    }
  }
  const value = yaml.at(path);
  if (value === undefined && path.length > 0) {
    if (isMisspelt(yaml.at(path.slice(0, -1)), String(path.at(-1)), keysAt(scope.schema, inside.slice(0, -1))))
      return [];
    const message = issue.code === 'custom' ? issue.message : missing(path, issue.message);
    return [{ place: yaml.place(path.slice(0, -1)), message }];
  }
  if (issue.code === 'invalid_type' && issue.expected === 'string') {
    const written = yaml.written(path);
    if (written !== undefined && (typeof value === 'number' || typeof value === 'boolean')) {
      return [{ place: yaml.place(path), message: quoteIt(written, value) }];
    }
  }
  return [{ place: yaml.place(path), message: issue.message }];
}

/** Of the ways in which a value can be written, the one that was meant: what fits at its root and fails further in. */
function branchMeant(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const meant = branches.filter((issues) => !issues.some(failsAtRoot));
  return meant.length === 1 ? meant[0] : undefined;
}

function failsAtRoot(issue: z.core.$ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') return issue.errors.every((issues) => issues.some(failsAtRoot));
  return issue.code === 'invalid_type';
}

/** A missing key is there after all, under a name that is near to it: then that name is what is told. */
function isMisspelt(around: Json | undefined, key: string, known: readonly string[]): boolean {
  if (around === undefined || around === null || typeof around !== 'object') return false;
  return Object.keys(around).some((each) => !known.includes(each) && nearest(each, known) === key);
}

export const unknownKey = (key: string, known: readonly string[]): string => {
  const near = didYouMean(key, known);
  return `unknown key "${key}"${near === '' && known.length > 0 ? `; there are: ${known.join(', ')}` : near}`;
};

function missing(path: Path, message: string): string {
  const wanted = message.replace(/(?: here)?, and this is missing$/, '');
  return `the key "${path.at(-1) ?? ''}" is missing: ${wanted}`;
}

function quoteIt(written: string, value: number | boolean): string {
  const changed = written === String(value) ? '' : `, and without quotes YAML makes it ${described(value)}`;
  return `quote it: write '${written}', since a text is wanted here${changed}`;
}

/** The keys that a map at the path may have. */
function keysAt(schema: unknown, path: Path): readonly string[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysAt(option, path));
  if (schema instanceof z.ZodPipe) return keysAt(schema.in, path);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
    return keysAt(schema.unwrap(), path);
  }
  const [first, ...rest] = path;
  if (first === undefined) return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  if (schema instanceof z.ZodObject) return keysAt(new Map(Object.entries(schema.shape)).get(String(first)), rest);
  if (schema instanceof z.ZodRecord) return keysAt(schema.valueType, rest);
  return schema instanceof z.ZodArray ? keysAt(schema.element, rest) : [];
}
