import { randomBytes } from 'node:crypto';
import {
  type Claim,
  type Clock,
  type Follow,
  type HandLock,
  type Journal,
  type Read,
  LostClaim,
  type RunWriter,
  TakenUp,
  type Taking,
} from '../engine/ports.ts';
import { timeFrom } from '../run/steady-time.ts';
import { newRunId } from '../run/run-id.ts';
import type { EventBody, Instant, LockNote, NotedRun, RunEvent, RunId } from '../run/types.ts';
import { hashOf, lineOf } from '../run/chain.ts';
import { beginning, chain, chainAll, type ChainHead, headAfter, nextEpoch } from './chain-head.ts';
import { HEARD_OF_MS, inOrder } from './line.ts';

interface Kept {
  readonly events: RunEvent[];
  head: ChainHead;
  /** Who works on it; a claim in memory ends with its release alone. */
  owner: { readonly worker: string } | undefined;
}

const handKey = ({ owner, repo }: { readonly owner: string; readonly repo: string }, name: string): string =>
  `${owner}/${repo} ${name}`.toLowerCase();

interface InLine {
  readonly waiter: Required<NotedRun>;
  readonly at: number;
}
type Line = Map<RunId, InLine>;

/** A journal that lasts as long as the process: for the playground's trials and for tests. */
export function createMemoryJournal({ clock, worker }: { readonly clock: Clock; readonly worker: string }): Journal {
  const kept = new Map<RunId, Kept>();
  const accepted = new Set<string>();
  const cursors = new Map<string, Instant>();
  const names = new Map<string, { readonly run: RunId; readonly note: LockNote }>();

  const lines = new Map<string, Line>();
  const byHand = new Map<string, { readonly lock: HandLock | undefined; readonly comment: number }>();

  function claimed(run: RunId, each: Kept): Extract<Claim, { kind: 'claimed' }> {
    const owner = { worker };
    const now = timeFrom(clock, each.head.at);
    each.owner = owner;
    const writer: RunWriter = {
      run,
      epoch: nextEpoch(each.events),
      append: (bodies, follow) =>
        each.owner === owner
          ? Promise.resolve(append(each, bodies, now(), follow))
          : Promise.reject(new LostClaim(run)),
      release: () => {
        if (each.owner === owner) each.owner = undefined;
        return Promise.resolve();
      },
    };
    return { kind: 'claimed', writer, events: [...each.events] };
  }

  function append(each: Kept, bodies: readonly EventBody[], at: Instant, follow?: Follow): readonly RunEvent[] {
    const { sealed, head } = chainAll(each.head, bodies, at, follow);
    const events = sealed.map(({ event }) => event);
    each.events.push(...events);
    each.head = head;
    return events;
  }

  function claim(run: RunId, taking?: Taking): Claim {
    const each = kept.get(run);
    if (each === undefined) return { kind: 'missing' };
    if (each.owner !== undefined) return { kind: 'held', by: each.owner.worker };
    takeUp(taking);
    return claimed(run, each);
  }

  function takeUp(taking: Taking | undefined): void {
    if (taking === undefined) return;
    if (accepted.has(taking.key)) throw new TakenUp(taking);
    accepted.add(taking.key);
    taking.took();
  }

  function waitersFor(what: string): Line {
    const line = lines.get(what) ?? new Map<RunId, InLine>();
    lines.set(what, line);
    return line;
  }

  function read(run: RunId): Read {
    const each = kept.get(run);
    return each === undefined ? { kind: 'missing' } : { kind: 'ok', events: [...each.events] };
  }

  const holderOf = (name: string): NotedRun | undefined => {
    const holder = names.get(name);
    const ended = kept.get(holder?.run ?? '')?.events.some(({ type }) => type === 'run_finished') ?? true;
    return ended ? undefined : holder;
  };

  return {
    create: (first, at, taking) =>
      Promise.resolve().then(() => {
        takeUp(taking);
        let run = newRunId(at, randomBytes(4));
        while (kept.has(run)) run = newRunId(at, randomBytes(4));
        const { sealed, head } = chain(beginning(run, at), [first], at);
        const each: Kept = { events: sealed.map(({ event }) => event), head, owner: undefined };
        kept.set(run, each);
        return claimed(run, each);
      }),
    restore: (events) => {
      const last = events.at(-1);
      if (last === undefined || kept.has(last.run)) return Promise.resolve(false);
      kept.set(last.run, { events: [...events], head: headAfter(last, hashOf(lineOf(last))), owner: undefined });
      return Promise.resolve(true);
    },
    claim: (run, taking) => Promise.resolve().then(() => claim(run, taking)),
    // It ends with its process.
    wasLeft: () => Promise.resolve(false),
    read: (run) => Promise.resolve(read(run)),
    runs: () => Promise.resolve([...kept.keys()].reverse()),
    lockName: (name, run, note) => {
      const holder = holderOf(name);
      if (holder !== undefined && holder.run !== run) return Promise.resolve(holder);
      names.set(name, { run, note });
      return Promise.resolve(undefined);
    },
    handLocks: () => Promise.resolve([...byHand.values()].flatMap(({ lock }) => (lock === undefined ? [] : [lock]))),
    lockByHand: (lock) => {
      const key = handKey(lock.where, lock.name);
      const before = byHand.get(key)?.lock;
      if (before === undefined) byHand.set(key, { lock, comment: lock.where.comment });
      return Promise.resolve(before);
    },
    unlockByHand: (place, name, { comment }) => {
      const before = byHand.get(handKey(place, name))?.lock;
      if (before !== undefined) byHand.set(handKey(place, name), { lock: undefined, comment });
      return Promise.resolve(before);
    },
    isWordByHand: (comment) => Promise.resolve([...byHand.values()].some((word) => word.comment === comment)),
    standInLine: (what, waiter) => {
      waitersFor(what).set(waiter.run, { waiter, at: Date.parse(clock.now()) });
      return Promise.resolve();
    },
    leaveLine: (what, run) => {
      waitersFor(what).delete(run);
      return Promise.resolve();
    },
    line: (what) => {
      const fresh = [...waitersFor(what).values()].filter(({ at }) => Date.parse(clock.now()) - at <= HEARD_OF_MS);
      return Promise.resolve(inOrder(fresh.map(({ waiter }) => waiter)));
    },
    nameHolder: (name) => Promise.resolve(holderOf(name)),
    standing: (run) =>
      Promise.resolve({ read: read(run), worked: kept.get(run)?.owner === undefined ? 'no' : 'yes' } as const),
    acceptOnce: (key) => {
      const first = !accepted.has(key);
      accepted.add(key);
      return Promise.resolve(first);
    },
    isAccepted: (key) => Promise.resolve(accepted.has(key)),
    keepAnswer: () => Promise.resolve(),
    settle: (key) => {
      accepted.add(key);
      return Promise.resolve();
    },
    // It ends with its process: whoever took a thing up is still there to settle it.
    unsettled: () => Promise.resolve([]),
    cursor: (place) => Promise.resolve(cursors.get(place.toLowerCase())),
    moveCursor: (place, to) => {
      cursors.set(place.toLowerCase(), to);
      return Promise.resolve();
    },
  };
}
