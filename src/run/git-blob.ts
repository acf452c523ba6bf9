import { createHash } from 'node:crypto';

/** How git names a file's content. */
export function blobOf(text: string): string {
  const bytes = Buffer.from(text);
  return createHash('sha1')
    .update(`blob ${String(bytes.length)}\0`)
    .update(bytes)
    .digest('hex');
}
