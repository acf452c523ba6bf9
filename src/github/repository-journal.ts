import type { Claim, Journal } from '../engine/ports.ts';
import type { RunEvent, RunId } from '../run/types.ts';
import type { Place } from './api.ts';

/** One repository's view of the journal, and what this process has in hand there. */
export interface RepositoryJournal {
  readonly journal: Journal;
  /** Resolves when this process works on none of the runs. */
  readonly idle: () => Promise<void>;
}

/**
 * The journal as seen from one repository: its own runs and no others. One journal serves all repositories of a server and
 * the terminal beside it, and whoever may decide in one repository has no say in another.
 */
export function journalOf(journal: Journal, place: Place): RepositoryJournal {
  // Where a run is talked about stands in its first event and never changes.
  const ours = new Map<RunId, boolean>();
  let inHand = 0;
  const waiters = new Set<() => void>();

  function held<C extends Claim>(claim: C): C {
    if (claim.kind !== 'claimed') return claim;
    inHand += 1;
    let released = false;
    const release = async (): Promise<void> => {
      await claim.writer.release();
      if (released) return;
      released = true;
      inHand -= 1;
      if (inHand > 0) return;
      for (const resolve of waiters) resolve();
      waiters.clear();
    };
    const { run, epoch } = claim.writer;
    return { ...claim, writer: { run, epoch, append: (events) => claim.writer.append(events), release } };
  }

  function know(run: RunId, [first]: readonly RunEvent[]): boolean {
    const is = first?.type === 'run_requested' && first.where.kind === 'issue' && samePlace(first.where, place);
    ours.set(run, is);
    return is;
  }

  async function isOurs(run: RunId): Promise<boolean> {
    const known = ours.get(run);
    if (known !== undefined) return known;
    const read = await journal.read(run);
    return read.kind === 'ok' && read.events.length > 0 && know(run, read.events);
  }

  const view: Journal = {
    create: async (first, at) => {
      const claim = await journal.create(first, at);
      know(claim.writer.run, claim.events);
      return held(claim);
    },
    claim: async (run) => ((await isOurs(run)) ? held(await journal.claim(run)) : { kind: 'missing' }),
    read: async (run) => ((await isOurs(run)) ? journal.read(run) : { kind: 'missing' }),
    runs: async () => {
      const runs = await journal.runs();
      const are = await Promise.all(runs.map(isOurs));
      return runs.filter((_, index) => are[index]);
    },
    acceptOnce: (key) => journal.acceptOnce(key),
  };
  return {
    journal: view,
    idle: async () => {
      if (inHand > 0) await new Promise<void>((resolve) => waiters.add(resolve));
    },
  };
}

/** GitHub takes names in capitals and in small letters for the same. */
export const samePlace = (a: Place, b: Place): boolean =>
  a.owner.toLowerCase() === b.owner.toLowerCase() && a.repo.toLowerCase() === b.repo.toLowerCase();
