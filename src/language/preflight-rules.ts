/** `preflight: true`: looked at before the first change, so it can ask for nothing that is known only later. */
import { referencesOf } from './expressions.ts';
import { elementsAt, type Reading } from './reading.ts';
import type { ActionSyntax } from './step-schema.ts';
import { hasExpression } from './template.ts';
import type { Json, Step } from './types.ts';
import type { Path } from './yaml-file.ts';

/** Tells of steps that are to be looked at before the first change and rest on one that comes after it. */
export function checkPreflight(
  { yaml, wrong }: Reading,
  path: Path,
  steps: readonly Step[],
  actions: readonly ActionSyntax[],
): void {
  const changing = new Set(actions.flatMap(({ name, changes }) => (changes ? [name] : [])));
  const tables = new Set(actions.flatMap(({ name, table }) => (table === true ? [name] : [])));
  const first = steps.findIndex((step) => changing.has(step.action) && !step.readOnly);
  const later = new Set(first < 0 ? [] : steps.slice(first).map(({ id }) => id));
  for (const step of steps.filter(({ preflight }) => preflight === true)) {
    const texts = textsIn(step.input).filter((text) => hasExpression(text) || !tables.has(step.action));
    const when = step.when !== undefined && 'expr' in step.when ? [step.when.expr] : [];
    const late = [...when, ...texts]
      .flatMap((expr) => referencesOf({ expr }))
      .find((reference) => reference.kind === 'step' && later.has(reference.id));
    const at = elementsAt(yaml, path).find((each) => yaml.place(each).line === step.place.line);
    if (late === undefined || at === undefined) continue;
    const place = yaml.keyPlace([...at, 'preflight']);
    wrong(place, `${late.source} is not known before the first change: take preflight out, or do not ask for it here`);
  }
}

/** Every text in which an expression may stand. A script holds none, and a message that cannot be made stops nothing. */
function textsIn(input: Json): readonly string[] {
  if (typeof input === 'string') return [input];
  if (input === null || typeof input !== 'object') return [];
  return Object.entries(input).flatMap(([key, value]) => (key === 'run' || key === 'fail_msg' ? [] : textsIn(value)));
}
