/** The steps of the shipped procedures at which something can fail, as their files have them. */
import { readdirSync, readFileSync } from 'node:fs';
import { actions } from '../../../src/actions/index.ts';
import { stepsOf } from '../../../src/language/lint-environments.ts';
import { parseProcedure } from '../../../src/language/procedure.ts';
import type { Step } from '../../../src/language/types.ts';

const FOLDER = 'procedures/nbhosting';

function read(verb: string): readonly Step[] {
  const file = `${FOLDER}/${verb}.yml`;
  const parsed = parseProcedure(readFileSync(file, 'utf8'), { file, system: 'nbhosting', verb, actions });
  if (!parsed.ok) throw new Error(`${file} cannot be read: see lint`);
  return stepsOf(parsed.value);
}

const PROCEDURES = new Map(
  readdirSync(FOLDER)
    .map((name) => name.replace('.yml', ''))
    .map((verb) => [verb, read(verb)] as const),
);

/** Each as `verb: step`; what is only said cannot fail. */
export const STEPS: readonly string[] = [...PROCEDURES].flatMap(([verb, steps]) =>
  steps.filter(({ action }) => action !== 'comment').map(({ id }) => `${verb}: ${id}`),
);

/** Those that a step of a run is, by its path: itself, and each that calls it. */
export function stepsOn(verb: string, path: string): readonly string[] {
  const [id = '', ...rest] = path.replace(/^preflight\//, '').split('/');
  const step = PROCEDURES.get(verb)?.find((each) => each.id === id);
  const called = step?.call?.procedure.replace('nbhosting/', '');
  return [`${verb}: ${id}`, ...(called === undefined || rest.length === 0 ? [] : stepsOn(called, rest.join('/')))];
}
