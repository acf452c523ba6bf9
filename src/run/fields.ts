import type { Value } from '../language/types.ts';
import type { PlanStep } from '../plan/types.ts';

/** A field of a step that gets its value when the step opens. */
export interface Field {
  /** As in the procedure: `env.release`, `chdir`, `text`. */
  readonly name: string;
  readonly value: Value;
}

/** All fields of a step that are resolved at its opening. */
export function fieldsOf(step: PlanStep): readonly Field[] {
  const { work, chdir } = step;
  const fields: Field[] = chdir === undefined ? [] : [{ name: 'chdir', value: chdir }];
  if (work.kind === 'job' || work.kind === 'check' || work.kind === 'wait') {
    for (const [name, value] of Object.entries(work.env ?? {})) fields.push({ name: `env.${name}`, value });
  }
  if (work.kind === 'job' && work.stdin !== undefined) fields.push({ name: 'stdin', value: work.stdin });
  if (work.kind === 'say' || (work.kind === 'ask' && work.how === 'manual'))
    fields.push({ name: 'text', value: work.text });
  if (work.kind === 'check' && work.failMessage !== undefined) fields.push({ name: 'text', value: work.failMessage });
  return fields;
}
