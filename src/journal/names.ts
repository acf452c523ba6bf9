import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Journal } from '../engine/ports.ts';
import type { RunId } from '../run/types.ts';
import { createWhole } from './durable.ts';
import { holderIn, numbers } from './numbered.ts';

/** Who has something, why, since when and where: as it stands in the journal's small files. */
export const noteSchema = z.object({
  who: z.string(),
  why: z.string(),
  since: z.string(),
  where: z.string(),
  link: z.string().exactOptional(),
});

const holderSchema = z.object({ run: z.string(), note: noteSchema });

/** Tries after which something is wrong with the folder rather than with our luck. */
const MOST_TRIES = 20;

/**
 * What runs lock beside hosts. As with claims, a name's holders are numbered files, and the highest holds: for as long as
 * its run has not ended, so that nothing has to be given back. Its next number is taken by a link, which only one can make.
 */
export function namesIn(
  dir: string,
  hasEnded: (run: RunId) => Promise<boolean>,
): Pick<Journal, 'lockName' | 'nameHolder'> {
  return {
    nameHolder: async (name) => {
      const folder = join(dir, name);
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const highest = Math.max(0, ...(await numbers(folder)));
        const holder = highest === 0 ? undefined : await holderOf(join(folder, String(highest)));
        if (holder !== 'gone') return holder !== undefined && (await hasEnded(holder.run)) ? undefined : holder;
      }
      throw new Error(`Who has "${name}" could not be read in ${folder}: others keep locking it. Try again.`);
    },
    lockName: async (name, run, note) => {
      const folder = join(dir, name);
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const highest = Math.max(0, ...(await numbers(folder)));
        const holder = highest === 0 ? undefined : await holderOf(join(folder, String(highest)));
        if (holder === 'gone') continue;
        if (holder?.run === run) return undefined;
        if (holder !== undefined && !(await hasEnded(holder.run))) return holder;
        const number = highest + 1;
        if (!(await createWhole(join(folder, String(number)), JSON.stringify({ run, note })))) continue;
        const all = await numbers(folder);
        if (all.some((each) => each > number)) {
          // Who looked long ago takes nothing from those who came since.
          await rm(join(folder, String(number)), { force: true });
          continue;
        }
        for (const old of all.filter((each) => each < number)) await rm(join(folder, String(old)), { force: true });
        return undefined;
      }
      throw new Error(`"${name}" could not be locked in ${folder}: others keep locking it. Try again.`);
    },
  };
}

const holderOf = (path: string) =>
  holderIn(path, holderSchema, 'does not say which run holds this lock. If none does, delete that file and try again.');
