import { expect, it } from '@jest/globals';
import { createLook } from '../../src/github/looking.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';

it('leaves GitHub alone for as long as it asks for, whatever is to be looked for', async () => {
  let now = Date.parse('2026-11-22T06:00:00Z');
  let asked = 0;
  const clock = { now: () => new Date(now).toISOString(), sleep: () => Promise.resolve() };
  const limited = Object.assign(new Error('API rate limit exceeded'), {
    status: 403,
    response: { headers: { 'retry-after': '40' } },
  });
  const look = createLook({
    rim: { journal: createMemoryJournal({ clock, worker: 'test' }), clock },
    scopes: () => {
      asked += 1;
      return Promise.reject(limited);
    },
    leaves: () => false,
    repositoryAt: () => Promise.reject(limited),
    follow: () => Promise.resolve(true),
    isClosing: () => false,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  for (const [seconds, times] of [
    [0, 1],
    [10, 1],
    [39, 1],
    [41, 2],
    [80, 2],
    [82, 3],
  ] as const) {
    now = Date.parse('2026-11-22T06:00:00Z') + seconds * 1_000;
    expect(await look(true)).toEqual({ error: limited, unusable: [] });
    expect(asked).toBe(times);
  }
});
