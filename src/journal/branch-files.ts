import type { BranchState, BranchStore, Clock } from '../engine/ports.ts';
import { blobOf } from '../run/git-blob.ts';
import { type Change, createRiding } from './branch-riding.ts';

export type { Change } from './branch-riding.ts';

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
   * Makes or replaces files, all of them in one commit or none.
   * @returns `lost` where something else is there than a change was made for
   * @throws BranchAway where GitHub does not say within some tries; then it may still have been written
   */
  write(...changes: readonly Change[]): Promise<'written' | 'lost'>;
  /**
   * The same with the next commit of this process, and within a time without one. Where another has changed the file by
   * then, or this process dies, it is not written. Whoever reads here sees it at once.
   */
  later(change: Change, withinMs?: number): void;
  /** Brings what waits for a commit, as far as GitHub takes it. */
  kept(): Promise<void>;
}

/** Others move the branch all the time; so many times in a row there is more to it. */
const MOST_STALE = 20;
const MOST_AWAY = 3;
/** Who has asked for something waits no longer than this at a time for a limit of GitHub's to pass. */
const LONGEST_PATIENCE_MS = 60_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
/** What was read so short a time ago is not asked for again. */
const FRESH_MS = 1_000;
/** Characters of what was written are kept in mind, to be read again without a call. */
const MOST_KEPT = 16 * 1024 * 1024;
/** As long as what a run does is kept together. */
const LATER_MS = 30_000;

/** How often it has failed. */
interface Tries {
  stale: number;
  away: number;
}

const isEnough = ({ stale, away }: Tries): boolean => stale >= MOST_STALE || away >= MOST_AWAY;

/** What is to be written at once. */
interface Group extends Tries {
  readonly changes: readonly Change[];
  readonly done: (how: 'written' | 'lost') => void;
  readonly fail: (error: BranchAway) => void;
}

export function createBranchFiles(
  store: BranchStore,
  { clock, freshMs = FRESH_MS }: { readonly clock: Pick<Clock, 'sleep'>; readonly freshMs?: number },
): BranchFiles {
  /** Texts that this process has written of late, or will. */
  const own = new Map<string, string>();
  const riding = createRiding(clock, () => void work());
  let groups: readonly Group[] = [];
  let last: { readonly at: number; readonly state: BranchState } | undefined;
  let asking: Promise<BranchState> | undefined;
  let working: Promise<void> | undefined;

  async function ask(): Promise<BranchState> {
    const at = performance.now();
    const state = await store.read();
    last = { at, state };
    return state;
  }

  async function now(): Promise<BranchState> {
    if (last !== undefined && performance.now() - last.at < freshMs) return last.state;
    asking ??= ask().finally(() => (asking = undefined));
    return asking;
  }

  /** One commit after the other: what comes meanwhile goes together with the next. */
  function work(): Promise<void> {
    working ??= commitAll().finally(() => {
      working = undefined;
      // One may have come between the last look and here.
      if (groups.length > 0) void work();
    });
    return working;
  }

  async function commitAll(): Promise<void> {
    const tries = { stale: 0, away: 0 };
    for (let afresh = false; groups.length > 0 || (riding.size() > 0 && !isEnough(tries));) {
      const failed = await commitOnce(afresh);
      afresh = failed !== undefined;
      if (failed === undefined) continue;
      for (const each of [tries, ...groups]) each[failed.kind] += 1;
      const error = new BranchAway(`${store.name} could not be written (${failed.why}).`);
      settle(isEnough, ({ fail }) => {
        fail(error);
      });
      if (failed.waitMs > 0) await clock.sleep(failed.waitMs);
    }
  }

  /** @returns why it has to be tried again, and when */
  async function commitOnce(
    afresh: boolean,
  ): Promise<{ readonly kind: 'stale' | 'away'; readonly why: string; readonly waitMs: number } | undefined> {
    let state: BranchState;
    try {
      state = afresh ? await ask() : (last?.state ?? (await now()));
    } catch (error) {
      return { kind: 'away', why: error instanceof Error ? error.message : String(error), waitMs: waitAfter(tries()) };
    }
    const view = new Map(state.files);
    const aboard = riding.board(view);
    settle(
      ({ changes }) => changes.every((change) => isThere(state.files, change)),
      ({ done }) => {
        done('written');
      },
    );
    settle(
      ({ changes }) => !fits(view, changes),
      ({ done }) => {
        done('lost');
      },
    );
    const texts = new Map(aboard.map(({ path, text }) => [path, text]));
    // What another of them is in the way of is judged once that is there.
    const going = groups.filter(({ changes }) => {
      if (!fits(view, changes)) return false;
      for (const { path, text } of changes) {
        texts.set(path, text);
        view.set(path, blobOf(text));
      }
      return true;
    });
    if (texts.size === 0) return undefined;
    const made = await store.commit(texts, state);
    switch (made.kind) {
      case 'made':
        last = { at: performance.now(), state: made.state };
        riding.arrived(aboard);
        settle(
          (group) => going.includes(group),
          ({ done }) => {
            done('written');
          },
        );
        return undefined;
      case 'stale':
        // Whether it is lost shows at once.
        return { ...made, waitMs: tries() === 0 ? 0 : waitAfter(tries()) };
      case 'away':
        return { ...made, waitMs: Math.min(made.waitMs ?? waitAfter(tries()), LONGEST_PATIENCE_MS) };
    }
  }

  const tries = (): number => Math.max(0, ...groups.map(({ stale, away }) => stale + away));

  /** Answers these groups, which are done with. */
  function settle(which: (group: Group) => boolean, tell: (group: Group) => void): void {
    const settled = groups.filter(which);
    groups = groups.filter((group) => !settled.includes(group));
    settled.forEach(tell);
  }

  const withRiding = ({ files }: BranchState): ReadonlyMap<string, string> => {
    const view = new Map(files);
    riding.board(view);
    return view;
  };

  function remember({ text }: Change): void {
    own.delete(blobOf(text));
    own.set(blobOf(text), text);
    let length = [...own.values()].reduce((sum, each) => sum + each.length, 0);
    for (const [blob, oldest] of own) {
      if (length <= MOST_KEPT) break;
      own.delete(blob);
      length -= oldest.length;
    }
  }

  return {
    name: store.name,
    list: async () => withRiding(await now()),
    known: async () => withRiding(last === undefined ? await now() : last.state),
    texts: async (blobs) => {
      const others = [...new Set(blobs.filter((blob) => !own.has(blob)))];
      const texts = new Map(own);
      for (const [index, text] of (await store.texts(others)).entries()) texts.set(others[index] ?? '', text);
      return blobs.map((blob) => texts.get(blob) ?? '');
    },
    write: (...changes) => {
      changes.forEach(remember);
      return new Promise((done, fail) => {
        groups = [...groups, { changes, done, fail, stale: 0, away: 0 }];
        void work();
      });
    },
    later: (change, withinMs = LATER_MS) => {
      remember(change);
      riding.add(change, withinMs);
    },
    kept: async () => {
      // Work that is just about to end may not have seen the last of it.
      for (let tries = 0; tries < 2 && riding.size() > 0; tries += 1) await work();
      riding.stop();
    },
  };
}

const isThere = (files: ReadonlyMap<string, string>, { path, text }: Change): boolean =>
  files.get(path) === blobOf(text);

/** Whether each file is as its change was made for, or as that makes it. */
const fits = (files: ReadonlyMap<string, string>, changes: readonly Change[]): boolean =>
  changes.every((change) => isThere(files, change) || files.get(change.path) === change.before);

/** Two who were in each other's way should not meet again. */
const waitAfter = (tries: number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10)) * (0.2 + 0.8 * Math.random());
