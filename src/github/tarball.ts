import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const BLOCK = 512;
/** A journal is far from this; what is larger is no journal. */
const LARGEST_BYTES = 512 * 1024 * 1024;
const unzip = promisify(gunzip);

/** The texts of all files in a tarball as GitHub makes it. Their names are not needed: a blob is known by its content. */
export async function textsIn(tarball: ArrayBuffer): Promise<readonly string[]> {
  const bytes = await unzip(Buffer.from(tarball), { maxOutputLength: LARGEST_BYTES });
  const texts: string[] = [];
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const size = parseInt(bytes.toString('latin1', at + 124, at + 136), 8) || 0;
    const type = bytes.toString('latin1', at + 156, at + 157);
    const from = at + BLOCK;
    // All others are folders, and headers that tell more of what follows.
    if (type === '0' || (type === '\0' && size > 0)) texts.push(bytes.toString('utf8', from, from + size));
    at = from + Math.ceil(size / BLOCK) * BLOCK;
  }
  return texts;
}
