import type { Captured } from '../run/types.ts';

/** Output up to this is kept whole, in bytes. */
export const WHOLE_BYTES = 16_384;
export const HEAD_BYTES = 4_096;
export const TAIL_BYTES = 12_288;

/** Output that fits. Bytes that are no UTF-8 become U+FFFD. */
export function whole(bytes: Buffer): Captured {
  return { text: bytes.toString('utf8') };
}

/**
 * Output that does not: its ends, each cut between two characters, and the bytes left out.
 * @param head the first bytes, @param tail the last ones, @param total of the whole
 */
export function ends(head: Buffer, tail: Buffer, total: number): Captured {
  const kept = head.subarray(0, wholeCharacters(head));
  const last = tail.subarray(characterStart(tail));
  return {
    head: kept.toString('utf8'),
    tail: last.toString('utf8'),
    omitted_bytes: total - kept.length - last.length,
  };
}

/** The end of the last character that is complete; broken bytes count as complete, since nothing can mend them. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    return back < lengthOf(byte) ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Where the first character begins that is not the rest of one before. */
export function characterStart(bytes: Buffer): number {
  let start = 0;
  while (start < Math.min(3, bytes.length) && isContinuation(bytes[start] ?? 0)) start += 1;
  return start;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function lengthOf(first: number): number {
  if (first >= 0xf0 && first < 0xf8) return 4;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xc0 && first < 0xe0) return 2;
  return 1;
}
