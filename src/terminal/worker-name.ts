import { hostname } from 'node:os';
import type { RunEvent } from '../run/types.ts';

const TERMINAL = 'cli ';

/** As which this process works on runs. */
export const workerName = (): string => `${TERMINAL}${hostname()} ${String(process.pid)}`;

/**
 * Number of the event from which on only terminals have worked on a run, which say nothing in its issue; undefined where
 * the last to do so was another.
 */
export function onlyTerminalsFrom(events: readonly RunEvent[]): number | undefined {
  const started = events.flatMap((event) => (event.type === 'run_started' ? [event] : []));
  const last = started.findLastIndex(({ worker }) => !worker.startsWith(TERMINAL));
  return started[last + 1]?.seq;
}
