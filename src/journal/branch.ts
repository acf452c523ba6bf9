import { randomBytes } from 'node:crypto';
import {
  type BranchStore,
  type Claim,
  type Clock,
  type Journal,
  LostClaim,
  type Read,
  TakenUp,
  type Taking,
} from '../engine/ports.ts';
import { lineOf } from '../run/chain.ts';
import { newRunId, RUN_ID } from '../run/run-id.ts';
import type { EventBody, Instant, RunEvent, RunId } from '../run/types.ts';
import { branchAccepted } from './branch-accepted.ts';
import { type BranchWorker, claimsOn, type Offered } from './branch-claims.ts';
import { branchCursors } from './branch-cursors.ts';
import { createBranchFiles } from './branch-files.ts';
import { branchLines } from './branch-line.ts';
import { branchHandLocks, branchNames } from './branch-locks.ts';
import { type BranchRecord, firstSegment, readBranchRecord, segmentPath, segmentsOf } from './branch-record.ts';
import { openSpool, spooled } from './branch-spool.ts';
import { openBranchWriter } from './branch-writer.ts';
import type { Joining } from './branch-flusher.ts';
import { beginning, chain, headAfter, nextEpoch } from './chain-head.ts';
import { eventOf, eventsOf } from './event-boundary.ts';
import { recordOf } from './record.ts';

type Claimed = Extract<Claim, { readonly kind: 'claimed' }>;

/** What another run holds is looked at so often: whoever writes the branch makes the answer a new one. */
const POLL_MS = 15_000;

/**
 * A journal on a branch of the repository, which any number of workers write: `runs/<run>/<n>.jsonl` are made once and
 * never changed, all else are small files that only who has read them can change. What a worker appends is on its own
 * disk at once, and on the branch as soon as it has to be.
 * @param spool folder on the worker's disk
 */
export function createBranchJournal(
  store: BranchStore,
  options: BranchWorker & { readonly clock: Clock; readonly spool: string; readonly freshMs?: number },
): Journal {
  const { clock, spool } = options;
  const files = createBranchFiles(store, options);
  const claims = claimsOn(files, options);
  const { taking, ...accepted } = branchAccepted(files, options);

  const recordOfRun = async (run: RunId): Promise<BranchRecord> =>
    RUN_ID.test(run) ? readBranchRecord(files, run) : { kind: 'missing' };

  /** What an earlier worker on this machine could not bring to the branch, where the record goes on from there. */
  async function left(run: RunId, lines: readonly string[]): Promise<readonly string[]> {
    const more = (await spooled(spool, run)).filter((line) => seqOf(line) > lines.length);
    return recordOf([...lines, ...more], run, NOWHERE).kind === 'ok' ? more : [];
  }

  /** What comes to the branch with the first of what a worker writes to a run: its claim, and for what it has it. */
  function joiningOf(run: RunId, claim: Offered, what: Taking | undefined): Joining {
    return {
      changes: what === undefined ? [claim.change] : [taking(what), claim.change],
      joined: () => what?.took(),
      refused: async () =>
        what !== undefined && (await accepted.isAccepted(what.key))
          ? new TakenUp(what)
          : new LostClaim(run, await claims.claimant(run)),
    };
  }

  async function opened(run: RunId, claim: Offered, what: Taking | undefined): Promise<Claim> {
    const record = await recordOfRun(run);
    if (record.kind !== 'ok') return record;
    const unwritten = claim.left ? await left(run, record.lines) : [];
    const whole = recordOf([...record.lines, ...unwritten], run, NOWHERE);
    const events = whole.kind === 'ok' ? eventsOf(whole.lines) : [];
    const [first, last] = [events[0], events.at(-1)];
    if (whole.kind !== 'ok' || first?.type !== 'run_requested' || last === undefined) {
      return { kind: 'broken', why: `runs/${run} on ${files.name} does not begin with its request` };
    }
    let joining: Joining | undefined = joiningOf(run, claim, what);
    if (events.some(({ type }) => type === 'run_finished')) {
      // Nothing more is written to it, and its hosts are tidied next.
      if ((await files.write(...joining.changes)) === 'lost') {
        const error = await joining.refused();
        if (error instanceof TakenUp) throw error;
        return { kind: 'held', by: (error instanceof LostClaim ? error.by : undefined) ?? 'another worker' };
      }
      joining.joined();
      joining = undefined;
    }
    const writer = openBranchWriter({
      ...{ files, clock, joining, unwritten, written: record.segments, release: claim.release },
      epoch: Math.max(claim.epoch, nextEpoch(events)),
      plan: first.plan,
      head: headAfter(last, whole.head),
      spool: await openSpool(spool, run, unwritten),
    });
    return { kind: 'claimed', writer, events, ...(claim.left ? { left: true } : {}) };
  }

  async function create(
    first: Extract<EventBody, { type: 'run_requested' }>,
    at: Instant,
    what?: Taking,
  ): Promise<Claimed> {
    for (;;) {
      const run = newRunId(at, randomBytes(4));
      const claim = claims.first(run);
      const joining = joiningOf(run, claim, what);
      const { sealed, head } = chain(beginning(run, at), [first], at);
      const { text } = firstSegment(sealed.map(({ line }) => line));
      if ((await files.write(...joining.changes, { path: segmentPath(run, 1), text })) === 'lost') {
        const error = await joining.refused();
        if (error instanceof TakenUp) throw error;
        continue;
      }
      joining.joined();
      const writer = openBranchWriter({
        ...{ files, clock, joining: undefined, unwritten: [], written: 1, epoch: claim.epoch, release: claim.release },
        head,
        plan: first.plan,
        spool: await openSpool(spool, run),
      });
      return { kind: 'claimed', writer, events: sealed.map(({ event }) => event) };
    }
  }

  async function restore(events: readonly RunEvent[]): Promise<boolean> {
    const run = events[0]?.run ?? '';
    if (!RUN_ID.test(run)) throw new Error('A record that is made anew begins with its run.');
    if ((await files.list()).has(segmentPath(run, 1))) return false;
    let lines = events.map(lineOf);
    for (let number = 1; lines.length > 0; number += 1) {
      const { text, count } = firstSegment(lines);
      if ((await files.write({ path: segmentPath(run, number), text })) === 'lost') return false;
      lines = lines.slice(count);
    }
    return true;
  }

  async function read(run: RunId): Promise<Read> {
    const record = await recordOfRun(run);
    return record.kind === 'ok' ? { kind: 'ok', events: eventsOf(record.lines) } : record;
  }

  /** A run that is not there holds nothing; of one that cannot be read it is not known. */
  async function hasEnded(run: RunId): Promise<boolean> {
    const found = await read(run);
    return found.kind === 'ok' ? found.events.some(({ type }) => type === 'run_finished') : found.kind === 'missing';
  }

  /** An id names only the day, so runs are told apart by the time in their first event. */
  async function runs(): Promise<readonly RunId[]> {
    const listed = await files.list();
    const ids = [...segmentsOf(listed.keys()).keys()].filter((id) => RUN_ID.test(id));
    const texts = await files.texts(ids.flatMap((id) => listed.get(segmentPath(id, 1)) ?? []));
    const began = new Map(texts.map((text, index) => [ids[index], /^\{"at":"([^"]+)"/.exec(text)?.[1] ?? '']));
    const keyOf = (id: RunId): string => `${began.get(id) ?? ''} ${id}`;
    return ids.toSorted((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1));
  }

  return {
    pollMs: POLL_MS,
    // Whoever may write to the repository may write to its branches.
    open: true,
    create,
    restore,
    claim: async (run, what) => {
      if ((await recordOfRun(run)).kind === 'missing') return { kind: 'missing' };
      const claim = await claims.next(run);
      return claim.kind === 'held' ? claim : opened(run, claim, what);
    },
    wasLeft: claims.wasLeft,
    read,
    // Its worker first: one that ends its work in between has written its last word by then.
    standing: async (run) => {
      const worked = RUN_ID.test(run) ? await claims.worked(run) : 'no';
      return { worked, read: await read(run) };
    },
    runs,
    ...branchNames(files, hasEnded),
    ...branchHandLocks(files),
    ...branchLines(files, clock),
    ...accepted,
    ...branchCursors(files),
    kept: () => files.kept(),
  };
}

/** The number of an event, as far as a line is one. */
function seqOf(line: string): number {
  try {
    return eventOf(line).seq;
  } catch {
    return 0;
  }
}

const NOWHERE = { path: '', placeOf: () => '' };
