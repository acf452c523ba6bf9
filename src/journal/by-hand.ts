import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { HandLock, Journal } from '../engine/ports.ts';
import { createWhole, isCode } from './durable.ts';
import { issueSchema } from './issue-schema.ts';
import { holderIn, numbers } from './numbered.ts';

const by = z.object({ kind: z.literal('github'), id: z.number(), login: z.string(), right: z.string() });

const lockSchema = z.object({
  name: z.string(),
  reason: z.string(),
  by,
  at: z.string(),
  where: issueSchema,
});

/** The last word about something: that it is locked, or that it is free again, by whom and by which comment. */
export const wordSchema = z.union([
  z.object({ locked: lockSchema }),
  z.object({ unlocked: z.object({ by, at: z.string(), comment: z.number() }) }),
]);

export type Word = z.infer<typeof wordSchema>;

/** Tries after which something is wrong with the folder rather than with our luck. */
const MOST_TRIES = 20;

/**
 * What people have locked: for each repository and name numbered files, of which the highest counts. The next number is
 * taken by a link, which only one can make: so of two people at once one is first, and the other is told.
 */
export function handLocksIn(dir: string): Pick<Journal, 'handLocks' | 'lockByHand' | 'unlockByHand' | 'isWordByHand'> {
  const folderOf = ({ owner, repo }: Pick<HandLock['where'], 'owner' | 'repo'>, name: string): string =>
    join(dir, encodeURIComponent(`${owner}/${repo}`.toLowerCase()), encodeURIComponent(name));

  async function last(folder: string): Promise<{ readonly number: number; readonly word: Word | undefined }> {
    const number = Math.max(0, ...(await numbers(folder)));
    if (number === 0) return { number, word: undefined };
    const word = await holderIn(
      join(folder, String(number)),
      wordSchema,
      'does not say whether somebody has locked this. If nobody has, delete that file and try again.',
    );
    return { number, word: word === 'gone' ? undefined : word };
  }

  /** @param write what to add to the word that is there; undefined: nothing */
  async function add(folder: string, write: (word: Word | undefined) => Word | undefined): Promise<Word | undefined> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const { number, word } = await last(folder);
      const more = write(word);
      if (more === undefined || (await createWhole(join(folder, String(number + 1)), JSON.stringify(more))))
        return word;
    }
    throw new Error(`${folder} could not be written: others keep writing there. Try again.`);
  }

  async function words(): Promise<readonly Word[]> {
    const found: Word[] = [];
    for (const place of await namesIn(dir))
      for (const name of await namesIn(join(dir, place))) {
        const { word } = await last(join(dir, place, name));
        if (word !== undefined) found.push(word);
      }
    return found;
  }

  return {
    handLocks: async () => (await words()).flatMap((word) => ('locked' in word ? [word.locked] : [])),
    lockByHand: async (lock) => {
      const word = await add(folderOf(lock.where, lock.name), (before) =>
        before !== undefined && 'locked' in before ? undefined : { locked: lock },
      );
      return word !== undefined && 'locked' in word ? word.locked : undefined;
    },
    unlockByHand: async (place, name, unlocked) => {
      const word = await add(folderOf(place, name), (before) =>
        before !== undefined && 'locked' in before ? { unlocked } : undefined,
      );
      return word !== undefined && 'locked' in word ? word.locked : undefined;
    },
    isWordByHand: async (comment) =>
      (await words()).some((word) =>
        'locked' in word ? word.locked.where.comment === comment : word.unlocked.comment === comment,
      ),
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}
