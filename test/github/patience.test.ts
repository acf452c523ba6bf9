import { describe, expect, it } from '@jest/globals';
import { UnexpectedAnswer } from '../../src/github/boundary.ts';
import { patiently } from '../../src/github/patience.ts';
import { jumpingClock } from './fake-time.ts';

const answered = (status: number, message = 'no', headers: Readonly<Record<string, string>> = {}): Error =>
  Object.assign(new Error(message), { status, response: { headers } });

/** Asks a GitHub that fails so; tells when it was asked, in ms, and what came of it. */
async function asked(errors: readonly Error[], more: { readonly forMs?: number; readonly signal?: AbortSignal } = {}) {
  const clock = jumpingClock();
  const at: number[] = [];
  const left = [...errors];
  const ask = (): Promise<string> => {
    at.push(clock.passed());
    const error = left.shift();
    return error === undefined ? Promise.resolve('yes') : Promise.reject(error);
  };
  const options = { clock, forMs: 600_000, signal: new AbortController().signal, log: () => undefined, ...more };
  const came = await patiently(ask, options).catch((error: unknown) => (error as Error).message);
  return { at, came };
}

describe('asking a GitHub in trouble', () => {
  it('is repeated with longer and longer waits, but soon enough once it is well again', async () => {
    const errors = Array.from({ length: 7 }, (_, index) => answered([500, 502, 503, 408][index % 4] ?? 500));
    expect(await asked(errors)).toEqual({ at: [0, 1, 3, 7, 15, 30, 45, 60].map((s) => s * 1_000), came: 'yes' });
  });

  it('is repeated where the answer is garbage', async () => {
    expect((await asked([new UnexpectedAnswer('a page')])).came).toBe('yes');
  });

  it('waits as long as GitHub asks for, at either limit', async () => {
    const secondary = answered(403, 'You have exceeded a secondary rate limit', { 'retry-after': '40' });
    expect((await asked([secondary])).at).toEqual([0, 40_000]);
    const primary = answered(429, 'API rate limit exceeded', {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Date.parse('2026-11-22T06:01:00Z') / 1000),
    });
    expect((await asked([primary])).at).toEqual([0, 61_000]);
  });

  it('takes the end of a limit by GitHub’s clock, though this machine’s is an hour behind', async () => {
    const primary = answered(403, 'API rate limit exceeded', {
      date: 'Sun, 22 Nov 2026 07:00:00 GMT',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Date.parse('2026-11-22T07:00:30Z') / 1000),
    });
    expect((await asked([primary])).at).toEqual([0, 31_000]);
  });

  it.each([401, 403, 404, 410, 422])('is not repeated where GitHub says no: %i', async (status) => {
    expect(await asked([answered(status)])).toEqual({ at: [0], came: 'no' });
  });

  it('is not repeated for what is no fault of GitHub’s', async () => {
    expect((await asked([new Error('too many files')])).came).toBe('too many files');
  });

  it('ends with its patience, without a wait that would be longer', async () => {
    const limited = answered(403, 'rate limit', { 'retry-after': '3600' });
    expect(await asked([limited])).toEqual({ at: [0], came: 'rate limit' });
    const { at, came } = await asked(
      Array.from({ length: 9 }, () => answered(500, 'down')),
      { forMs: 10_000 },
    );
    expect(at).toEqual([0, 1_000, 3_000, 7_000]);
    expect(came).toBe('down');
  });

  it('ends when it is called off', async () => {
    expect((await asked([answered(500, 'down')], { signal: AbortSignal.abort() })).came).toBe('down');
  });
});
