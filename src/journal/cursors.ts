import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Journal } from '../engine/ports.ts';
import { isCode, replaceWhole } from './durable.ts';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** One small file for each place, named after it, with a time in it; moved by a rename, so it is there whole. */
export function cursorsIn(folder: string): Pick<Journal, 'cursor' | 'moveCursor'> {
  const fileOf = (place: string): string => join(folder, encodeURIComponent(place.toLowerCase()));
  return {
    cursor: async (place) => {
      const path = fileOf(place);
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if (isCode(error, 'ENOENT')) return undefined;
        throw error;
      });
      if (text === undefined || INSTANT.test(text.trim())) return text?.trim();
      throw new Error(
        `${path} does not say up to when comments were looked through. ` +
          'Write a time such as 2026-11-22T06:00:00Z into it, or delete it to begin from now.',
      );
    },
    moveCursor: (place, to) => replaceWhole(fileOf(place), `${to}\n`),
  };
}
