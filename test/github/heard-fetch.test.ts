import { expect, it } from '@jest/globals';
import { type CallResult, createReach, heardFetch } from '../../src/github/calls.ts';

const clock = { now: () => '2026-11-22T06:00:00.000Z' };

/** How a call that is answered so is counted. */
async function counted(status: number, headers: Readonly<Record<string, string>> = {}): Promise<readonly CallResult[]> {
  const results: CallResult[] = [];
  const call = heardFetch(
    () => Promise.resolve(new Response(null, { status, headers })),
    (result) => results.push(result),
  );
  expect((await call('https://api.github.com/')).status).toBe(status);
  return results;
}

it.each<[number, Readonly<Record<string, string>>, CallResult]>([
  [200, {}, 'ok'],
  [201, {}, 'ok'],
  [304, {}, 'not_modified'],
  [401, {}, 'unauthorized'],
  [403, {}, 'refused'],
  [403, { 'retry-after': '60' }, 'limited'],
  [403, { 'x-ratelimit-remaining': '0' }, 'limited'],
  [403, { 'x-ratelimit-remaining': '17' }, 'refused'],
  [404, {}, 'refused'],
  [429, {}, 'limited'],
  [500, {}, 'failed'],
  [502, {}, 'failed'],
])('counts a call that is answered with %d and %j as %s', async (status, headers, result) => {
  expect(await counted(status, headers)).toEqual([result]);
});

it('counts a call that is not answered, and passes its error on', async () => {
  const results: CallResult[] = [];
  const call = heardFetch(
    () => Promise.reject(new TypeError('fetch failed')),
    (result) => results.push(result),
  );
  await expect(call('https://api.github.com/')).rejects.toThrow('fetch failed');
  expect(results).toEqual(['unanswered']);
});

it('knows since when GitHub cannot be asked, whatever kind of trouble follows, and that a no is an answer', () => {
  let now = 0;
  const reach = createReach({ now: () => new Date((now += 1_000)).toISOString() });
  expect(reach.now()).toBeUndefined();
  reach.heard('failed');
  reach.heard('unanswered');
  expect(reach.now()).toEqual({ kind: 'trouble', result: 'unanswered', since: '1970-01-01T00:00:01.000Z' });
  for (const result of ['refused', 'limited', 'not_modified', 'ok'] as const) {
    reach.heard('failed');
    reach.heard(result);
    expect(reach.now()).toEqual({ kind: 'ok' });
  }
  const afresh = createReach(clock);
  afresh.heard('unauthorized');
  expect(afresh.now()).toMatchObject({ kind: 'trouble', result: 'unauthorized' });
});
