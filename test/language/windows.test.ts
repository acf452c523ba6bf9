import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { DAYS, type Window } from '../../src/language/types.ts';
import { isOpen, nextOpening } from '../../src/language/window-times.ts';
import { closedWords, momentWords, windowWords } from '../../src/language/window-words.ts';
import { parse, toldOfProcedure } from './told.ts';

const withWindow = (window: string): string =>
  `description: d\nhosts: [web]\nwindow: ${window}\nsteps:\n  - {comment: hello}\n`;

const PARIS: Window = { days: ['tue', 'thu'], from: '05:00', to: '07:00', timezone: 'Europe/Paris' };

describe('a window', () => {
  it('is read, with dates in UTC', () => {
    expect(
      parse(
        withWindow(
          "{days: [tue], from: '05:00', to: '07:00', timezone: Europe/Paris, not_before: 2026-12-01T05:00, not_after: 2026-12-09T05:00 America/New_York}",
        ),
      ),
    ).toMatchObject({
      value: {
        window: {
          ...{ days: ['tue'], from: '05:00', to: '07:00', timezone: 'Europe/Paris' },
          ...{ notBefore: '2026-12-01T04:00:00.000Z', notAfter: '2026-12-09T10:00:00.000Z' },
        },
      },
    });
    expect(parse(withWindow('{not_before: 2026-12-01T05:00+01:00}'))).toMatchObject({
      value: { window: { timezone: 'UTC', notBefore: '2026-12-01T04:00:00.000Z' } },
    });
  });

  it.each([
    ['{}', /^3:\d+ the window says no time/],
    ['{dys: [tue]}', /^3:\d+ unknown key "dys"; did you mean "days"/],
    ['{days: [tues], timezone: UTC}', /^3:16 a day or a list of days is wanted here: mon, tue/],
    ['{days: [], timezone: UTC}', /^3:\d+ the list is empty/],
    ["{from: '5:00', to: '07:00', timezone: UTC}", /^3:\d+ a time of day is wanted here/],
    ["{from: '05:00', timezone: UTC}", /^3:\d+ from goes with to: add to/],
    ["{to: '05:00', timezone: UTC}", /^3:\d+ to goes with from: add from/],
    ["{from: '05:00', to: '05:00', timezone: UTC}", /^3:\d+ from and to are the same, so the window never opens/],
    ['{days: tue}', /^3:\d+ of which zone these times are is missing/],
    [
      '{days: tue, timezone: Europe/Pariss}',
      /^3:\d+ there is no time zone Europe\/Pariss; did you mean Europe\/Paris\?/,
    ],
    ['{not_before: 2026-12-01}', /^3:\d+ this is no time/],
    ['{not_before: 2026-12-01T05:00}', /^3:\d+ 2026-12-01T05:00 is a local time, but of which zone/],
    [
      '{not_before: 2026-03-29T02:30 Europe/Paris}',
      /^3:\d+ 2026-03-29T02:30 does not exist in Europe\/Paris.*write 2026-03-29T01:30 Europe\/Paris or 2026-03-29T03:30/,
    ],
    [
      '{not_after: 2026-10-25T02:30, timezone: Europe/Paris}',
      /^3:\d+ 2026-10-25T02:30 comes twice.*2026-10-25T02:30\+02:00 or 2026-10-25T02:30\+01:00/,
    ],
    ['{not_before: 2026-12-01T05:00Z, not_after: 2026-12-01T04:00Z}', /^3:\d+ not_after is no later than not_before/],
    [
      '{days: fri, timezone: UTC, not_before: 2026-12-01T00:00Z, not_after: 2026-12-03T00:00Z}',
      /^3:\d+ the window never opens/,
    ],
  ])('tells what is wrong: %s', (window, wanted) => {
    expect(toldOfProcedure(withWindow(window))).toEqual([expect.stringMatching(wanted)]);
  });

  it.each([
    ['2026-12-01T03:59:59.999Z', false],
    ['2026-12-01T04:00:00.000Z', true],
    ['2026-12-01T05:59:59.999Z', true],
    ['2026-12-01T06:00:00.000Z', false],
    ['2026-12-02T04:30:00.000Z', false],
    // In summer an hour earlier by UTC.
    ['2026-07-02T03:00:00.000Z', true],
  ])('is open by its own clocks: %s', (at, open) => {
    expect(isOpen(PARIS, at)).toBe(open);
  });

  it('over midnight belongs to the day on which it begins', () => {
    const night: Window = { days: ['tue'], from: '22:00', to: '02:00', timezone: 'UTC' };
    expect(isOpen(night, '2026-12-01T23:00:00.000Z')).toBe(true);
    expect(isOpen(night, '2026-12-02T01:59:00.000Z')).toBe(true);
    expect(isOpen(night, '2026-12-01T01:00:00.000Z')).toBe(false);
  });

  it('of which the clocks skip the beginning opens when they show what comes after, and one that they skip does not', () => {
    const sunday = { days: ['sun'], timezone: 'Europe/Paris' } as const;
    expect(nextOpening({ ...sunday, from: '02:30', to: '05:00' }, '2026-03-29T00:00:00.000Z')).toBe(
      '2026-03-29T01:00:00.000Z',
    );
    expect(nextOpening({ ...sunday, from: '02:15', to: '02:45' }, '2026-03-29T00:00:00.000Z')).toBe(
      '2026-04-05T00:15:00.000Z',
    );
  });

  it('that the clocks show twice is open twice', () => {
    const twice: Window = { days: ['sun'], from: '02:15', to: '02:45', timezone: 'Europe/Paris' };
    expect(nextOpening(twice, '2026-10-25T00:45:00.000Z')).toBe('2026-10-25T01:15:00.000Z');
  });

  it('says when it opens, in its zone and UTC', () => {
    expect(windowWords(PARIS)).toBe('on Tue and Thu from 05:00 to 07:00 (Europe/Paris)');
    expect(windowWords({ timezone: 'UTC', from: '22:00', to: '02:00' })).toBe(
      'every day from 22:00 to 02:00 of the next day (UTC)',
    );
    expect(windowWords({ timezone: 'UTC', notBefore: '2026-12-01T04:00:00.000Z' })).toBe(
      'not before Tue 2026-12-01 04:00 (UTC)',
    );
    expect(momentWords('2026-12-01T23:30:00.000Z', 'Europe/Paris')).toBe(
      'Wed 2026-12-02 00:30 Europe/Paris (Tue 2026-12-01 23:30 UTC)',
    );
    expect(closedWords(PARIS, '2026-12-01T08:00:00.000Z')).toBe(
      'the window is closed: it is open on Tue and Thu from 05:00 to 07:00 (Europe/Paris); next Thu 2026-12-03 05:00 Europe/Paris (04:00 UTC)',
    );
    expect(closedWords({ ...PARIS, notAfter: '2026-12-02T00:00:00.000Z' }, '2026-12-01T08:00:00.000Z')).toContain(
      'it does not open again',
    );
  });
});

const ZONES = [
  ...['Europe/Paris', 'America/New_York', 'America/St_Johns', 'America/Santiago', 'Australia/Lord_Howe'],
  ...['Pacific/Chatham', 'Africa/Casablanca', 'Africa/Cairo', 'Asia/Beirut'],
];

/** Every moment of 2026 and 2027 at which a zone's clocks are changed. */
const TRANSITIONS = ZONES.flatMap((timezone) => {
  const found: { readonly timezone: string; readonly at: number }[] = [];
  const end = Temporal.Instant.from('2028-01-01T00:00Z').epochMilliseconds;
  let next = Temporal.Instant.from('2026-01-01T00:00Z').toZonedDateTimeISO(timezone).getTimeZoneTransition('next');
  for (; next !== null && next.epochMilliseconds < end; next = next.getTimeZoneTransition('next')) {
    found.push({ timezone, at: next.epochMilliseconds });
  }
  return found;
});

const QUARTER_MS = 900_000;
const quarters = fc
  .nat(95)
  .map((n) => `${String(Math.floor(n / 4)).padStart(2, '0')}:${String((n % 4) * 15).padStart(2, '0')}`);
const iso = (ms: number): string => new Date(ms).toISOString();

/** What a clock in the zone shows, by another implementation than ours. */
function shown(timezone: string, ms: number): { readonly day: string; readonly time: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: timezone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  }).formatToParts(ms);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return { day: of('weekday').toLowerCase(), time: `${of('hour')}:${of('minute')}` };
}

describe('a weekly window around every change of the clocks in 2026 and 2027', () => {
  const around = fc.record({
    transition: fc.constantFrom(...TRANSITIONS),
    from: quarters,
    to: quarters,
    days: fc.subarray([...DAYS], { minLength: 1 }),
    quarter: fc.integer({ min: -100, max: 100 }),
  });

  it('is open when a clock there shows a time within it', () => {
    expect(TRANSITIONS.length).toBeGreaterThan(30);
    fc.assert(
      fc.property(around, ({ transition: { timezone, at }, from, to, days, quarter }) => {
        fc.pre(from !== to);
        const ms = at + quarter * QUARTER_MS;
        const { day, time } = shown(timezone, ms);
        const before = DAYS[(DAYS.findIndex((each) => each === day) + 6) % 7];
        const isDay = (each: string | undefined): boolean => days.some((one) => one === each);
        const within =
          from < to
            ? isDay(day) && time >= from && time < to
            : (isDay(day) && time >= from) || (isDay(before) && time < to);
        expect(isOpen({ timezone, from, to, days }, iso(ms))).toBe(within);
      }),
      { numRuns: 400 },
    );
  });

  it('opens next when it is said to, and not before', () => {
    fc.assert(
      fc.property(around, ({ transition: { timezone, at }, from, to, days, quarter }) => {
        fc.pre(from !== to);
        const window = { timezone, from, to, days };
        const begin = at + quarter * QUARTER_MS;
        const opens = nextOpening(window, iso(begin));
        if (opens === undefined) throw new Error('a weekly window opens again');
        expect(isOpen(window, opens)).toBe(true);
        const until = Math.min(Date.parse(opens), begin + 120 * QUARTER_MS);
        for (let ms = begin; ms < until; ms += QUARTER_MS) expect(isOpen(window, iso(ms))).toBe(false);
        if (Date.parse(opens) > begin) expect(isOpen(window, iso(Date.parse(opens) - 1))).toBe(false);
      }),
      { numRuns: 150 },
    );
  });
});
