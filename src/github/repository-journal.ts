import type { Journal } from '../engine/ports.ts';
import type { RunEvent, RunId, Where } from '../run/types.ts';
import type { Place } from './api.ts';

/**
 * The journal as seen from one repository: its own runs and no others. One journal serves all repositories of a server and
 * the terminal beside it, and whoever may decide in one repository has no say in another.
 */
export function journalOf(journal: Journal, place: Place): Journal {
  // Where a run is talked about stands in its first event and never changes.
  const ours = new Map<RunId, boolean>();

  const isHere = (where: Where): boolean => where.kind === 'issue' && samePlace(where, place);

  function know(run: RunId, [first]: readonly RunEvent[]): boolean {
    const is = first?.type === 'run_requested' && isHere(first.where);
    ours.set(run, is);
    return is;
  }

  async function isOurs(run: RunId): Promise<boolean> {
    const known = ours.get(run);
    if (known !== undefined) return known;
    const read = await journal.read(run);
    if (read.kind === 'ok') return read.events.length > 0 && know(run, read.events);
    // A damaged one that does not even tell whose it is can be asked about anywhere, as it may have been meant.
    return read.kind === 'broken' && (read.where === undefined || isHere(read.where));
  }

  return {
    ...journal,
    create: async (first, at, taking) => {
      const claim = await journal.create(first, at, taking);
      know(claim.writer.run, claim.events);
      return claim;
    },
    claim: async (run, taking) => ((await isOurs(run)) ? journal.claim(run, taking) : { kind: 'missing' }),
    read: async (run) => ((await isOurs(run)) ? journal.read(run) : { kind: 'missing' }),
    runs: async () => {
      const runs = await journal.runs();
      const are = await Promise.all(runs.map(isOurs));
      return runs.filter((_, index) => are[index]);
    },
    handLocks: async () => (await journal.handLocks()).filter(({ where }) => isHere(where)),
    unsettled: async () => (await journal.unsettled()).filter(({ where }) => samePlace(where, place)),
  };
}

/** GitHub takes names in capitals and in small letters for the same. */
export const keyOfPlace = ({ owner, repo }: Place): string => `${owner}/${repo}`.toLowerCase();

export const samePlace = (a: Place, b: Place): boolean => keyOfPlace(a) === keyOfPlace(b);
