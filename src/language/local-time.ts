/** Moments as people write them: with an offset, or as the time that a clock shows in a zone. */
import { Temporal } from 'temporal-polyfill';
import { nearest } from './suggest.ts';

const WITH_OFFSET = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)$/;
const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/;
const ZONE = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/** Zones offered where the one written is not known; the whole list would be no help to anybody. */
const COMMON_ZONES = [
  ...['UTC', 'Europe/Zurich', 'Europe/Paris', 'Europe/Berlin', 'Europe/London', 'Europe/Madrid', 'Europe/Rome'],
  ...['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles', 'America/Sao_Paulo'],
  ...['Asia/Tokyo', 'Asia/Singapore', 'Asia/Kolkata', 'Australia/Sydney', 'Africa/Johannesburg'],
];

/** What is written of a moment: `at` in UTC with milliseconds, or why it is none. */
export type Moment =
  | { readonly kind: 'moment'; readonly at: string }
  | { readonly kind: 'bad_time' }
  /** It is a local time, of which zone is not said. */
  | { readonly kind: 'no_zone' }
  | { readonly kind: 'unknown_zone'; readonly zone: string; readonly near?: string }
  /** The clocks skip it, or show it twice. `instead`: what can be written. */
  | { readonly kind: 'skipped' | 'doubled'; readonly zone: string; readonly instead: readonly string[] };

export const hasOffset = (word: string): boolean => WITH_OFFSET.test(word);

/**
 * Reads a moment. A local time that the clocks skip or show twice is refused, since nobody can know which is meant.
 * @param zone IANA's name; of no meaning where the moment has an offset
 */
export function readMoment(word: string, zone: string | undefined): Moment {
  if (hasOffset(word)) {
    const instant = attempt(() => Temporal.Instant.from(word));
    return instant === undefined ? { kind: 'bad_time' } : { kind: 'moment', at: print(instant) };
  }
  if (!LOCAL.test(word)) return { kind: 'bad_time' };
  return zone === undefined || !ZONE.test(zone) ? { kind: 'no_zone' } : inZone(word, zone);
}

function inZone(word: string, zone: string): Moment {
  const local = attempt(() => Temporal.PlainDateTime.from(word, { overflow: 'reject' }));
  if (local === undefined) return { kind: 'bad_time' };
  const earlier = attempt(() => local.toZonedDateTime(zone, { disambiguation: 'earlier' }));
  if (earlier === undefined) return { kind: 'unknown_zone', zone, ...nearZone(zone) };
  const later = local.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.epochMilliseconds === later.epochMilliseconds) return { kind: 'moment', at: print(earlier.toInstant()) };
  const exists = earlier.toPlainDateTime().equals(local);
  const instead = [earlier, later].map((time) =>
    exists
      ? time.toString({ timeZoneName: 'never', smallestUnit: 'minute' })
      : `${time.toPlainDateTime().toString({ smallestUnit: 'minute' })} ${zone}`,
  );
  return { kind: exists ? 'doubled' : 'skipped', zone, instead };
}

/** Whether there is such a time zone. */
export const isZone = (zone: string): boolean =>
  ZONE.test(zone) && attempt(() => Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone)) !== undefined;

/** The zone that was probably meant. */
export function nearZone(zone: string): { readonly near?: string } {
  const near = nearest(zone, COMMON_ZONES);
  return near === undefined ? {} : { near };
}

const print = (instant: Temporal.Instant): string => instant.toString({ smallestUnit: 'millisecond' });

/** Temporal throws RangeError for what is no time or no zone. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
