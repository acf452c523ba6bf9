import { variableName } from './fields.ts';
import { forbiddenVariable } from './names.ts';
import type { Reading } from './reading.ts';
import type { Path } from './yaml-file.ts';

/** Tells what is wrong with a name that becomes an environment variable: of a param, a var, a key of `env`. */
export function checkVariable({ yaml, wrong }: Reading, name: string, path: Path): void {
  const checked = variableName().safeParse(name);
  const message = checked.success ? forbiddenVariable(name) : checked.error.issues[0]?.message;
  if (message !== undefined) wrong(yaml.keyPlace(path), message);
}
