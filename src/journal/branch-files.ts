import type { BranchStore, Clock } from '../engine/ports.ts';
import { blobOf } from '../run/git-blob.ts';

/** GitHub could not be asked, or did not take what was to be written. */
export class BranchAway extends Error {
  override readonly name = 'BranchAway';
}

/** The files of a branch, as several workers write them at once. */
export interface BranchFiles {
  readonly name: string;
  /** Blob ids by path, as they are now or were a moment ago. */
  list(): Promise<ReadonlyMap<string, string>>;
  /** The same as far as this process knows: enough where a write that is refused shows that it has changed. */
  known(): Promise<ReadonlyMap<string, string>>;
  texts(blobs: readonly string[]): Promise<readonly string[]>;
  /**
   * Makes a file (no `before`), or replaces it where it is still that blob.
   * @returns `lost` where something else is there
   * @throws BranchAway where GitHub does not say within some tries; then it may still have been written
   */
  write(path: string, text: string, before?: string): Promise<'written' | 'lost'>;
}

/** Others move the branch all the time; so many times in a row there is more to it. */
const MOST_REFUSALS = 20;
const MOST_AWAY = 3;
/** Who has asked for something waits no longer than this at a time for a limit of GitHub's to pass. */
const LONGEST_PATIENCE_MS = 60_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
/** What was read so short a time ago is not asked for again. */
const FRESH_MS = 1_000;

interface Read {
  readonly at: number;
  readonly files: ReadonlyMap<string, string>;
}

export function createBranchFiles(
  store: BranchStore,
  { clock, freshMs = FRESH_MS }: { readonly clock: Pick<Clock, 'sleep'>; readonly freshMs?: number },
): BranchFiles {
  /** What this process has written, and over what. GitHub may still list what was there before for a moment. */
  const own = new Map<string, { readonly blob: string; readonly older: readonly (string | undefined)[] }>();
  let last: Read | undefined;
  let asking: Promise<Read> | undefined;

  async function ask(): Promise<Read> {
    const at = performance.now();
    const listed = await store.list();
    last = { at, files: listed };
    return last;
  }

  /** As it is now: whoever asks while an answer is under way may need a later one. */
  async function afresh(): Promise<ReadonlyMap<string, string>> {
    return withOwn((await ask()).files);
  }

  async function list(): Promise<ReadonlyMap<string, string>> {
    if (last !== undefined && performance.now() - last.at < freshMs) return withOwn(last.files);
    asking ??= ask().finally(() => (asking = undefined));
    return withOwn((await asking).files);
  }

  function withOwn(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const all = new Map(files);
    for (const [path, { blob, older }] of own) if (older.includes(files.get(path))) all.set(path, blob);
    return all;
  }

  function written(path: string, blob: string, before: string | undefined): 'written' {
    own.set(path, { blob, older: [...(own.get(path)?.older ?? []), before] });
    return 'written';
  }

  async function write(path: string, text: string, before?: string): Promise<'written' | 'lost'> {
    const blob = blobOf(text);
    let [refusals, away] = [0, 0];
    let why = 'others keep moving it';
    while (refusals < MOST_REFUSALS && away < MOST_AWAY) {
      const put = await store.put(path, text, before);
      if (put.kind === 'put') return written(path, blob, before);
      if (put.kind === 'refused') refusals += 1;
      else {
        away += 1;
        ({ why } = put);
        await clock.sleep(Math.min(put.waitMs ?? waitAfter(away), LONGEST_PATIENCE_MS));
      }
      try {
        const there = (await afresh()).get(path);
        if (there === blob) return written(path, blob, before);
        if (there !== before) return 'lost';
      } catch (error) {
        away += 1;
        why = error instanceof Error ? error.message : String(error);
      }
      await clock.sleep(waitAfter(refusals));
    }
    throw new BranchAway(`${store.name} could not be written (${why}).`);
  }

  return {
    name: store.name,
    list,
    known: () => (last === undefined ? list() : Promise.resolve(withOwn(last.files))),
    texts: (blobs) => store.texts(blobs),
    write,
  };
}

/** Two who were in each other's way should not meet again. */
const waitAfter = (tries: number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10)) * (0.2 + 0.8 * Math.random());
