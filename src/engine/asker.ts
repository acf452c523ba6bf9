import { mayDo } from '../policy/rights.ts';
import type { RunState } from '../run/types.ts';
import type { Workshop } from './workshop.ts';

/** Who asked so long ago was looked at when they asked, and may not be who they were then. */
const LATELY_MS = 60_000;

/**
 * Whether who asked for a run may still have it, where it has waited for its hosts or for people since. To be asked before
 * anything of it begins.
 * @returns what is in the way, in words; nothing where they may, or have asked just now
 */
export async function askerTroubles(
  { witness, clock }: Pick<Workshop, 'witness' | 'clock'>,
  { by, mode, requestedAt }: Pick<RunState, 'by' | 'mode' | 'requestedAt'>,
): Promise<readonly string[]> {
  if (witness === undefined || by.kind !== 'github' || mode === 'dryrun') return [];
  if (Date.parse(clock.now()) - Date.parse(requestedAt) < LATELY_MS) return [];
  try {
    const right = await witness.right(by.login);
    if (mayDo('run', right).kind === 'ok') return [];
    return [`${by.login}, who asked for this run, has the right "${right}" here now, and "write" is needed`];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [`whether ${by.login}, who asked for this run, may still have it could not be found out (${why})`];
  }
}
