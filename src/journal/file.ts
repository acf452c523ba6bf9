import { randomBytes } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Claim, Clock, Journal, Read, Taking } from '../engine/ports.ts';
import { lineOf } from '../run/chain.ts';
import { newRunId, RUN_ID } from '../run/run-id.ts';
import type { EventBody, Instant, RunId } from '../run/types.ts';
import { acceptedIn } from './accepted.ts';
import { beginning, chain, headAfter, nextEpoch } from './chain-head.ts';
import { type FileClaim, takeClaim, wasLeft, workerIn } from './claim-file.ts';
import { cursorsIn } from './cursors.ts';
import { handLocksIn } from './by-hand.ts';
import { createWhole, isCode } from './durable.ts';
import { eventsOf } from './event-boundary.ts';
import { linesIn } from './line.ts';
import { namesIn } from './names.ts';
import { openWriter } from './file-writer.ts';
import { readRunFile } from './run-file.ts';
import { takeUp } from './taking.ts';

type Claimed = Extract<Claim, { readonly kind: 'claimed' }>;

/**
 * A journal in a folder: `runs/<run>.jsonl`, one line an event, each durable before its append resolves; `locks/<run>/`
 * says who works on a run, `names/` what runs have locked beside hosts, `lines/` which runs wait for what, `by-hand/` what people have locked; `accepted/` remembers what has been taken up, `cursors/` up to when comments were looked
 * through. Several processes may share the folder.
 * @param worker names this process to whoever finds a run held by it
 */
export function createFileJournal(
  dir: string,
  { clock, worker }: { readonly clock: Clock; readonly worker: string },
): Journal {
  const fileOf = (run: RunId): string => join(dir, 'runs', `${run}.jsonl`);
  const accepted = acceptedIn(join(dir, 'accepted'), { clock, worker });
  const claimRun = (run: RunId): ReturnType<typeof takeClaim> =>
    takeClaim(join(dir, 'locks', run), worker, clock.now());

  /** Reads a claimed run, cuts off what a crash left of an append, and opens it for writing. */
  async function opened(run: RunId, claim: FileClaim): Promise<Exclude<Claim, { kind: 'held' }>> {
    const path = fileOf(run);
    const file = await readRunFile(path, run);
    if (file.kind !== 'ok') {
      await claim.release();
      return file;
    }
    const events = eventsOf(file.lines);
    const last = events.at(-1);
    if (last === undefined) throw new Error(`${path} holds no event.`);
    const writer = await openWriter({
      path,
      size: file.wholeBytes,
      head: headAfter(last, file.head),
      epoch: nextEpoch(events),
      claim,
      clock,
    });
    return { kind: 'claimed', writer, events, ...(file.tornBytes === 0 ? {} : { tornBytes: file.tornBytes }) };
  }

  async function create(
    first: Extract<EventBody, { type: 'run_requested' }>,
    at: Instant,
    taking?: Taking,
  ): Promise<Claimed> {
    await takeUp(accepted, taking);
    for (;;) {
      const run = newRunId(at, randomBytes(4));
      const claimed = await claimRun(run);
      if (claimed.kind === 'held') continue;
      const lines = chain(beginning(run, at), [first], at).sealed.map(({ line }) => `${line}\n`);
      if (await createWhole(fileOf(run), lines.join(''))) {
        const claim = await opened(run, claimed.claim);
        if (claim.kind === 'claimed') return claim;
        throw new Error(`The new run ${run} could not be read back from ${fileOf(run)}.`);
      }
      await claimed.claim.release();
    }
  }

  /** A run that is not there holds nothing; of one that cannot be read it is not known. */
  async function hasEnded(run: RunId): Promise<boolean> {
    const file = await readRunFile(fileOf(run), run);
    if (file.kind !== 'ok') return file.kind === 'missing';
    return eventsOf(file.lines).some(({ type }) => type === 'run_finished');
  }

  async function read(run: RunId): Promise<Read> {
    const file = RUN_ID.test(run) ? await readRunFile(fileOf(run), run) : ({ kind: 'missing' } as const);
    return file.kind === 'ok' ? { kind: 'ok', events: eventsOf(file.lines) } : file;
  }

  return {
    create,
    restore: async (events) => {
      const run = events[0]?.run ?? '';
      if (!RUN_ID.test(run)) throw new Error('A record that is made anew begins with its run.');
      return createWhole(fileOf(run), events.map((event) => `${lineOf(event)}\n`).join(''));
    },
    claim: async (run, taking) => {
      if (!RUN_ID.test(run) || (await readRunFile(fileOf(run))).kind === 'missing') return { kind: 'missing' };
      await takeUp(accepted, taking);
      const claimed = await claimRun(run);
      return claimed.kind === 'held' ? claimed : opened(run, claimed.claim);
    },
    wasLeft: (run) => wasLeft(join(dir, 'locks', run)),
    read,
    // Its worker first: one that ends its work in between has written its last word by then.
    standing: async (run) => {
      const worked = RUN_ID.test(run) ? await workerIn(join(dir, 'locks', run)) : 'no';
      return { worked, read: await read(run) };
    },
    runs: () => newestFirst(join(dir, 'runs')),
    ...namesIn(join(dir, 'names'), hasEnded),
    ...handLocksIn(join(dir, 'by-hand')),
    ...linesIn(join(dir, 'lines'), clock),
    ...accepted,
    ...cursorsIn(join(dir, 'cursors')),
  };
}

/** An id names only the day, so runs are told apart by the time in their first event, which its line begins with. */
async function newestFirst(folder: string): Promise<readonly RunId[]> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
  const ids = names.flatMap((name) => (name.endsWith('.jsonl') ? [name.slice(0, -'.jsonl'.length)] : []));
  const runs: { readonly id: RunId; readonly began: string }[] = [];
  for (const id of ids.filter((each) => RUN_ID.test(each)))
    runs.push({ id, began: await begin(join(folder, `${id}.jsonl`)) });
  return runs
    .sort((a, b) => (a.began < b.began ? 1 : a.began > b.began ? -1 : a.id < b.id ? 1 : -1))
    .map(({ id }) => id);
}

async function begin(path: string): Promise<string> {
  const handle = await open(path, 'r').catch(() => undefined);
  // What is wrong with it shows when it is read.
  if (handle === undefined) return '';
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
    return /^\{"at":"([^"]+)"/.exec(buffer.subarray(0, bytesRead).toString('latin1'))?.[1] ?? '';
  } catch {
    return '';
  } finally {
    await handle.close();
  }
}
