import { createHash, type Hash } from 'node:crypto';
import { createReadStream, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JobLog, Keeping, Logs } from '../engine/ports.ts';
import type { Captured, JobKey, RunId } from '../run/types.ts';
import { characterStart, ends, HEAD_BYTES, TAIL_BYTES, whole, WHOLE_BYTES } from './captured.ts';
import { placeOf } from './job-text.ts';
import { openMasked } from './masked-log.ts';
import { unkeptLog } from './unkept-log.ts';

/**
 * Logs as files `<folder>/<run>/<host>/<step>/<item>/<phase>.<attempt>.out` and `.err`, names encoded as on hosts.
 * A log that is opened again goes on where its files end. A job that said nothing has none.
 */
export function createLogs(folder: string): Logs {
  const paths = (run: RunId, job: JobKey): { out: string; err: string; marks: string } => {
    const place = placeOf(run, job);
    const path = join(folder, place.run, place.task, place.job);
    return { out: `${path}.out`, err: `${path}.err`, marks: `${path}.marks` };
  };
  return {
    async open(run, job, how: Keeping = 'all') {
      if (how === 'nothing') return Promise.resolve(unkeptLog());
      const files = paths(run, job);
      const open = (): JobLog => new FileLog(new LogFile(files.out), new LogFile(files.err));
      return Promise.resolve(how === 'all' ? open() : openMasked(files, how.mask, open));
    },
    async read(run, job, maxBytes) {
      const { out, err } = paths(run, job);
      const most = Math.floor(maxBytes / 2);
      const [first, second] = await Promise.all([readEnd(out, most), readEnd(err, most)]);
      if (first === undefined && second === undefined) return undefined;
      return {
        out: first?.text ?? '',
        err: second?.text ?? '',
        omittedBytes: (first?.omitted ?? 0) + (second?.omitted ?? 0),
      };
    },
  };
}

class FileLog implements JobLog {
  readonly #out: LogFile;
  readonly #err: LogFile;

  constructor(out: LogFile, err: LogFile) {
    this.#out = out;
    this.#err = err;
  }

  offsets(): { readonly out: number; readonly err: number } {
    return { out: this.#out.size, err: this.#err.size };
  }

  async write(stream: 'out' | 'err', bytes: Uint8Array): Promise<void> {
    // Both or none, so that one that is missing is known to have been taken away.
    for (const file of [this.#out, this.#err]) file.make();
    await (stream === 'out' ? this.#out : this.#err).append(bytes);
  }

  async seal(): Promise<{
    sha256: string;
    stdout: Captured;
    stderr: Captured;
    bytes: { out: number; err: number };
  }> {
    const hash = await this.#out.digest();
    await this.#err.readInto(hash);
    const sealed = {
      sha256: hash.digest('hex'),
      stdout: await this.#out.captured(),
      stderr: await this.#err.captured(),
      bytes: this.offsets(),
    };
    await Promise.all([this.#out.close(), this.#err.close()]);
    return sealed;
  }
}

/** One stream's file. Its digest is counted while it is written, so that sealing need not read a gigabyte again. */
class LogFile {
  readonly #path: string;
  /** Opened when there is something to write or to read. */
  #handle: Promise<FileHandle> | undefined;
  #made: boolean;
  #size: number;
  /** None: the file was there before us, so what it holds must be read. */
  readonly #hash: Hash | undefined;

  constructor(path: string) {
    this.#path = path;
    // Not by the thread pool: each turn there takes longer than the look, and most jobs say nothing.
    const there = statSync(path, { throwIfNoEntry: false });
    this.#made = there !== undefined;
    this.#size = there?.size ?? 0;
    this.#hash = this.#size === 0 ? createHash('sha256') : undefined;
  }

  make(): void {
    if (this.#made) return;
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    writeFileSync(this.#path, '', { flag: 'a', mode: 0o600 });
    this.#made = true;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#hash?.update(bytes);
    await (await this.#opened()).appendFile(bytes);
    this.#size += bytes.length;
  }

  /** A hash that has taken all of this file. */
  async digest(): Promise<Hash> {
    if (this.#hash) return this.#hash.copy();
    const hash = createHash('sha256');
    await this.readInto(hash);
    return hash;
  }

  async readInto(hash: Hash): Promise<void> {
    if (this.#size === 0) return;
    for await (const chunk of createReadStream(this.#path, { end: this.#size - 1 })) {
      if (Buffer.isBuffer(chunk)) hash.update(chunk);
    }
  }

  async captured(): Promise<Captured> {
    if (this.#size === 0) return whole(Buffer.alloc(0));
    if (this.#size <= WHOLE_BYTES) return whole(await this.#part(0, this.#size));
    const head = await this.#part(0, HEAD_BYTES);
    return ends(head, await this.#part(this.#size - TAIL_BYTES, TAIL_BYTES), this.#size);
  }

  async close(): Promise<void> {
    const handle = await this.#handle;
    if (this.#size > 0) await handle?.sync();
    await handle?.close();
  }

  async #opened(): Promise<FileHandle> {
    this.#handle ??= open(this.#path, 'a+', 0o600);
    return this.#handle;
  }

  async #part(from: number, length: number): Promise<Buffer> {
    const { buffer, bytesRead } = await (await this.#opened()).read(Buffer.alloc(length), 0, length, from);
    return buffer.subarray(0, bytesRead);
  }
}

async function readEnd(path: string, most: number): Promise<{ text: string; omitted: number } | undefined> {
  const size = await stat(path).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) return undefined;
  const from = Math.max(0, size - most);
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    const bytes = buffer.subarray(0, bytesRead);
    const start = from === 0 ? 0 : characterStart(bytes);
    return { text: bytes.toString('utf8', start), omitted: from + start };
  } finally {
    await handle.close();
  }
}
