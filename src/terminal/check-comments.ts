import type { Clock } from '../engine/ports.ts';
import { view } from '../engine/view.ts';
import type { RunEvent, RunState } from '../run/types.ts';
import { checkThread, type Note, type Recorded, type ThreadChecked, type ThreadRead } from '../thread/check-thread.ts';
import type { Posted } from '../thread/check-thread-text.ts';
import { onlyTerminalsFrom } from './worker-name.ts';

export type ReadThread = (state: RunState) => Promise<ThreadRead>;

/** `count`: comments that are as the record has them; undefined where there is no thread or it could not be read. */
export interface CommentsCompared {
  readonly count?: number;
  readonly broken: readonly string[];
  readonly notes: readonly Note[];
}

/** A run's record with its events. */
export interface RunRecord extends Recorded {
  readonly events: readonly RunEvent[];
}

/** A worker's words follow its record within seconds: GitHub wants three between two comments. */
const ON_THEIR_WAY_MS = 60_000;
const LOOKS = 5;
const BETWEEN_LOOKS_MS = 2_000;

/**
 * Compares what stands in a run's thread with its record. What may only be late is looked at again before it is told.
 * @param read the record, anew each time: somebody may work on the run, and no comment is older than its record
 */
export async function checkComments(
  state: RunState,
  thread: ReadThread,
  read: () => Promise<RunRecord | undefined>,
  clock: Clock,
): Promise<CommentsCompared> {
  if (state.where.kind !== 'issue') return { broken: [], notes: [] };
  const { owner, repo, issue } = state.where;
  const about = `the comments in ${owner}/${repo}#${String(issue)}`;
  for (let looks = 1; ; looks += 1) {
    const said = await thread(state);
    if (said.kind === 'not_read') {
      const text = `${about} were not compared: ${said.why}.`.replace(/^t/, 'T');
      return { broken: [], notes: [{ about, text }] };
    }
    const record = await read();
    if (record === undefined) return { broken: [], notes: [] };
    const checked = checkedThread(record, said.comments);
    if (typeof checked === 'string') return { broken: [checked], notes: [] };
    const { count, broken, late, notes } = checked;
    const young = Date.parse(clock.now()) - Date.parse(record.state.lastAt) < ON_THEIR_WAY_MS;
    const again = young && looks < LOOKS && broken.length === 0 && late.length + notes.length > 0;
    if (!again) return { count, broken: [...broken, ...late], notes };
    await clock.sleep(BETWEEN_LOOKS_MS);
  }
}

/** In words where there are no comments to compare with: no later event vouches for the last one, which could be anything. */
function checkedThread(record: RunRecord, posted: readonly Posted[]): ThreadChecked | string {
  try {
    return checkThread(record, posted, view, onlyTerminalsFrom(record.events));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `event ${String(record.events.length)}, the last one, is not as Changeover writes it: the run cannot be told by it (${why})`;
  }
}
