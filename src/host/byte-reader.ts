import type { Readable } from 'node:stream';
import { LinkLost } from './faults.ts';

/** Longer than any line the kit sends; past it, what we read is no answer. */
const LONGEST_LINE = 65_536;

/** Reads lines and counted bytes from a channel. Nothing is read before it is asked for, so a slow taker slows the host. */
export class ByteReader {
  readonly #chunks: AsyncIterator<unknown>;
  #left: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The next line without its newline. Bytes that are no UTF-8 become U+FFFD. @throws LinkLost at the channel's end. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#left.indexOf(10);
      if (end >= 0) {
        const line = this.#left.toString('utf8', 0, end);
        this.#left = this.#left.subarray(end + 1);
        return line;
      }
      if (this.#left.length > LONGEST_LINE) throw new LinkLost('the host sent something that is no answer');
      await this.#more();
    }
  }

  /** Between 1 and `most` bytes, as they come. @throws LinkLost at the channel's end. */
  async some(most: number): Promise<Buffer> {
    while (this.#left.length === 0) await this.#more();
    const taken = this.#left.subarray(0, most);
    this.#left = this.#left.subarray(taken.length);
    return taken;
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next().catch((cause: unknown) => {
      throw new LinkLost(`the channel broke: ${String(cause)}`);
    });
    if (next.done === true || !Buffer.isBuffer(next.value)) throw new LinkLost('the channel ended');
    this.#left = this.#left.length === 0 ? next.value : Buffer.concat([this.#left, next.value]);
  }
}
