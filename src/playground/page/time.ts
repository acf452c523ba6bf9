const UNITS = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'minute', seconds: 60 },
] as const;
const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `3 minutes ago`; both in milliseconds since 1970. */
export function ago(then: number, now: number): string {
  const seconds = Math.max(0, (now - then) / 1000);
  const coarse = UNITS.find((each) => seconds >= each.seconds);
  return coarse === undefined ? 'just now' : words.format(-Math.floor(seconds / coarse.seconds), coarse.unit);
}
