import { join } from 'node:path';
import { INVENTORY, PROCEDURES } from '../engine/workshop.ts';
import type { Problem } from '../language/types.ts';
import type { Options } from './session.ts';

/** `file:line:col: message`, the file as it is really named here, so that a terminal can open it. */
export function placed({ place, message }: Problem, options: Pick<Options, 'procedures' | 'inventory'>): string {
  return `${realPath(place.file, options)}:${String(place.line)}:${String(place.column)}: ${message}`;
}

function realPath(file: string, { procedures, inventory }: Pick<Options, 'procedures' | 'inventory'>): string {
  if (file === INVENTORY) return inventory;
  return file.startsWith(`${PROCEDURES}/`) ? join(procedures, file.slice(PROCEDURES.length + 1)) : file;
}
