import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Journal } from '../engine/ports.ts';
import { isCode, replaceWhole } from './durable.ts';

/** One small file for each place, named after it, with a time in it; moved by a rename, so it is there whole. */
export function cursorsIn(folder: string): Pick<Journal, 'cursor' | 'moveCursor'> {
  const fileOf = (place: string): string => join(folder, encodeURIComponent(place.toLowerCase()));
  return {
    cursor: async (place) => {
      const text = await readFile(fileOf(place), 'utf8').catch((error: unknown) => {
        if (isCode(error, 'ENOENT')) return undefined;
        throw error;
      });
      return text?.trim();
    },
    moveCursor: (place, to) => replaceWhole(fileOf(place), `${to}\n`),
  };
}
