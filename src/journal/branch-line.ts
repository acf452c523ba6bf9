import type { Clock, Journal } from '../engine/ports.ts';
import { waiterSchema } from './branch-boundary.ts';
import type { BranchFiles } from './branch-files.ts';
import { smallFiles } from './branch-small.ts';
import { inOrder } from './line.ts';

/** A run says so often that it still waits: each time is a commit. */
const SAID_AGAIN_MS = 60_000;
/** One that has not been heard of for so long does not wait any more. */
const HEARD_OF_MS = 150_000;
const LONG_AGO = '1970-01-01T00:00:00.000Z';

/** Who waits for what, a small file for each. */
export function branchLines(
  files: BranchFiles,
  clock: Pick<Clock, 'now'>,
): Pick<Journal, 'standInLine' | 'leaveLine' | 'line'> {
  const waiters = smallFiles(files, waiterSchema);
  const folderOf = (what: string): string => `lines/${encodeURIComponent(what)}`;
  const pathOf = (what: string, run: string): string => `${folderOf(what)}/${run}.json`;
  const age = (at: string): number => Date.parse(clock.now()) - Date.parse(at);

  return {
    standInLine: async (what, waiter) => {
      await waiters.change(pathOf(what, waiter.run), (now) =>
        now !== undefined && age(now.at) < SAID_AGAIN_MS ? undefined : { ...waiter, at: clock.now() },
      );
    },
    leaveLine: async (what, run) => {
      // As a rule it never stood there: that costs nothing.
      if (!(await files.known()).has(pathOf(what, run))) return;
      await waiters.change(pathOf(what, run), (now) =>
        now === undefined || now.at === LONG_AGO ? undefined : { ...now, at: LONG_AGO },
      );
    },
    line: async (what) => {
      const all = await waiters.all(folderOf(what));
      return inOrder(all.filter(({ at }) => age(at) <= HEARD_OF_MS).map(({ run, note }) => ({ run, note })));
    },
  };
}
