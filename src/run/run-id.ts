import type { Instant, RunId } from './types.ts';

/** Digits and letters but those that are taken for others: i, l, o, u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

export const RUN_ID = /^\d{8}-[0-9a-hjkmnp-tv-z]{4}$/;

/**
 * A run's id: the UTC day of its request and four random characters.
 * @param random at least four random bytes; the caller has them, since this room is pure
 */
export function newRunId(at: Instant, random: Uint8Array): RunId {
  if (random.length < 4) throw new Error('A run id needs four random bytes.');
  const day = at.slice(0, 10).replaceAll('-', '');
  // 32 characters divide 256, so each is as likely as any other.
  const tail = [...random.subarray(0, 4)].map((byte) => ALPHABET[byte % ALPHABET.length] ?? '0').join('');
  return `${day}-${tail}`;
}
