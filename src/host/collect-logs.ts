import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logs } from '../engine/ports.ts';
import type { RunId } from '../run/types.ts';

/** The logs, watched: which runs this process has written logs of. */
export function watchedLogs(logs: Logs): { readonly logs: Logs; readonly runs: ReadonlySet<RunId> } {
  const runs = new Set<RunId>();
  const open: Logs['open'] = (run, ...more) => {
    runs.add(run);
    return logs.open(run, ...more);
  };
  return { logs: { ...logs, open }, runs };
}

/**
 * Copies the logs of these runs out of the folder of all logs.
 * @returns whether there were any: a job that printed nothing has none
 */
export async function collectLogs(from: string, to: string, runs: Iterable<RunId>): Promise<boolean> {
  let any = false;
  for (const run of runs) {
    // Marks tell only where a log goes on that is followed again.
    const filter = (path: string): boolean => !path.endsWith('.marks');
    const copied = cp(join(from, run), join(to, run), { recursive: true, filter });
    any = (await copied.then(() => true, isMissing)) || any;
  }
  return any;
}

function isMissing(error: unknown): false {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return false;
  throw error;
}
