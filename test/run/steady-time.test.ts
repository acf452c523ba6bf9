import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { steadyTime, timeFrom } from '../../src/run/steady-time.ts';

const HOUR = 3_600_000;

/** A machine whose clock somebody sets while time passes. */
function machine() {
  let [passed, wall] = [0, 10 * HOUR];
  return {
    ticks: () => passed,
    wall: () => wall,
    pass: (ms: number) => {
      passed += ms;
      wall += ms;
    },
    set: (by: number) => {
      wall += by;
    },
  };
}

describe('a steady clock', () => {
  it('goes on as time passes, however often and far the machine’s is set', () => {
    const change = fc.record({ pass: fc.nat(HOUR), set: fc.integer({ min: -9 * HOUR, max: 1_000 * HOUR }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const { ticks, wall, pass, set } = machine();
        const now = steadyTime(wall, ticks);
        let before = now();
        for (const each of changes) {
          set(each.set);
          pass(each.pass);
          const after = now();
          expect(after - before).toBeGreaterThanOrEqual(each.pass / 2);
          expect(after - before).toBeLessThanOrEqual(each.pass * 2);
          before = after;
        }
      }),
    );
  });

  it.each([1, -1])('comes to agree with the machine’s, in as long or twice as long as that was set by (%d)', (sign) => {
    const { ticks, wall, pass, set } = machine();
    const now = steadyTime(wall, ticks);
    set(sign * HOUR);
    for (let minutes = 0; minutes < 121; minutes += 1) {
      pass(60_000);
      now();
    }
    expect(now()).toBe(wall());
  });
});

describe('a run’s time', () => {
  it('goes on from its last event, where the clock was set back since', () => {
    let wall = Date.parse('2026-11-22T05:00:00.000Z');
    const now = timeFrom({ now: () => new Date(wall).toISOString() }, '2026-11-22T06:00:00.000Z');
    expect(now()).toBe('2026-11-22T06:00:00.000Z');
    wall += 600_000;
    expect(now()).toBe('2026-11-22T06:05:00.000Z');
    wall += 2 * HOUR;
    expect(now()).toBe(new Date(wall).toISOString());
  });
});
