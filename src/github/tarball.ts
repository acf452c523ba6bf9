import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const BLOCK = 512;
/** A journal is far from this; what is larger is no journal. */
const LARGEST_BYTES = 512 * 1024 * 1024;
const unzip = promisify(gunzip);

/** What a tarball holds that git has made of a commit. */
export interface Archived {
  readonly commit: string;
  /** By path, without the folder that all of them are in. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** @throws where it is not whole, or no archive of a commit */
export async function readArchive(tarball: ArrayBuffer): Promise<Archived> {
  const bytes = await unzip(Buffer.from(tarball), { maxOutputLength: LARGEST_BYTES });
  const files = new Map<string, Uint8Array>();
  let [commit, longName] = ['', ''];
  let at = 0;
  while (at + BLOCK <= bytes.length && bytes[at] !== 0) {
    const header = bytes.subarray(at, at + BLOCK);
    const field = (from: number, length: number): string =>
      header.toString('utf8', from, from + length).split('\0', 1)[0] ?? '';
    const size = parseInt(field(124, 12), 8) || 0;
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    const type = field(156, 1);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'g') commit = told(content, 'comment') ?? commit;
    else if (type === 'x') longName = told(content, 'path') ?? '';
    else {
      const name = longName || [field(345, 155), field(0, 100)].filter((part) => part !== '').join('/');
      longName = '';
      // All others are folders and links.
      if (type === '0' || type === '') files.set(name.slice(name.indexOf('/') + 1), content);
    }
  }
  if (at + BLOCK > bytes.length) throw new Error('The archive is cut off.');
  if (!/^[0-9a-f]{40,64}$/.test(commit)) throw new Error('The archive does not say of which commit it is.');
  return { commit, files };
}

/** A value of an extended header, whose records are `length key=value\n`. */
function told(content: Uint8Array, key: string): string | undefined {
  const text = Buffer.from(content);
  for (let at = 0; at < text.length;) {
    const length = parseInt(text.toString('latin1', at, at + 20), 10);
    if (!(length > 0)) return undefined;
    const [, name, value] = /^\d+ ([^=]*)=([^]*)\n$/.exec(text.toString('utf8', at, at + length)) ?? [];
    if (name === key) return value;
    at += length;
  }
  return undefined;
}
