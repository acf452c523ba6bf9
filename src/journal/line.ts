import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock, Journal } from '../engine/ports.ts';
import { createWhole, isCode } from './durable.ts';
import { noteSchema } from './names.ts';

const waiterSchema = z.object({ run: z.string(), note: noteSchema });

type Waiter = z.infer<typeof waiterSchema>;

/** A run that has not been heard of for so long does not wait any more: its worker has died, or was stopped. */
export const HEARD_OF_MS = 30_000;
/** What is left of a run that was never heard of again is removed by whoever looks. */
const LEFT_MS = 3_600_000;

/** Runs in the order in which they were asked for; of two at the same moment, the lower id. */
export const inOrder = (waiters: readonly Waiter[]): readonly Waiter[] =>
  waiters.toSorted((one, other) => {
    const [a, b] = [one, other].map(({ run, note }) => `${note.since} ${run}`);
    return (a ?? '') < (b ?? '') ? -1 : 1;
  });

/** Who waits for what, a small file for each, whose time of change says when its run was last heard of. */
export function linesIn(dir: string, clock: Pick<Clock, 'now'>): Pick<Journal, 'standInLine' | 'leaveLine' | 'line'> {
  const folderOf = (what: string): string => join(dir, encodeURIComponent(what));
  const fileOf = (what: string, run: string): string => join(folderOf(what), run);

  async function heardOf(path: string): Promise<boolean> {
    const now = new Date(clock.now());
    try {
      await utimes(path, now, now);
      return true;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return false;
      throw error;
    }
  }

  async function waiterIn(path: string): Promise<readonly Waiter[]> {
    try {
      const { mtimeMs } = await stat(path);
      const ageMs = Date.parse(clock.now()) - mtimeMs;
      if (ageMs > LEFT_MS) await rm(path, { force: true });
      if (ageMs > HEARD_OF_MS) return [];
      return [waiterSchema.parse(JSON.parse(await readFile(path, 'utf8')))];
    } catch {
      // It has gone, or cannot be read: an order of those who wait is not worth holding any of them up.
      return [];
    }
  }

  return {
    standInLine: async (what, waiter) => {
      const path = fileOf(what, waiter.run);
      if (await heardOf(path)) return;
      await createWhole(path, JSON.stringify(waiter));
      await heardOf(path);
    },
    leaveLine: (what, run) => rm(fileOf(what, run), { force: true }),
    line: async (what) => {
      const folder = folderOf(what);
      const names = await readdir(folder).catch((error: unknown) => {
        if (isCode(error, 'ENOENT')) return [];
        throw error;
      });
      const found: Waiter[] = [];
      for (const name of names.filter((each) => !each.endsWith('.draft')))
        found.push(...(await waiterIn(join(folder, name))));
      return inOrder(found);
    },
  };
}
