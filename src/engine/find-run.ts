import type { RunId, RunState } from '../run/types.ts';
import { replay } from './drive.ts';
import type { Journal } from './ports.ts';
import type { Workshop } from './workshop.ts';

/** A run whose record is damaged or cannot be read. */
export type Damaged = Extract<Awaited<ReturnType<Journal['read']>>, { readonly kind: 'broken' }> & {
  readonly run: RunId;
};

export type Found =
  { readonly kind: 'ok'; readonly state: RunState } | Damaged | { readonly kind: 'missing'; readonly run: RunId };

/** A run as its journal tells it. */
export async function findRun({ journal }: Pick<Workshop, 'journal'>, run: RunId): Promise<Found> {
  const read = await journal.read(run);
  if (read.kind !== 'ok') return { run, ...read };
  try {
    return { kind: 'ok', state: replay(read.events) };
  } catch (error) {
    return { kind: 'broken', run, why: error instanceof Error ? error.message : String(error) };
  }
}

/** Its state; undefined where it is not there or damaged. */
export async function stateOf(workshop: Pick<Workshop, 'journal'>, run: RunId): Promise<RunState | undefined> {
  const found = await findRun(workshop, run);
  return found.kind === 'ok' ? found.state : undefined;
}
