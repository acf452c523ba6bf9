import { type Clock, LostClaim } from '../engine/ports.ts';
import type { RunId } from '../run/types.ts';
import { BranchAway, type BranchFiles, type Change } from './branch-files.ts';
import { firstSegment, segmentPath } from './branch-record.ts';

/** What comes to the branch with the first segment, or not at all: until then nothing of the run is this worker's. */
export interface Joining {
  readonly changes: readonly Change[];
  /** They are there. */
  joined(): void;
  /** Why they never will be, where something else stands there. */
  refused(): Promise<Error>;
}

/** Brings lines to the branch, in segments, for as long as it takes. */
export interface Flusher {
  /** Whether what is to join the first segment is there. */
  isJoined(): boolean;
  /** Set once another worker has written on. */
  lost(): Error | undefined;
  add(lines: readonly string[]): void;
  /** Within the time of a batch. */
  later(): void;
  /** Now. Resolves when all that has been added is there; rejects where it never will be. */
  flush(): Promise<void>;
  /** The same, without hurry. */
  kept(): Promise<void>;
  /** Tries no more. */
  close(): void;
}

/** Two a minute at most. */
const BATCH_MS = 30_000;
const LONGEST_PAUSE_MS = 30_000;

export function createFlusher(
  files: BranchFiles,
  of: {
    readonly run: RunId;
    readonly written: number;
    readonly joining: Joining | undefined;
    readonly clock: Pick<Clock, 'sleep'>;
  },
): Flusher {
  const { run, written, clock } = of;
  let { joining } = of;
  const closing = new AbortController();
  const isClosed = (): boolean => closing.signal.aborted;
  let pending: readonly string[] = [];
  /** Lines so far: those that were given, and those that are there. */
  let [added, there] = [0, 0];
  let segment = written;
  let lost: Error | undefined;
  let working: Promise<void> | undefined;
  let batch: Promise<void> | undefined;
  let waiting: readonly { readonly for: number; readonly tell: () => void }[] = [];

  async function write(text: string): Promise<void> {
    const path = segmentPath(run, segment + 1);
    for (let pause = 1_000; !isClosed(); pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        if ((await files.write(...(joining?.changes ?? []), { path, text })) === 'lost') {
          throw (await joining?.refused()) ?? new LostClaim(run);
        }
        joining?.joined();
        joining = undefined;
        return;
      } catch (error) {
        // Whoever does not have the run yet waits no longer for it.
        if (!(error instanceof BranchAway) || joining !== undefined) throw error;
        await clock.sleep(pause, closing.signal);
      }
    }
    throw new BranchAway(`What run ${run} did last could not be written to ${files.name}.`);
  }

  async function work(): Promise<void> {
    while (pending.length > 0) {
      // The same text until it is known to be there: an answer that was lost may have been a yes.
      const { text, count } = firstSegment(pending);
      await write(text);
      segment += 1;
      there += count;
      pending = pending.slice(count);
      for (const { tell } of waiting.filter((each) => each.for <= there)) tell();
      waiting = waiting.filter((each) => each.for > there);
    }
  }

  function workOnce(): Promise<void> {
    working ??= work()
      .catch((error: unknown) => {
        lost = error instanceof Error ? error : new Error(String(error));
        throw lost;
      })
      .finally(() => (working = undefined));
    return working;
  }

  async function flush(): Promise<void> {
    const all = added;
    // Work that is just about to end may not have seen the last lines.
    while (there < all) {
      if (lost !== undefined) throw lost;
      await workOnce();
    }
  }

  return {
    isJoined: () => joining === undefined,
    lost: () => lost,
    add: (lines) => {
      pending = [...pending, ...lines];
      added += lines.length;
    },
    later: () => {
      batch ??= clock.sleep(BATCH_MS, closing.signal).then(() => {
        batch = undefined;
        // What fails here shows with the next that is appended.
        if (!isClosed()) flush().catch(() => undefined);
      });
    },
    flush,
    kept: () =>
      there === added
        ? Promise.resolve()
        : new Promise((tell) => {
            waiting = [...waiting, { for: added, tell }];
          }),
    close: () => {
      closing.abort();
      waiting = [];
    },
  };
}
