import { type Damaged, findRun } from '../engine/find-run.ts';
import type { RunState } from '../run/types.ts';
import type { Place } from './api.ts';
import { samePlace } from './repository-journal.ts';
import type { Rim } from './repository.ts';
import { LETTING_GO_MS } from './schedule.ts';

/** A repository in which an earlier process may have left something to do or to say. */
export interface Unfinished {
  readonly place: Place;
  /** Runs of which something may be unsaid. */
  readonly told: readonly RunState[];
  /** Runs whose record is damaged, but still tells that they belong here. */
  readonly damaged: readonly Damaged[];
}

/** An end that is older than this was told, or nobody waits to hear of it: as long as words are tried to be said. */
const OLD_MS = LETTING_GO_MS;

/**
 * By the journal: runs that are not over, those that ended within a week, those whose record is damaged, and comments that
 * nobody acted on.
 */
export async function unfinishedPlaces({ journal, clock }: Pick<Rim, 'journal' | 'clock'>): Promise<{
  readonly places: readonly Unfinished[];
  readonly damaged: readonly Damaged[];
}> {
  const now = Date.parse(clock.now());
  const places: { readonly place: Place; readonly told: RunState[]; readonly damaged: Damaged[] }[] = [];
  const damaged: Damaged[] = [];
  const at = ({ owner, repo }: Place): (typeof places)[number] => {
    const known = places.find(({ place }) => samePlace(place, { owner, repo }));
    if (known !== undefined) return known;
    const made = { place: { owner, repo }, told: [], damaged: [] };
    places.push(made);
    return made;
  };
  for (const { where } of await journal.unsettled()) at(where);
  for (const run of await journal.runs()) {
    const found = await findRun({ journal }, run);
    if (found.kind === 'broken') {
      damaged.push(found);
      if (found.where?.kind === 'issue') at(found.where).damaged.push(found);
    }
    if (found.kind !== 'ok' || found.state.where.kind !== 'issue') continue;
    const { state } = found;
    if (state.endedAt !== undefined && now - Date.parse(state.endedAt) > OLD_MS) continue;
    at(found.state.where).told.push(state);
  }
  // The journal lists the newest first; words come in the order in which the runs were asked for.
  return { places: places.map((each) => ({ ...each, told: each.told.toReversed() })), damaged };
}
