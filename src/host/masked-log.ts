import { closeSync, existsSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs';
import type { JobLog, Mask, MaskStream } from '../engine/ports.ts';

type Stream = 'out' | 'err';

/** Of both streams: up to which raw byte it was let go, and how long what was kept of it is. */
type Marks = Readonly<Record<Stream, { readonly raw: number; readonly kept: number }>>;

const NONE: Marks = { out: { raw: 0, kept: 0 }, err: { raw: 0, kept: 0 } };
const WIDTH = 16;

/** Files of one job's log; `marks`: where it is written down how far the raw streams were let go. */
interface MaskedFiles {
  readonly out: string;
  readonly err: string;
  readonly marks: string;
}

/**
 * A log of which only the masked text is kept. After each piece it is written down up to which raw byte it stands for, so
 * that whoever goes on asks for what comes next: neither half a secret is shown nor a byte kept twice.
 * @param open opens the log of what is kept, once it has been cut back to what is known to be whole.
 */
export function openMasked(files: MaskedFiles, mask: Mask, open: () => JobLog): JobLog {
  const marks = readMarks(files);
  for (const stream of ['out', 'err'] as const) {
    if (existsSync(files[stream])) truncateSync(files[stream], marks[stream].kept);
  }
  return new MaskedLog(files.marks, mask, marks, open());
}

class MaskedLog implements JobLog {
  readonly #path: string;
  readonly #log: JobLog;
  readonly #maskers: Readonly<Record<Stream, MaskStream>>;
  readonly #raw: Record<Stream, number>;
  #file: number | undefined;

  constructor(path: string, mask: Mask, marks: Marks, log: JobLog) {
    this.#path = path;
    this.#log = log;
    this.#maskers = { out: mask.stream(marks.out.raw), err: mask.stream(marks.err.raw) };
    this.#raw = { out: marks.out.raw, err: marks.err.raw };
  }

  /** Of the raw streams, as far as this worker has seen them. */
  offsets(): { readonly out: number; readonly err: number } {
    return { out: this.#maskers.out.taken, err: this.#maskers.err.taken };
  }

  async write(stream: Stream, bytes: Uint8Array): Promise<void> {
    await this.#keep(stream, this.#maskers[stream].take(bytes));
  }

  async seal(end: Parameters<JobLog['seal']>[0]): ReturnType<JobLog['seal']> {
    if (end !== 'unseen') {
      for (const stream of ['out', 'err'] as const) await this.#keep(stream, this.#maskers[stream].end(end === 'cut'));
    }
    const sealed = await this.#log.seal(end);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    return { ...sealed, bytes: this.offsets() };
  }

  async #keep(stream: Stream, { bytes, upTo }: ReturnType<MaskStream['take']>): Promise<void> {
    if (upTo === this.#raw[stream]) return;
    await this.#log.write(stream, bytes);
    this.#raw[stream] = upTo;
    const kept = this.#log.offsets();
    const numbers = [this.#raw.out, kept.out, this.#raw.err, kept.err];
    // In one piece at one place: whoever dies here leaves the line before or this one.
    this.#file ??= openSync(this.#path, existsSync(this.#path) ? 'r+' : 'w', 0o600);
    writeSync(this.#file, `${numbers.map((number) => String(number).padStart(WIDTH, ' ')).join(' ')}\n`, 0);
  }
}

/** What is not whole, or says more than was kept, is worth nothing: then all is asked for once more. */
function readMarks({ marks, out, err }: MaskedFiles): Marks {
  if (!existsSync(marks)) return NONE;
  const numbers = readFileSync(marks, 'utf8').trim().split(/ +/).map(Number);
  if (numbers.length !== 4 || !numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) return NONE;
  const [rawOut = 0, keptOut = 0, rawErr = 0, keptErr = 0] = numbers;
  const size = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size(out) < keptOut || size(err) < keptErr) return NONE;
  return { out: { raw: rawOut, kept: keptOut }, err: { raw: rawErr, kept: keptErr } };
}
