import { join } from 'node:path';
import { INVENTORY, PROCEDURES } from '../engine/workshop.ts';
import type { Problem } from '../language/types.ts';
import type { Options } from './session.ts';

type Folders = Pick<Options, 'procedures' | 'inventory'>;

/**
 * `file:line:col: message`, the file as it is really named here, so that a terminal can open it.
 * @param typed files that were given by hand, which are named as they were typed
 */
export function placed({ place, message }: Problem, folders: Folders, typed?: ReadonlyMap<string, string>): string {
  const file = typed?.get(place.file) ?? realPath(place.file, folders);
  return told({ place: { ...place, file }, message });
}

/** The same, of a file that is named as it is here already. */
export const told = ({ place, message }: Problem): string =>
  `${place.file}:${String(place.line)}:${String(place.column)}: ${message}`;

/** A file by its name in the repository, as it is named here. */
export function realPath(file: string, { procedures, inventory }: Folders): string {
  if (file === INVENTORY) return inventory;
  return file.startsWith(`${PROCEDURES}/`) ? join(procedures, file.slice(PROCEDURES.length + 1)) : file;
}
