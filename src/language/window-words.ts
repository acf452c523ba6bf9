/** A window in words, for people. */
import { Temporal } from 'temporal-polyfill';
import { DAYS, type Day, type Window } from './types.ts';
import { dayOf, nextOpening } from './window-times.ts';

/** `on Tue and Thu from 05:00 to 07:00 (Europe/Paris)`. */
export function windowWords(window: Window): string {
  const { days, from, to, timezone, notBefore, notAfter } = window;
  const weekly = days !== undefined || from !== undefined;
  const parts = [
    ...(weekly ? [daysText(days)] : []),
    ...(from === undefined || to === undefined ? [] : [`from ${from} to ${to}${from < to ? '' : ' of the next day'}`]),
    ...(notBefore === undefined ? [] : [`not before ${dateText(notBefore, timezone)}`]),
    ...(notAfter === undefined ? [] : [`not after ${dateText(notAfter, timezone)}`]),
  ];
  return `${parts.join(' ')} (${timezone})`;
}

/** `Tue 2026-12-01 05:00 Europe/Paris (04:00 UTC)`: in the zone's time and UTC. */
export function momentWords(at: string, timezone: string): string {
  const there = `${dateText(at, timezone)} ${timezone}`;
  if (timezone === 'UTC') return there;
  const utc = dateText(at, 'UTC');
  const sameDay = utc.slice(0, -6) === dateText(at, timezone).slice(0, -6);
  return `${there} (${sameDay ? utc.slice(-5) : utc} UTC)`;
}

/** That it is closed at a moment, and when it opens. */
export function closedWords(window: Window, at: string): string {
  const opens = nextOpening(window, at);
  const next = opens === undefined ? 'it does not open again' : `next ${momentWords(opens, window.timezone)}`;
  return `the window is closed: it is open ${windowWords(window)}; ${next}`;
}

function daysText(days: readonly Day[] = DAYS): string {
  const named = DAYS.filter((day) => days.includes(day)).map(capital);
  if (named.length === DAYS.length) return 'every day';
  return `on ${[named.slice(0, -1).join(', '), named.at(-1)].filter(Boolean).join(' and ')}`;
}

function dateText(at: string, timezone: string): string {
  const clock = Temporal.Instant.from(at).toZonedDateTimeISO(timezone);
  const time = clock.toPlainTime().toString({ smallestUnit: 'minute' });
  return `${capital(dayOf(clock))} ${clock.toPlainDate().toString()} ${time}`;
}

const capital = (day: Day): string => day.charAt(0).toUpperCase() + day.slice(1);
