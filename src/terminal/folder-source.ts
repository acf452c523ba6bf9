import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Source } from '../engine/ports.ts';
import { INVENTORY, PROCEDURES } from '../engine/workshop.ts';

/**
 * Procedures and inventory from plain files, whatever their real names: seen from inside they are always `procedures/…`
 * and `inventory.yml`. There is no commit; what a run was planned from is known by the digests in its plan.
 */
export function folderSource(procedures: string, inventory: string): Source {
  function pathOf(path: string): string | undefined {
    if (path === INVENTORY) return inventory;
    return path.startsWith(`${PROCEDURES}/`) ? join(procedures, path.slice(PROCEDURES.length + 1)) : undefined;
  }
  return {
    head: () => Promise.resolve(null),
    read: async (_commit, path) => {
      const file = pathOf(path);
      return file === undefined ? undefined : readIfThere(file);
    },
    list: async (_commit, folder) => {
      if (folder !== PROCEDURES) return [];
      const entries = await readdir(procedures, { recursive: true, withFileTypes: true }).catch(absent([]));
      return entries
        .filter((entry) => entry.isFile())
        .map(
          (entry) => `${PROCEDURES}/${relative(procedures, join(entry.parentPath, entry.name)).split(sep).join('/')}`,
        )
        .sort();
    },
  };
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(absent(undefined));
}

/** A missing file or folder is an answer; anything else about it is an error with its path. */
function absent<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return instead;
    throw error;
  };
}
