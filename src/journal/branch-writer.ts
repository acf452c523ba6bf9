import { type Clock, type Follow, LostClaim, type RunWriter } from '../engine/ports.ts';
import type { Plan } from '../plan/types.ts';
import { type Haste, mostHaste } from '../run/haste.ts';
import { timeFrom } from '../run/steady-time.ts';
import type { EventBody, RunEvent } from '../run/types.ts';
import { BranchAway, type BranchFiles } from './branch-files.ts';
import { createFlusher, type Joining } from './branch-flusher.ts';
import type { Spool } from './branch-spool.ts';
import { chainAll, type ChainHead } from './chain-head.ts';
import { inTurns } from './in-turn.ts';

/** A decision is on the machine's disk already: GitHub is given so long to take it, too, before it is acted on. */
const SOON_MS = 20_000;
/** What nobody could find out again is waited for, while jobs go on on their hosts. */
const MUST_MS = 30 * 60_000;

/**
 * Writes to a claimed run: to the spool at once, and from there to the branch.
 * @throws LostClaim from `append` once another worker has written on
 */
export function openBranchWriter(of: {
  readonly files: BranchFiles;
  readonly plan: Plan;
  /** Absent: the run is this worker's already. */
  readonly joining: Joining | undefined;
  readonly head: ChainHead;
  /** Segments that are there. */
  readonly written: number;
  /** Lines of an earlier worker that are only in the spool. */
  readonly unwritten: readonly string[];
  readonly epoch: number;
  readonly spool: Spool;
  readonly release: () => void;
  readonly clock: Clock;
}): RunWriter {
  const { files, spool, clock } = of;
  const { run } = of.head;
  const now = timeFrom(clock, of.head.at);
  const flusher = createFlusher(files, { run, written: of.written, joining: of.joining, clock });
  flusher.add(of.unwritten);
  let { head } = of;
  let over = false;
  const inTurn = inTurns();

  async function append(bodies: readonly EventBody[], follow?: Follow): Promise<readonly RunEvent[]> {
    if (over) throw new LostClaim(run);
    const lost = flusher.lost();
    if (lost !== undefined) throw lost;
    const chained = chainAll(head, bodies, now(), follow);
    const lines = chained.sealed.map(({ line }) => line);
    await spool.add(lines);
    ({ head } = chained);
    flusher.add(lines);
    const events = chained.sealed.map(({ event }) => event);
    // Until its claim is there the run is not this worker's, and no host may hear of it.
    await bring(flusher.isJoined() ? mostHaste(of.plan, events) : 'must');
    return events;
  }

  async function bring(haste: Haste): Promise<void> {
    if (haste === 'later') {
      flusher.later();
      return;
    }
    const done = await within(haste === 'must' ? MUST_MS : SOON_MS);
    if (!done && haste === 'must') throw new BranchAway(notKept());
  }

  /** @returns whether all is on the branch by then */
  async function within(ms: number): Promise<boolean> {
    const inTime = new AbortController();
    const given = clock.sleep(ms, inTime.signal).then(() => false);
    try {
      return await Promise.race([flusher.flush().then(() => true), given]);
    } finally {
      inTime.abort();
    }
  }

  const notKept = (): string =>
    `What run ${run} did last could not be written to ${files.name}. Its jobs go on on their hosts, and the next worker ` +
    'finds them there. Look why GitHub does not take it.';

  async function release(): Promise<void> {
    over = true;
    if (!flusher.isJoined()) {
      // It never had the run.
      flusher.close();
      await spool.close(of.unwritten.length === 0);
      return;
    }
    let failure: unknown = flusher.lost();
    const kept =
      failure === undefined &&
      (await within(MUST_MS).catch((error: unknown) => {
        failure = error;
        return false;
      }));
    flusher.close();
    await spool.close(kept || failure instanceof LostClaim);
    if (!kept && !(failure instanceof LostClaim)) throw new BranchAway(notKept());
    // A claim that another has replaced stays as it is.
    of.release();
  }

  let released: Promise<void> | undefined;
  return {
    run,
    epoch: of.epoch,
    append: (bodies, follow) => inTurn(() => append(bodies, follow)),
    kept: () => flusher.kept(),
    release: () => (released ??= inTurn(release)),
  };
}
