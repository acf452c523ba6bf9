import { Temporal } from 'temporal-polyfill';
import type { Instant } from './types.ts';

/**
 * A moment as ms since 1970.
 * @throws RangeError where it is none
 */
export function millisecondsAt(at: Instant): number {
  return Temporal.Instant.from(at).epochMilliseconds;
}

/** The moment so many whole ms after 1970 began. */
export function instantAt(ms: number): Instant {
  return Temporal.Instant.fromEpochMilliseconds(ms).toString({ fractionalSecondDigits: 3 });
}

/** The instant so many milliseconds later. Time enters a run only as its events' `at`, so nothing here asks a clock. */
export const later = (at: Instant, ms: number): Instant => instantAt(millisecondsAt(at) + ms);

/** `10m`, `1h30m`, `45s`, `250ms`: a length of time for people. */
export function span(ms: number): string {
  if (ms < 1000) return `${String(ms)}ms`;
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${String(count)}${unit}`])).join('');
}
