import type { Source } from '../engine/ports.ts';
import { INVENTORY, PROCEDURES } from '../engine/workshop.ts';

/** Where in a repository the inventory and the procedures stand. */
export interface Layout {
  readonly inventory: string;
  readonly procedures: string;
}

/**
 * The files of a repository in which they have other places: seen from inside, and in all that is said, they are always
 * `inventory.yml` and `procedures/…`.
 */
export function laidOut(source: Source, { inventory, procedures }: Layout): Source {
  const within = (path: string, from: string, to: string): string | undefined =>
    path === from || path.startsWith(`${from}/`) ? `${to}${path.slice(from.length)}` : undefined;
  return {
    ...source,
    read: async (commit, path) => {
      const file = path === INVENTORY ? inventory : within(path, PROCEDURES, procedures);
      return file === undefined ? undefined : source.read(commit, file);
    },
    list: async (commit, folder) => {
      const real = within(folder, PROCEDURES, procedures);
      const files = real === undefined ? [] : await source.list(commit, real);
      return files.flatMap((file) => within(file, procedures, PROCEDURES) ?? []);
    },
  };
}

/** What GitHub takes for a file in a repository. */
export const isPathWithin = (path: string): boolean =>
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
