import type { Clock } from '../engine/ports.ts';
import type { App } from './app.ts';
import { retryWait } from './schedule.ts';

/** How often to look on where a run is being worked on: so long at most an `/abort` goes unheard whose event is lost. */
export const LOOK_ON_MS = 10_000;

/** Looks for comments that no event has brought until it is aborted: at once and so often afresh, and on in between. */
export async function keepLooking(
  app: Pick<App, 'look'>,
  clock: Clock,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  const now = (): number => Date.parse(clock.now());
  let due = now();
  let failures = 0;
  while (!signal.aborted) {
    const afresh = now() >= due;
    const whole = (await app.look(afresh)).error === undefined;
    if (afresh) {
      failures = whole ? 0 : failures + 1;
      due = now() + (whole ? everyMs : Math.min(everyMs, retryWait(failures)));
    }
    await clock.sleep(Math.min(LOOK_ON_MS, Math.max(0, due - now())), signal);
  }
}

/**
 * Looks for as long as there is work, so often, and once more when there is none: afresh the first time, and wherever the
 * look before has failed, since one that goes through all of them makes up for that.
 * @param look resolves with what has kept it from looking everywhere
 * @returns whether the last look was whole
 */
export async function lookWhileAtWork(
  app: Pick<App, 'idle' | 'atWork'>,
  clock: Pick<Clock, 'sleep'>,
  look: (afresh: boolean) => Promise<Error | undefined>,
): Promise<boolean> {
  let afresh = true;
  for (let idle = false; !idle;) {
    const waiting = new AbortController();
    const sleeping = clock.sleep(LOOK_ON_MS, waiting.signal).then(() => false);
    idle = await Promise.race([app.idle().then(() => true), sleeping]);
    waiting.abort();
    afresh = (await look(afresh)) !== undefined;
    // What was found may have brought a run to work on.
    idle &&= (await app.atWork()).length === 0;
  }
  return !afresh;
}
