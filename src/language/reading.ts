import type * as z from 'zod';
import { check, sorted, type CheckOptions } from './check.ts';
import { isList } from './expression-functions.ts';
import type { Json, Parsed, Place, Problem } from './types.ts';
import type { Path, YamlFile } from './yaml-file.ts';

/** As many as a person would read. */
const MOST_PROBLEMS = 200;

/** A file on its way to be something: what is wrong is gathered, so that a person sees all of it at once. */
export interface Reading {
  readonly yaml: YamlFile;
  /** So much is wrong that more would help nobody, and looking for it would take long. */
  readonly enough: () => boolean;
  readonly wrong: (place: Place, message: string) => void;
  /** The value at a path as the schema gives it back, or undefined once its problems are noted. */
  readonly take: <Schema extends z.ZodType>(
    schema: Schema,
    path: Path,
    explain?: CheckOptions['explain'],
  ) => z.output<Schema> | undefined;
}

/** Reads with `read`, which gives undefined where it could not; any problem noted on the way makes it fail. */
export function reading<T>(yaml: YamlFile, read: (file: Reading) => T | undefined): Parsed<T> {
  const problems: Problem[] = [];
  const value = read({
    yaml,
    enough: () => problems.length >= MOST_PROBLEMS,
    wrong: (place, message) => {
      problems.push({ place, message });
    },
    take: (schema, path, explain) => {
      const checked = check(schema, yaml, { path, ...(explain === undefined ? {} : { explain }) });
      if (checked.ok) return checked.value;
      problems.push(...checked.problems);
      return undefined;
    },
  });
  if (problems.length === 0 && value !== undefined) return { ok: true, value };
  return { ok: false, problems: sorted(problems).slice(0, MOST_PROBLEMS) };
}

/** The entries of a map in the file, none where there is no map. */
export function entriesAt(yaml: YamlFile, path: Path): readonly (readonly [name: string, path: Path])[] {
  const data = yaml.at(path);
  return isMap(data) ? Object.keys(data).map((name) => [name, [...path, name]]) : [];
}

/** The paths of a list's elements, none where there is no list. */
export function elementsAt(yaml: YamlFile, path: Path): readonly Path[] {
  const data = yaml.at(path);
  return data !== undefined && isList(data) ? data.map((_, index) => [...path, index]) : [];
}

export const isMap = (data: Json | undefined): data is Readonly<Record<string, Json>> =>
  typeof data === 'object' && data !== null && !isList(data);
