import type { Automaton } from './automaton.ts';

/** What stands where a secret was. */
const MASK = '***';
const MASK_BYTES = Buffer.from(MASK);
/** More line breaks than this, one after the other, are none that a program put into base64. */
const MOST_BREAKS = 2;
/** At the end of a stream, so many bytes with which a secret begins are taken for one that was cut off. */
const SHORTEST_BEGINNING = 4;

/** How secrets are found: as they stand, and with line breaks left out. */
export interface Matching {
  readonly plain: Automaton;
  readonly broken: Automaton;
}

/** What a masker has let go, and up to where. */
interface Released {
  readonly bytes: Buffer;
  /**
   * Raw offset up to which all is decided: `bytes` stand for what is before it, and whoever begins again there, with a
   * new masker, gets the same as one that went on.
   */
  readonly upTo: number;
}

/**
 * Masks one stream: every byte that belongs to any form of a secret, and `***` for each row of such bytes. What may
 * still become a secret is held back, so at most as much as the longest form. The result does not depend on how the
 * stream is cut into pieces.
 */
export class Masker {
  readonly #matching: Matching;
  #plain = 0;
  #broken = 0;
  #breaks = 0;
  /** Raw offsets of the last bytes that were no line breaks, and how many such were counted. */
  readonly #offsets: Float64Array;
  #counted = 0;
  #taken: number;
  #released: number;
  /** Raw bytes from `#heldFrom` to `#taken`. Before it, from `#released` on, all is secret. */
  #held: Buffer = Buffer.alloc(0);
  #heldFrom: number;
  /** From, to, from, to …: what is secret of the bytes that are not released. */
  readonly #secret: number[] = [];

  /** @param offset raw offset at which the stream goes on. */
  constructor(matching: Matching, offset = 0) {
    this.#matching = matching;
    this.#offsets = new Float64Array(matching.broken.longest + 1);
    this.#taken = offset;
    this.#released = offset;
    this.#heldFrom = offset;
  }

  /** How many raw bytes it has seen. */
  get taken(): number {
    return this.#taken;
  }

  take(bytes: Uint8Array): Released {
    this.#scan(bytes);
    this.#held = this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]);
    this.#taken += bytes.length;
    return this.#release(Math.min(this.#plainFrom(), this.#brokenFrom()));
  }

  /**
   * The stream has ended: lets the rest go.
   * @param cut it may have been cut off, so what a secret begins with is masked too.
   */
  end(cut: boolean): Released {
    for (const from of cut ? [this.#plainFrom(), this.#brokenFrom()] : []) {
      if (this.#taken - from >= SHORTEST_BEGINNING) this.#cover(from, this.#taken);
    }
    return this.#release(this.#taken + 1);
  }

  #scan(bytes: Uint8Array): void {
    const { plain, broken } = this.#matching;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (this.#plain !== 0 || plain.first[byte] !== 0) {
        this.#plain = plain.step(this.#plain, byte);
        const length = plain.found[this.#plain] ?? 0;
        if (length > 0) this.#cover(this.#taken + at + 1 - length, this.#taken + at + 1);
      }
      if (this.#broken !== 0 || broken.first[byte] !== 0) this.#scanBroken(byte, this.#taken + at);
    }
  }

  #scanBroken(byte: number, offset: number): void {
    if (byte === 10 || byte === 13) {
      this.#breaks += 1;
      if (this.#breaks > MOST_BREAKS) this.#broken = 0;
      return;
    }
    const { broken } = this.#matching;
    this.#breaks = 0;
    this.#broken = broken.step(this.#broken, byte);
    this.#offsets[this.#counted % this.#offsets.length] = offset;
    this.#counted += 1;
    const length = broken.found[this.#broken] ?? 0;
    if (length > 0) this.#cover(this.#offsetBack(length), offset + 1);
  }

  /** Where the last but `count` of the bytes that were no line breaks stood. */
  #offsetBack(count: number): number {
    return this.#offsets[(this.#counted - count) % this.#offsets.length] ?? this.#taken;
  }

  /** Where the secret would begin that may be on its way. */
  #plainFrom(): number {
    return this.#taken - (this.#matching.plain.depth[this.#plain] ?? 0);
  }

  #brokenFrom(): number {
    const depth = this.#matching.broken.depth[this.#broken] ?? 0;
    return depth === 0 ? this.#taken : this.#offsetBack(depth);
  }

  #cover(from: number, to: number): void {
    let [first, last] = [from, to];
    while (this.#secret.length > 0 && (this.#secret.at(-1) ?? -1) >= first) {
      last = Math.max(last, this.#secret.pop() ?? last);
      first = Math.min(first, this.#secret.pop() ?? first);
    }
    this.#secret.push(first, last);
  }

  /** Lets go what stands before `safe`. A row of secret bytes waits until it is known to have ended. */
  #release(safe: number): Released {
    const parts: Buffer[] = [];
    let at = this.#released;
    let done = 0;
    let open: number | undefined;
    for (; done < this.#secret.length; done += 2) {
      const [from = 0, to = 0] = [this.#secret[done], this.#secret[done + 1]];
      if (from >= safe) break;
      parts.push(this.#raw(at, from));
      at = from;
      if (to >= safe) {
        open = to;
        break;
      }
      parts.push(MASK_BYTES);
      at = to;
    }
    this.#secret.splice(0, done);
    if (open === undefined) {
      const upTo = Math.min(safe, this.#taken);
      parts.push(this.#raw(at, upTo));
      at = Math.max(at, upTo);
    }
    this.#released = at;
    const from = Math.max(at, this.#heldFrom, open === undefined ? 0 : Math.min(open, safe, this.#taken));
    this.#held = this.#held.subarray(from - this.#heldFrom);
    this.#heldFrom = from;
    return { bytes: Buffer.concat(parts), upTo: at };
  }

  #raw(from: number, to: number): Buffer {
    return this.#held.subarray(Math.max(0, from - this.#heldFrom), Math.max(0, to - this.#heldFrom));
  }
}
