import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from '@jest/globals';

/** Daemons live outside a normal user's PATH. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Where `program` is on this machine (absolute path), or undefined. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/**
 * A `describe` for tests that need these programs: `needs('sshd', 'rsync')('copies over SSH', () => { … })`.
 * Where one is missing the tests are skipped and the reason is printed; with `CI=true` they fail instead, because there
 * a skipped test would look like a passed one. What is named here must stand in the list of `.ci/run` too.
 */
export function needs(...programs: readonly string[]): (name: string, tests: () => void) => void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return describe;
  const reason = `not on this machine: ${missing.join(', ')}`;
  if (process.env['CI'] === 'true') {
    return (name) => {
      describe(name, () => {
        it('has the programs it needs', () => {
          throw new Error(
            `${reason}. Install them (the list is in .ci/run), or run without CI=true to skip these tests.`,
          );
        });
      });
    };
  }
  return (name, tests) => {
    process.stderr.write(`skipped: ${name} (${reason})\n`);
    describe.skip(`${name} (${reason})`, tests);
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
