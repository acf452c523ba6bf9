import { Temporal } from 'temporal-polyfill';
import { nearest } from '../language/suggest.ts';
import type { Instant } from '../run/types.ts';
import type { Mistake } from './mistake.ts';

type TimeAnswer =
  | { readonly ok: true; readonly at: Instant; readonly words: number }
  | { readonly ok: false; readonly mistake: Mistake };

const WITH_OFFSET = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)$/;
const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/;
const ZONE = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/** Zones offered where the one written is not known; the browser's whole list would be no help to anybody. */
const COMMON_ZONES = [
  ...['UTC', 'Europe/Zurich', 'Europe/Paris', 'Europe/Berlin', 'Europe/London', 'Europe/Madrid', 'Europe/Rome'],
  ...['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles', 'America/Sao_Paulo'],
  ...['Asia/Tokyo', 'Asia/Singapore', 'Asia/Kolkata', 'Australia/Sydney', 'Africa/Johannesburg'],
];

/**
 * Reads what follows `at`: a time with an offset, or a local time and, as a word of its own, an IANA zone. A local time
 * that the clocks skip or show twice is refused, since nobody can know which moment is meant.
 * @param words the words after `at`.
 */
export function parseTime(words: readonly string[]): TimeAnswer {
  const [word, zone] = words;
  if (word === undefined) return wrong({ kind: 'no_time' });
  if (WITH_OFFSET.test(word)) return withOffset(word);
  if (!LOCAL.test(word)) return wrong({ kind: 'bad_time', word });
  if (zone === undefined || !ZONE.test(zone)) return wrong({ kind: 'time_without_zone', word });
  return inZone(word, zone);
}

function withOffset(word: string): TimeAnswer {
  const instant = attempt(() => Temporal.Instant.from(word));
  return instant === undefined ? wrong({ kind: 'bad_time', word }) : { ok: true, at: print(instant), words: 1 };
}

function inZone(word: string, zone: string): TimeAnswer {
  const local = attempt(() => Temporal.PlainDateTime.from(word, { overflow: 'reject' }));
  if (local === undefined) return wrong({ kind: 'bad_time', word });
  const earlier = attempt(() => local.toZonedDateTime(zone, { disambiguation: 'earlier' }));
  if (earlier === undefined) {
    const near = nearest(zone, COMMON_ZONES);
    return wrong({ kind: 'unknown_zone', word: zone, ...(near === undefined ? {} : { near }) });
  }
  const later = local.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.epochMilliseconds === later.epochMilliseconds)
    return { ok: true, at: print(earlier.toInstant()), words: 2 };
  const exists = earlier.toPlainDateTime().equals(local);
  const instead = [earlier, later].map((time) =>
    exists
      ? time.toString({ timeZoneName: 'never', smallestUnit: 'minute' })
      : `${time.toPlainDateTime().toString({ smallestUnit: 'minute' })} ${zone}`,
  );
  return wrong({ kind: exists ? 'time_doubled' : 'time_skipped', word, zone, instead });
}

const wrong = (mistake: Mistake): TimeAnswer => ({ ok: false, mistake });

const print = (instant: Temporal.Instant): Instant => instant.toString({ smallestUnit: 'millisecond' });

/** Temporal throws RangeError for what is no time or no zone. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
