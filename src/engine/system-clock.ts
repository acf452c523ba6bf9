import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from './ports.ts';
import { steadyTime } from '../run/steady-time.ts';

const steady = steadyTime(
  () => Date.now(),
  () => performance.now(),
);

/** The machine's clock, but that it never jumps where that is set. A sleep that is called off simply ends early. */
export const systemClock: Clock = {
  now: () => new Date(steady()).toISOString(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};
