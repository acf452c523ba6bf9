import { type Damaged, findRun } from '../engine/find-run.ts';
import type { Journal } from '../engine/ports.ts';
import type { RunId, RunState } from '../run/types.ts';
import type { Place } from './api.ts';
import { isResting } from './next-word.ts';
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

const keyOfTold = (run: RunId): string => `told-${run}`;

/** Notes that all is said of a run that is over, so that no later process asks GitHub whether that is so. */
export async function noteTold(
  journal: Pick<Journal, 'settle'>,
  { run, where }: Pick<RunState, 'run' | 'where'>,
): Promise<void> {
  if (where.kind === 'issue') await journal.settle(keyOfTold(run));
}

/** Nobody waits to hear of an end that is older than this: as long as words are tried to be said. */
const OLD_MS = LETTING_GO_MS;

/**
 * By the journal: runs that are not over, those that ended within a week and of which not all is said, those whose record is damaged, and comments that
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
    const { endedAt } = state;
    if (endedAt !== undefined && now - Date.parse(endedAt) > OLD_MS) continue;
    if (endedAt !== undefined && (await journal.isAccepted(keyOfTold(run)))) continue;
    at(found.state.where).told.push(state);
  }
  // The journal lists the newest first; words come in the order in which the runs were asked for.
  return { places: places.map((each) => ({ ...each, told: each.told.toReversed() })), damaged };
}

/** A job that is at it says its words within this time, or gives up. */
const SURELY_SAID_MS = 10 * 60_000;

/**
 * Runs of a repository that wait for a person or are over, and of which something may be unsaid by a process that is no
 * more. What another one may still be saying just now is left to it.
 */
export async function leftUnsaid(rim: Pick<Rim, 'journal' | 'clock'>, place: Place): Promise<readonly RunState[]> {
  const { places } = await unfinishedPlaces(rim);
  const before = new Date(Date.parse(rim.clock.now()) - SURELY_SAID_MS).toISOString();
  return places
    .filter((each) => samePlace(each.place, place))
    .flatMap(({ told }) => told.filter((state) => isResting(state) && state.lastAt < before));
}
