import type { JobKey } from '../run/types.ts';

/** A job as `verify` names it: `step dump on pryv, apply 1`. */
export function jobWords({ step, item, host, phase, attempt }: JobKey): string {
  return `step ${step}${item === '-' ? '' : ` (${item})`} on ${host}, ${phase} ${String(attempt)}`;
}
