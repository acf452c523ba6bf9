import type { z } from 'zod';
import { readAs } from './branch-boundary.ts';
import type { BranchFiles } from './branch-files.ts';

/** Tries after which something is wrong with the branch rather than with our luck. */
const MOST_TRIES = 20;

/** Small files of one kind, each changed only by who has read what it says. */
export interface SmallFiles<T> {
  read(path: string): Promise<T | undefined>;
  /** All below a folder. */
  all(folder: string): Promise<readonly T[]>;
  /**
   * Puts in a file what `change` makes of it, asked again where another was faster.
   * @param change undefined: it stays as it is
   * @returns what it held before the change
   */
  change(path: string, change: (now: T | undefined) => Promise<T | undefined> | T | undefined): Promise<T | undefined>;
}

/** @param write as text; `JSON.stringify` and a newline unless given */
export function smallFiles<T>(files: BranchFiles, schema: z.ZodType<T>): SmallFiles<T> {
  async function at(path: string, blob: string | undefined): Promise<T | undefined> {
    if (blob === undefined) return undefined;
    const [text = ''] = await files.texts([blob]);
    return readAs(schema, text, path, files.name);
  }

  return {
    read: async (path) => at(path, (await files.list()).get(path)),
    all: async (folder) => {
      const found = [...(await files.list())].filter(([path]) => path.startsWith(`${folder}/`));
      const texts = await files.texts(found.map(([, blob]) => blob));
      return texts.map((text, index) => readAs(schema, text, found[index]?.[0] ?? folder, files.name));
    },
    change: async (path, change) => {
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const blob = (await files.list()).get(path);
        const now = await at(path, blob);
        const next = await change(now);
        if (next === undefined) return now;
        const text = `${JSON.stringify(next)}\n`;
        if ((await files.write({ path, text, before: blob })) === 'written') return now;
      }
      throw new Error(`${path} on ${files.name} could not be written: others keep writing it. Try again.`);
    },
  };
}
