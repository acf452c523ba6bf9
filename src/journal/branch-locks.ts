import type { HandLock, Journal } from '../engine/ports.ts';
import type { RunId } from '../run/types.ts';
import { handSchema, nameSchema } from './branch-boundary.ts';
import type { BranchFiles } from './branch-files.ts';
import { smallFiles } from './branch-small.ts';
import type { Word } from './by-hand.ts';

/** What runs lock beside hosts: for as long as they have not ended, so that nothing has to be given back. */
export function branchNames(
  files: BranchFiles,
  hasEnded: (run: RunId) => Promise<boolean>,
): Pick<Journal, 'lockName' | 'nameHolder'> {
  const notes = smallFiles(files, nameSchema);
  const pathOf = (name: string): string => `names/${encodeURIComponent(name)}.json`;
  return {
    nameHolder: async (name) => {
      const holder = await notes.read(pathOf(name));
      return holder === undefined || (await hasEnded(holder.run)) ? undefined : holder;
    },
    lockName: async (name, run, note) => {
      const before = await notes.change(pathOf(name), async (holder) =>
        holder === undefined || (holder.run !== run && (await hasEnded(holder.run))) ? { run, note } : undefined,
      );
      return before === undefined || before.run === run || (await hasEnded(before.run)) ? undefined : before;
    },
  };
}

/** What people have locked: the last word about each thing. */
export function branchHandLocks(
  files: BranchFiles,
): Pick<Journal, 'handLocks' | 'lockByHand' | 'unlockByHand' | 'isWordByHand'> {
  const words = smallFiles(files, handSchema);
  const pathOf = ({ owner, repo }: Pick<HandLock['where'], 'owner' | 'repo'>, name: string): string =>
    `by-hand/${encodeURIComponent(`${owner}/${repo}`.toLowerCase())}/${encodeURIComponent(name)}.json`;
  const lockOf = (word: Word | undefined): HandLock | undefined =>
    word !== undefined && 'locked' in word ? word.locked : undefined;
  return {
    handLocks: async () => (await words.all('by-hand')).flatMap((word) => ('locked' in word ? [word.locked] : [])),
    lockByHand: async (lock) =>
      lockOf(
        await words.change(pathOf(lock.where, lock.name), (word) =>
          lockOf(word) === undefined ? { locked: lock } : undefined,
        ),
      ),
    unlockByHand: async (place, name, unlocked) =>
      lockOf(
        await words.change(pathOf(place, name), (word) => (lockOf(word) === undefined ? undefined : { unlocked })),
      ),
    isWordByHand: async (comment) =>
      (await words.all('by-hand')).some((word) =>
        'locked' in word ? word.locked.where.comment === comment : word.unlocked.comment === comment,
      ),
  };
}
