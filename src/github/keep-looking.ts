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
