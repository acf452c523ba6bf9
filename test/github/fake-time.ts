import type { Clock } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/engine/system-clock.ts';

/** A clock that jumps to the next sleeper's time once nothing else is left to do. */
export function jumpingClock(begin = '2026-11-22T06:00:00.000Z'): Clock & {
  /** Milliseconds since the beginning. */
  readonly passed: () => number;
} {
  const began = Date.parse(begin);
  let now = began;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  let jumping = false;

  const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  async function jump(): Promise<void> {
    if (jumping) return;
    jumping = true;
    while (sleepers.size > 0) {
      for (let turn = 0; turn < 5; turn += 1) await breath();
      const [first] = [...sleepers].toSorted((a, b) => a.until - b.until);
      if (first === undefined) break;
      now = Math.max(now, first.until);
      first.wake();
    }
    jumping = false;
  }

  return {
    now: () => new Date(now).toISOString(),
    passed: () => now - began,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const sleeper = {
          until: now + ms,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
        void jump();
      }),
  };
}

/** The machine's clock, so many times faster: what waits a second for others to read waits less here. */
export function fastClock(times: number): Clock {
  const began = Date.now();
  return {
    now: () => new Date(began + (Date.now() - began) * times).toISOString(),
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}
