import type { Fault } from './faults.ts';

/** What GitHub can have wrong with the app. People read and write all the while, as the page has to go on. */
export const TROUBLES = [
  { name: 'github-down', description: 'GitHub is down: it cuts every connection and sends no webhooks' },
  { name: 'github-errors', description: 'GitHub answers 500, 502 and 503, though it may have done what was asked' },
  { name: 'github-hangs', description: 'GitHub takes requests and does not answer' },
  { name: 'github-slow', description: 'GitHub takes two seconds for each answer' },
  { name: 'github-limit', description: 'all requests of the hour are used up; an hour is three seconds here' },
  { name: 'github-secondary-limit', description: 'GitHub asks to slow down (its secondary rate limit)' },
  { name: 'github-garbage', description: 'GitHub answers with web pages, half answers and something else' },
  { name: 'github-loses-webhooks', description: 'no webhook arrives' },
  { name: 'github-doubles-webhooks', description: 'each webhook arrives again, after a newer one' },
] as const;

export type TroubleName = (typeof TROUBLES)[number]['name'];

/** What becomes of a webhook. */
export type Delivered = 'once' | 'never' | 'again';

/** At most one trouble at a time; the last one that is switched on counts. */
export type Troubles = {
  /** Switches to this one, or to none. Connections that hang are cut. */
  readonly set: (name: TroubleName | undefined) => void;
  readonly now: () => TroubleName | undefined;
  /** What strikes a request of the app's, if anything; counts it. @param now milliseconds since 1970 */
  readonly strike: (now: number) => Fault | undefined;
  /** What becomes of the next webhook; counts it where it is not as it should be. */
  readonly deliver: () => Delivered;
  /** How many requests and webhooks one has struck so far. */
  readonly met: (name: TroubleName) => number;
};

const SLOW_MS = 2_000;
const LIMIT_MS = 3_000;
const PAGE = '<!DOCTYPE html>\n<html><title>Unicorn! · GitHub</title><p>No server is available right now.</p></html>\n';
const HTML = 'text/html; charset=utf-8';

export function createTroubles(): Troubles {
  let name: TroubleName | undefined;
  let over = new AbortController();
  const counts = new Map<TroubleName, number>();
  const met = (trouble: TroubleName): number => counts.get(trouble) ?? 0;
  const count = (trouble: TroubleName): void => {
    counts.set(trouble, met(trouble) + 1);
  };

  function faultOf(trouble: TroubleName, now: number): Fault | undefined {
    const before = met(trouble);
    // Every other time what was asked for is done all the same: how comments get doubled.
    const base = { path: /./, applied: before % 2 === 1 };
    switch (trouble) {
      case 'github-down':
        return { ...base, applied: false, dropConnection: true };
      case 'github-errors':
        return { ...base, status: [500, 502, 503][before % 3] ?? 500 };
      case 'github-hangs':
        return { ...base, hangsUntil: over.signal };
      case 'github-slow':
        return { ...base, delayMs: SLOW_MS };
      case 'github-limit':
        return { ...base, applied: false, status: 403, ...primary(now) };
      case 'github-secondary-limit':
        return { ...base, applied: false, status: before % 2 === 0 ? 403 : 429, ...SECONDARY };
      case 'github-garbage':
        return { ...base, ...GARBAGE[before % GARBAGE.length] };
      case 'github-loses-webhooks':
      case 'github-doubles-webhooks':
        return undefined;
    }
  }

  return {
    set: (next) => {
      over.abort();
      over = new AbortController();
      name = next;
    },
    now: () => name,
    strike: (now) => {
      if (name === undefined) return undefined;
      const fault = faultOf(name, now);
      if (fault !== undefined) count(name);
      return fault;
    },
    deliver: () => {
      if (name !== 'github-down' && name !== 'github-loses-webhooks' && name !== 'github-doubles-webhooks')
        return 'once';
      count(name);
      return name === 'github-doubles-webhooks' ? 'again' : 'never';
    },
    met,
  };
}

const SECONDARY = {
  headers: { 'retry-after': '1' },
  body: { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' },
} as const;

const primary = (now: number): Pick<Fault, 'headers' | 'body'> => ({
  headers: {
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.ceil((now + LIMIT_MS) / 1000)),
  },
  body: { message: 'API rate limit exceeded for installation ID 1.' },
});

/** In turn, and each both where the request was carried out and where it was not: their number is odd. */
const GARBAGE: readonly Partial<Fault>[] = [
  { status: 200, body: Buffer.from(PAGE), headers: { 'content-type': HTML } },
  { applied: true, cut: true },
  { status: 200, body: { data: null, errors: ['something else'] } },
];
