import type { Clock } from '../engine/ports.ts';
import { blobOf } from '../run/git-blob.ts';

/** A file that is made (no `before`), or replaced where it is still that blob. */
export interface Change {
  readonly path: string;
  readonly text: string;
  readonly before?: string | undefined;
}

/** A change that waits for a commit to ride along with. */
interface Ride {
  readonly path: string;
  readonly text: string;
  /** What may stand there: what it was made for, and what rides that it has taken the place of have made of that. */
  readonly over: readonly (string | undefined)[];
}

/** Changes that cost nobody anything to lose, so that none has a commit of its own while there are others. */
export interface Riding {
  size(): number;
  add(change: Change, withinMs: number): void;
  /** Puts them into the files of a branch, but for those that are there already, or come too late: these are forgotten. */
  board(files: Map<string, string>): readonly Ride[];
  /** They are on the branch. */
  arrived(aboard: readonly Ride[]): void;
  /** Waits for no time to pass any more. */
  stop(): void;
}

/** @param due is called once a change has waited for as long as it may */
export function createRiding(clock: Pick<Clock, 'sleep'>, due: () => void): Riding {
  const rides = new Map<string, Ride>();
  let timer: { readonly at: number; readonly end: AbortController } | undefined;

  function stop(): void {
    timer?.end.abort();
    timer = undefined;
  }

  return {
    size: () => rides.size,
    add: ({ path, text, before }, withinMs) => {
      const waits = rides.get(path);
      const over = waits !== undefined && blobOf(waits.text) === before ? waits.over : [];
      rides.set(path, { path, text, over: [...over, before] });
      const at = performance.now() + withinMs;
      if (timer !== undefined && timer.at <= at) return;
      stop();
      const mine = { at, end: new AbortController() };
      timer = mine;
      void clock.sleep(withinMs, mine.end.signal).then(() => {
        if (timer !== mine) return;
        timer = undefined;
        if (rides.size > 0) due();
      });
    },
    board: (files) => {
      for (const [path, { text, over }] of rides) {
        const there = files.get(path);
        if (there !== blobOf(text) && over.includes(there)) files.set(path, blobOf(text));
        else rides.delete(path);
      }
      return [...rides.values()];
    },
    arrived: (aboard) => {
      for (const ride of aboard) if (rides.get(ride.path) === ride) rides.delete(ride.path);
      if (rides.size === 0) stop();
    },
    stop,
  };
}
