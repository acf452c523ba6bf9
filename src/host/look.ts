import type { Sight } from '../engine/ports.ts';
import { quote } from './quote.ts';
import { folderPath } from './script-text.ts';

/** A script that looks what of a step is there, and changes nothing. */
export function lookScript(programs: readonly string[], chdir: string | undefined): string {
  const names = programs.map(quote).join(' ');
  const look =
    names === '' ? '' : `for p in ${names}; do command -v "$p" >/dev/null 2>&1 || printf 'missing %s\\n' "$p"; done\n`;
  const folder = chdir === undefined ? '' : `(cd -- ${quote(folderPath(chdir))}) 2>/dev/null || echo nofolder\n`;
  return `${look}${folder}`;
}

export function readLook(stdout: string): Omit<Sight, 'sudoMissing'> {
  const lines = stdout.split('\n');
  return {
    missingPrograms: lines.filter((line) => line.startsWith('missing ')).map((line) => line.slice('missing '.length)),
    chdirMissing: lines.includes('nofolder'),
  };
}
