/** `vars`, of a procedure and of its environments. */
import { checkEmbedded, type Visible } from './embedded.ts';
import { valueAt } from './literals.ts';
import { entriesAt, type Reading } from './reading.ts';
import type { Value } from './types.ts';
import { checkVariable } from './variables.ts';
import type { Path } from './yaml-file.ts';

/** Reads the vars at a path, in which params may stand and nothing else. */
export function readVars(file: Reading, path: Path, params: readonly string[]): Readonly<Record<string, Value>> {
  const { yaml, wrong } = file;
  // What a var says holds for the whole run, so it can rest on nothing but what the command gave.
  const visible: Visible = { params, vars: [], facts: [], steps: [], laterSteps: [], onlyParams: true };
  const vars = entriesAt(yaml, path).map(([name, at]): [string, Value] => {
    if (params.includes(name))
      wrong(yaml.keyPlace(at), `a param is called "${name}" already: give the var another name`);
    checkVariable(file, name, at);
    const value = valueAt(file, at);
    checkEmbedded(file, value, at, visible);
    return [name, value];
  });
  return Object.fromEntries(vars);
}
