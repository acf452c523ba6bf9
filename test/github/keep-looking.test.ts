import { describe, expect, it } from '@jest/globals';
import { keepLooking, lookWhileAtWork } from '../../src/github/keep-looking.ts';
import { jumpingClock } from './fake-time.ts';

/** What is promised of an `/abort` whose event is lost, or which a job of its own has left to who works on the run. */
const HEARD_WITHIN_MS = 10_000;
const MINUTE = 60_000;

const gaps = (times: readonly number[]): readonly number[] => times.map((at, index) => at - (times[index - 1] ?? 0));

describe('who works on a run', () => {
  it('looks at least every ten seconds in a job, for as long as it works', async () => {
    const clock = jumpingClock();
    const looks: number[] = [];
    const work = clock.sleep(30 * MINUTE);
    await lookWhileAtWork({ idle: () => work, atWork: () => Promise.resolve([]) }, clock, () => {
      looks.push(clock.passed());
      return Promise.resolve(undefined);
    });
    expect(looks.length).toBeGreaterThan(100);
    expect(Math.max(...gaps(looks))).toBeLessThanOrEqual(HEARD_WITHIN_MS);
    expect(looks.at(-1)).toBe(30 * MINUTE);
  });

  it('looks at least every ten seconds on a server, however seldom that looks everywhere', async () => {
    const clock = jumpingClock();
    const looks: { readonly at: number; readonly afresh: boolean }[] = [];
    const stopping = new AbortController();
    void clock.sleep(30 * MINUTE).then(() => {
      stopping.abort();
    });
    const look = (afresh: boolean) => {
      looks.push({ at: clock.passed(), afresh });
      return Promise.resolve({ unusable: [] });
    };
    await keepLooking({ look }, clock, 20 * MINUTE, stopping.signal);
    expect(Math.max(...gaps(looks.map(({ at }) => at)))).toBeLessThanOrEqual(HEARD_WITHIN_MS);
    expect(looks.filter(({ afresh }) => afresh).map(({ at }) => at)).toEqual([0, 20 * MINUTE]);
  });

  it('looks through all of them again where a look has failed, and tells whether the last was whole', async () => {
    const clock = jumpingClock();
    const fails = [false, true, true, false];
    const afresh: boolean[] = [];
    const work = clock.sleep(35_000);
    const look = (all: boolean) => {
      afresh.push(all);
      return Promise.resolve(fails[afresh.length - 1] === true ? new Error('away') : undefined);
    };
    expect(await lookWhileAtWork({ idle: () => work, atWork: () => Promise.resolve([]) }, clock, look)).toBe(true);
    expect(afresh).toEqual([true, false, true, true]);
    fails[4] = true;
    const none = { idle: () => Promise.resolve(), atWork: () => Promise.resolve([]) };
    expect(await lookWhileAtWork(none, clock, look)).toBe(false);
  });
});
