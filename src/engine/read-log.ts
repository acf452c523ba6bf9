import { taskState } from '../run/steps.ts';
import type { JobKey, RunState } from '../run/types.ts';
import type { Logs } from './ports.ts';

type Log = NonNullable<Awaited<ReturnType<Logs['read']>>>;

/**
 * What a job said, bounded by `maxBytes` from the end; nothing, where it said nothing. Undefined where nothing of it was
 * started.
 */
export async function readLog(logs: Logs, state: RunState, job: JobKey, maxBytes: number): Promise<Log | undefined> {
  const kept = await logs.read(state.run, job, maxBytes);
  if (kept !== undefined) return kept;
  const attempt = taskState(state, job)?.attempts.find((each) => each.attempt === job.attempt);
  return attempt?.startedAt === undefined ? undefined : { out: '', err: '', omittedBytes: 0 };
}
