import { findRun } from '../engine/find-run.ts';
import type { Journal } from '../engine/ports.ts';
import type { RunId, RunStatus } from '../run/types.ts';

/** A run whose record is damaged or of a newer version has no status. */
export type Counted = RunStatus | 'unreadable';

/** How the runs of a journal stand. */
export interface Census {
  readonly runs: Readonly<Record<Counted, number>>;
  /** Prompts that nobody has answered yet. */
  readonly prompts: number;
}

const NONE: Readonly<Record<Counted, number>> = {
  planned: 0,
  queued: 0,
  awaiting_approval: 0,
  running: 0,
  waiting: 0,
  paused: 0,
  rolling_back: 0,
  succeeded: 0,
  failed: 0,
  rolled_back: 0,
  aborted: 0,
  unreadable: 0,
};

/** Counts runs, whoever works on them. Those that have ended are read once: they change no more. */
export function createCensus(journal: Journal): () => Promise<Census> {
  const over = new Map<RunId, RunStatus>();

  async function stands(run: RunId): Promise<{ readonly status: Counted | undefined; readonly prompts: number }> {
    const known = over.get(run);
    if (known !== undefined) return { status: known, prompts: 0 };
    const found = await findRun({ journal }, run);
    if (found.kind !== 'ok') return { status: found.kind === 'broken' ? 'unreadable' : undefined, prompts: 0 };
    const { endedAt, status, prompts } = found.state;
    if (endedAt === undefined) return { status, prompts: prompts.filter(({ answer }) => answer === undefined).length };
    over.set(run, status);
    return { status, prompts: 0 };
  }

  return async () => {
    const runs = { ...NONE };
    let open = 0;
    for (const run of await journal.runs()) {
      const { status, prompts } = await stands(run);
      if (status !== undefined) runs[status] += 1;
      open += prompts;
    }
    return { runs, prompts: open };
  };
}
