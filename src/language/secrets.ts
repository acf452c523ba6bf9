/** The secrets of a procedure: that they are named once, asked for where they are used, and not shown. */
import { forbiddenVariable } from './names.ts';
import { elementsAt, entriesAt, isMap, type Reading } from './reading.ts';
import { shownIn } from './secret-scripts.ts';
import { didYouMean } from './suggest.ts';
import type { Place } from './types.ts';
import type { Path } from './yaml-file.ts';

/** Where steps stand in a document. */
export const LISTS = ['steps', 'rollback', 'always'];
/** Keys of a step that may hold a script of their own, `{run: …}`. */
const CONDITIONS = ['when', 'done_when', 'verify', 'assert', 'wait_for'];

/**
 * Tells what is wrong with a procedure's secrets.
 * @param taken names that its scripts have as variables already.
 * @returns those that only a procedure which it calls can have a use for.
 */
export function checkSecrets(
  file: Reading,
  taken: readonly string[],
): readonly { readonly name: string; readonly place: Place }[] {
  const { yaml, wrong } = file;
  const declared = namesAt(file, ['secrets']);
  for (const [index, { name, path }] of declared.entries()) {
    const first = declared.findIndex((each) => each.name === name);
    const message =
      forbiddenVariable(name) ??
      (first < index ? `the secret "${name}" is named already: once is enough` : undefined) ??
      (taken.includes(name)
        ? `a param or var is called "${name}" already, and scripts have both as variables: rename one of them`
        : undefined);
    if (message !== undefined) wrong(yaml.place(path), message);
  }
  const names = declared.map(({ name }) => name);
  const steps = LISTS.flatMap((list) => elementsAt(yaml, [list])).flatMap((path) => [path, ...undoPaths(file, path)]);
  const used = new Set(steps.flatMap((path) => checkStep(file, path, names)));
  // What stands there holds for each step.
  checkStep(file, ['defaults'], names);
  const idle = declared
    .filter(({ name }) => !used.has(name))
    .map(({ name, path }) => ({ name, place: yaml.place(path) }));
  if (steps.some((path) => yaml.at([...path, 'call']) !== undefined)) return idle;
  for (const { name, place } of idle) wrong(place, unused(name));
  return [];
}

/** What to say of a secret that nothing asks for. */
export const unused = (name: string): string =>
  `no step asks for the secret "${name}": add secrets: [${name}] to the step whose script uses it, or take it out here`;

/** The texts of a list in the file, each with its place. */
function namesAt({ yaml }: Reading, path: Path): readonly { readonly name: string; readonly path: Path }[] {
  return elementsAt(yaml, path).flatMap((each) => {
    const name = yaml.at(each);
    return typeof name === 'string' ? [{ name, path: each }] : [];
  });
}

/** The steps of an `on_rollback`. */
export function undoPaths({ yaml }: Pick<Reading, 'yaml'>, path: Path): readonly Path[] {
  const at = [...path, 'on_rollback'];
  return isMap(yaml.at(at)) ? [at] : elementsAt(yaml, at);
}

/** @returns the names that the step asks for. */
function checkStep(file: Reading, path: Path, declared: readonly string[]): readonly string[] {
  const { yaml, wrong } = file;
  const asked = namesAt(file, [...path, 'secrets']);
  const mine = asked.map(({ name }) => name);
  for (const [index, { name, path: at }] of asked.entries()) {
    if (mine.indexOf(name) < index) wrong(yaml.place(at), `the secret "${name}" is named already: once is enough`);
    else if (!declared.includes(name)) {
      const near = didYouMean(name, declared);
      wrong(
        yaml.place(at),
        `the procedure names no secret "${name}"${near === '' ? ': add it to secrets at the top of the file' : near}`,
      );
    }
  }
  for (const [name, at] of entriesAt(yaml, [...path, 'env'])) {
    if (declared.includes(name)) {
      wrong(yaml.keyPlace(at), `"${name}" is a secret: take it out of env, and name it in the step's secrets`);
    }
  }
  const script = yaml.at([...path, 'run']);
  if (typeof script !== 'string') {
    if (asked.length > 0) {
      wrong(
        yaml.keyPlace([...path, 'secrets']),
        'only the script of run gets secrets: take secrets out, or make this step a run',
      );
    }
  } else checkScript(file, [...path, 'run'], script, mine, declared);
  for (const key of CONDITIONS) checkCondition(file, [...path, key, 'run'], declared);
  return mine;
}

function checkScript(
  { yaml, wrong }: Reading,
  path: Path,
  script: string,
  mine: readonly string[],
  declared: readonly string[],
): void {
  for (const { offset, message } of shownIn(script, mine)) wrong(yaml.placeAt(path, offset), message);
  for (const name of declared) {
    const offset = mine.includes(name) ? undefined : useOf(script, name);
    if (offset === undefined) continue;
    wrong(yaml.placeAt(path, offset), `this step does not ask for the secret "${name}": add secrets: [${name}] to it`);
  }
}

function checkCondition({ yaml, wrong }: Reading, path: Path, declared: readonly string[]): void {
  const script = yaml.at(path);
  if (typeof script !== 'string') return;
  for (const name of declared) {
    const offset = useOf(script, name);
    if (offset === undefined) continue;
    wrong(
      yaml.placeAt(path, offset),
      `"${name}" is a secret, and a condition gets none: look for it in a step of its own, with run`,
    );
  }
}

/** Where a script reads a variable that it does not set itself. */
function useOf(script: string, name: string): number | undefined {
  if (new RegExp(String.raw`(^|[^\w$])${name}=|\bread\b.*\b${name}\b|\bfor ${name}\b`, 'm').test(script))
    return undefined;
  const offset = script.search(new RegExp(String.raw`\$\{?${name}(?!\w)`));
  return offset < 0 ? undefined : offset;
}
