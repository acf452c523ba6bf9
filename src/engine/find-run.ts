import type { RunEvent, RunId, RunState } from '../run/types.ts';
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
  const followed = follow(read.events);
  return followed.kind === 'ok' ? followed : { ...followed, run };
}

/**
 * The state that events lead to. Where they are chained as they should be and still lead to none, what is in them is not what
 * this version writes.
 */
export function follow(
  events: readonly RunEvent[],
):
  | { readonly kind: 'ok'; readonly state: RunState }
  | { readonly kind: 'broken'; readonly why: string; readonly newer: true } {
  try {
    return { kind: 'ok', state: replay(events) };
  } catch (error) {
    const why = `its events cannot be followed (${error instanceof Error ? error.message : String(error)})`;
    return { kind: 'broken', why, newer: true };
  }
}

/** Its state; undefined where it is not there or damaged. */
export async function stateOf(workshop: Pick<Workshop, 'journal'>, run: RunId): Promise<RunState | undefined> {
  const found = await findRun(workshop, run);
  return found.kind === 'ok' ? found.state : undefined;
}
