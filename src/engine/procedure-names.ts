import { WORD } from '../language/names.ts';
import { PROCEDURES } from './workshop.ts';

/** What a procedure is called by: `upgrade` of `pryv`. */
export interface ProcedureName {
  readonly system: string;
  readonly verb: string;
}

/** Folder of a system in which any files may stand, for the steps that take texts from there. */
const FREE = 'files';

/** Where a procedure stands. */
export const pathOf = ({ system, verb }: ProcedureName): string => `${PROCEDURES}/${system}/${verb}.yml`;

/** Which procedure stands at a path of the repository; undefined where no command can reach what stands there. */
export function nameOf(path: string): ProcedureName | undefined {
  const [, system, verb] = /^procedures\/([^/]+)\/([^/]+)\.yml$/.exec(path) ?? [];
  if (system === undefined || verb === undefined) return undefined;
  return WORD.test(system) && WORD.test(verb) ? { system, verb } : undefined;
}

/**
 * Why no command can reach a file below `procedures/`, and how to name it. Undefined where one can, and of files that
 * are not meant to be procedures: what is no YAML, and what stands below a system's folder `files/`.
 */
export function misnamed(path: string): string | undefined {
  if (!/\.ya?ml$/i.test(path) || nameOf(path) !== undefined) return undefined;
  const folders = path.split('/').slice(1);
  const file = folders.pop() ?? '';
  const [system, ...deeper] = folders;
  if (deeper.includes(FREE)) return undefined;
  if (system === undefined || deeper.length > 0) {
    return (
      'no command can reach this file: a procedure stands at <system>/<verb>.yml, ' +
      `and files that its steps use stand below <system>/${FREE}/; move it there`
    );
  }
  const verb = `${word(file.replace(/\.ya?ml$/i, '')) ?? '<verb>'}.yml`;
  const wanted = WORD.test(system) ? verb : `${word(system) ?? '<system>'}/${verb}`;
  return `no command can reach this file: name it ${wanted} (small letters, digits and "-", a letter first, then .yml)`;
}

/** The nearest that can be typed as a system or verb. */
function word(name: string): string | undefined {
  const made = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '');
  return made === '' ? undefined : made;
}
