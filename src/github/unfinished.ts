import { stateOf } from '../engine/runs.ts';
import type { RunState } from '../run/types.ts';
import type { Place } from './api.ts';
import { samePlace } from './repository-journal.ts';
import type { Rim } from './repository.ts';

/** A repository in which an earlier process may have left something to do or to say. */
export interface Unfinished {
  readonly place: Place;
  /** Runs of which something may be unsaid. */
  readonly told: readonly RunState[];
}

/** An end that is older than this was told, or nobody waits to hear of it. */
const OLD_MS = 86_400_000;

/** By the journal: runs that are not over, those that ended within a day, and comments that nobody acted on. */
export async function unfinishedPlaces({
  journal,
  clock,
}: Pick<Rim, 'journal' | 'clock'>): Promise<readonly Unfinished[]> {
  const now = Date.parse(clock.now());
  const places: { readonly place: Place; readonly told: RunState[] }[] = [];
  const at = ({ owner, repo }: Place): RunState[] => {
    const known = places.find(({ place }) => samePlace(place, { owner, repo }));
    if (known !== undefined) return known.told;
    const told: RunState[] = [];
    places.push({ place: { owner, repo }, told });
    return told;
  };
  for (const { where } of await journal.unsettled()) at(where);
  for (const run of await journal.runs()) {
    const state = await stateOf({ journal }, run);
    if (state?.where.kind !== 'issue') continue;
    if (state.endedAt !== undefined && now - Date.parse(state.endedAt) > OLD_MS) continue;
    at(state.where).push(state);
  }
  // The journal lists the newest first; words come in the order in which the runs were asked for.
  return places.map(({ place, told }) => ({ place, told: told.toReversed() }));
}
