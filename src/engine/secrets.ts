import type { PlanStep } from '../plan/types.ts';
import type { JobOrder, ReadResult } from '../run/types.ts';
import type { Read } from '../run/reads.ts';
import type { GivenSecrets } from './ports.ts';

/** The values that a step's own script gets; undefined where it asks for none. @throws where one was not given */
export function secretsFor(step: Pick<PlanStep, 'secrets'>, { values }: GivenSecrets): Pick<JobOrder, 'secrets'> {
  if (step.secrets === undefined) return {};
  const secrets = step.secrets.map((name): [string, string] => {
    const value = values[name];
    // The preflight has told it, and nothing that needs it is begun then.
    if (value === undefined) throw new Error(`The secret ${name} is not given to Changeover.`);
    return [name, value];
  });
  return { secrets: Object.fromEntries(secrets) };
}

/** A host keeps so much of a read's output, and leaves out the rest. */
const WHOLE_BYTES = 65_536;

/** What is recorded of a read: without secrets, and of a step with `no_log` only how it ended. */
export function recordable(read: Read, found: ReadResult, { mask }: GivenSecrets): ReadResult {
  if (read.unkept === true) return { ...found, stdout: '', stderr: '' };
  const masked = (text: string): string => mask.text(text, Buffer.byteLength(text) >= WHOLE_BYTES);
  return { ...found, stdout: masked(found.stdout), stderr: masked(found.stderr) };
}
