import type { JobLog, Logs } from './ports.ts';

/** Logs for one worker's turn at a run. */
export interface OwnLogs {
  readonly logs: Logs;
  /** Takes nothing more from now on; resolves when what was being written has been written. */
  close(): Promise<void>;
}

/**
 * Whoever takes the run up next goes on in the same logs where they end. So when a turn is over nothing may be added any
 * more, though jobs are still followed for a moment. What follows them is refused: if it waited, so would all that comes
 * behind it on the way to the host.
 */
export function ownLogs(logs: Logs): OwnLogs {
  const writing = new Set<Promise<unknown>>();
  let closed = false;

  async function within<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw new Error('This turn at the run is over: nothing more is written to its logs.');
    const done = work();
    const settled = done.catch(() => undefined);
    writing.add(settled);
    void settled.then(() => writing.delete(settled));
    return done;
  }

  function owned(log: JobLog): JobLog {
    return {
      offsets: () => log.offsets(),
      write: (stream, bytes) => within(() => log.write(stream, bytes)),
      seal: (end) => within(() => log.seal(end)),
    };
  }

  return {
    logs: {
      open: async (run, job, how) => owned(await within(() => logs.open(run, job, how))),
      read: (run, job, maxBytes) => logs.read(run, job, maxBytes),
    },
    close: async () => {
      closed = true;
      await Promise.all(writing);
    },
  };
}
