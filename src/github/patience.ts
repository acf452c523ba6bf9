import type { Clock } from '../engine/ports.ts';
import { failureOf, isTrouble } from './failure.ts';
import { retryWait } from './schedule.ts';

export interface Patience {
  readonly clock: Clock;
  /** How long to ask again, in ms. */
  readonly forMs: number;
  /** Gives up once it is aborted. */
  readonly signal: AbortSignal;
  readonly log: (message: string) => void;
}

/** Once GitHub answers again, nobody waits longer than this to hear of it. */
const LONGEST_WAIT_MS = 15_000;

/**
 * Asks GitHub, and asks again while it is in trouble. What is asked must change nothing. Rejects with the last error where
 * the trouble lasts longer than the patience, and at once where GitHub says no.
 */
export async function patiently<T>(ask: () => Promise<T>, { clock, forMs, signal, log }: Patience): Promise<T> {
  const began = Date.parse(clock.now());
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      const now = Date.parse(clock.now());
      const failure = failureOf(error, now);
      const asked = failure.kind === 'later' ? failure.waitMs : undefined;
      const wait = Math.max(asked ?? 0, Math.min(LONGEST_WAIT_MS, retryWait(tries)));
      if (!isTrouble(error, now) || signal.aborted || now + wait - began > forMs) throw error;
      log(`GitHub is asked again: ${failure.why}`);
      await clock.sleep(wait, signal);
    }
  }
}
