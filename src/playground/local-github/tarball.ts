import { gzipSync } from 'node:zlib';

const BLOCK = 512;

/** Files as git archives them: a header that names the commit, and each file below one folder. */
export function tarballOf(folder: string, commit: string, files: ReadonlyMap<string, Buffer>): Buffer {
  const comment = Buffer.from(`52 comment=${commit}\n`);
  const parts = [entry('pax_global_header', 'g', comment), entry(`${folder}/`, '5', Buffer.alloc(0))];
  for (const [path, content] of files) parts.push(entry(`${folder}/${path}`, '0', content));
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]));
}

function entry(path: string, type: string, content: Buffer): Buffer {
  const name = Buffer.from(path);
  if (name.length <= 100) return Buffer.concat([header(name, type, content.length), padded(content)]);
  // A longer name stands in a header of its own.
  const told = Buffer.from(record(`path=${path}`));
  const before = Buffer.concat([header(Buffer.from('pax'), 'x', told.length), padded(told)]);
  return Buffer.concat([before, header(name.subarray(0, 100), type, content.length), padded(content)]);
}

/** Its length is part of it. */
function record(text: string): string {
  const rest = Buffer.byteLength(text) + 2;
  const digits = String(rest + String(rest).length).length;
  return `${String(rest + digits)} ${text}\n`;
}

function header(name: Buffer, type: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  name.copy(block, 0);
  block.write(octal(0o664, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

const padded = (content: Buffer): Buffer =>
  Buffer.concat([content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
