/** When a window is open. Its clock is the one on the wall in its zone, whatever is done to that. */
import { Temporal } from 'temporal-polyfill';
import { DAYS, type Day, type Window } from './types.ts';

/** Of two weeks each day that a window names comes twice, so that clocks put forward over it once hide no more than that. */
const HORIZON_DAYS = 15;

/**
 * Whether the window is open at a moment: a clock in its zone then shows a day and time within it. So a time that the
 * clocks skip is not waited for, and one that they show twice counts both times.
 * @param at ISO 8601 UTC with milliseconds, as all moments here
 */
export function isOpen(window: Window, at: string): boolean {
  const { notBefore, notAfter, from, to, days = DAYS, timezone } = window;
  if (notBefore !== undefined && at < notBefore) return false;
  if (notAfter !== undefined && at >= notAfter) return false;
  const clock = Temporal.Instant.from(at).toZonedDateTimeISO(timezone);
  const isDay = (date: Temporal.PlainDate): boolean => days.includes(dayOf(date));
  const today = clock.toPlainDate();
  if (from === undefined || to === undefined) return isDay(today);
  const time = clock.toPlainTime().toString({ smallestUnit: 'minute' });
  if (from < to) return isDay(today) && time >= from && time < to;
  // Over midnight it belongs to the day on which it begins.
  return (isDay(today) && time >= from) || (isDay(today.subtract({ days: 1 })) && time < to);
}

/** When it is open next, from a moment on; that moment itself where it is open then, undefined where it never is again. */
export function nextOpening(window: Window, at: string): string | undefined {
  const { notBefore, timezone, from = '00:00' } = window;
  const begin = notBefore !== undefined && notBefore > at ? notBefore : at;
  if (isOpen(window, begin)) return begin;
  const first = Temporal.Instant.from(begin).toZonedDateTimeISO(timezone);
  // Nothing else can open it: the hour strikes, a day begins, or the clocks are changed.
  const moments = [...strikes(first, from), ...changes(first)].map((moment) =>
    moment.toInstant().toString({ smallestUnit: 'millisecond' }),
  );
  return moments.sort().find((moment) => moment > begin && isOpen(window, moment));
}

/** On each day its beginning, and when the clock shows the time: never, once or twice. */
function strikes(first: Temporal.ZonedDateTime, time: string): readonly Temporal.ZonedDateTime[] {
  const zone = first.timeZoneId;
  return Array.from({ length: HORIZON_DAYS }, (_, day) => first.toPlainDate().add({ days: day })).flatMap((date) => {
    const local = date.toPlainDateTime(time);
    return [
      date.toZonedDateTime(zone),
      local.toZonedDateTime(zone, { disambiguation: 'earlier' }),
      local.toZonedDateTime(zone, { disambiguation: 'later' }),
    ];
  });
}

/** The moments at which the zone's clocks are put forward or back. */
function changes(first: Temporal.ZonedDateTime): readonly Temporal.ZonedDateTime[] {
  const last = first.add({ days: HORIZON_DAYS });
  const found: Temporal.ZonedDateTime[] = [];
  for (let at = first.getTimeZoneTransition('next'); at !== null; at = at.getTimeZoneTransition('next')) {
    if (Temporal.ZonedDateTime.compare(at, last) > 0) break;
    found.push(at);
  }
  return found;
}

/** The day of a date, in the language's word. */
export const dayOf = (date: { readonly dayOfWeek: number }): Day => DAYS[date.dayOfWeek - 1] ?? 'mon';
