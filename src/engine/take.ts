import { isDeepStrictEqual } from 'node:util';
import { runWords } from '../run/held-words.ts';
import type { Holder, NotedRun, RunId, RunState, Waiting } from '../run/types.ts';
import type { HandLock } from './ports.ts';
import { handNote, holderOf, isUncertain, noteOf, standingOf } from './standing.ts';
import type { Workshop } from './workshop.ts';

/** How often what another run holds is asked for again, where the journal does not say. */
const POLL_MS = 1_000;
/** A run that nobody works on may just be changing hands: so long it must have been so before a person is asked. */
const CHANGING_HANDS_MS = 10_000;

/** What was found when something was asked for. */
export type Found =
  | { readonly kind: 'ours' }
  | { readonly kind: 'trouble'; readonly why: string }
  /** Nobody has it; only where it was not to be taken. */
  | { readonly kind: 'free' }
  /** `by`: which run has it, where that is known. */
  | { readonly kind: 'held'; readonly held: string; readonly by?: NotedRun };

/** Something that a run wants to have alone. */
export interface Wanted extends Pick<Waiting, 'what' | 'name'> {
  /** Names it among all that runs wait for, so that it is the same for all who want it. */
  readonly key: string;
  /** @param take false: it is only looked who has it, as others come first */
  ask(take: boolean): Promise<Found>;
  /** Gives it back for a run that has ended. */
  giveBack?(run: RunId, head: string): Promise<boolean>;
  /** What of a run lives there. */
  living?(run: RunId): Promise<readonly string[] | undefined>;
}

export type Taken =
  | { readonly kind: 'ours'; readonly leftBy?: RunId }
  | { readonly kind: 'trouble'; readonly why: string }
  | { readonly kind: 'waits'; readonly waiting: Waiting }
  /** It is not wanted any more. */
  | { readonly kind: 'called_off' };

/**
 * Asks for something until it is ours, or more is known of who has it than the state knows. Who was asked for first comes
 * first. What a run has left that is over is given back for it, which breaks nothing: by its own record it is over.
 */
export async function take(
  workshop: Workshop,
  current: () => RunState,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Taken> {
  const { journal, clock } = workshop;
  const { key } = wanted;
  const pollMs = journal.pollMs ?? POLL_MS;
  const me = { run: current().run, note: noteOf(current()) };
  let uncertain: { readonly run: RunId; readonly since: number } | undefined;
  let leftBy: RunId | undefined;

  const leave = async <T>(taken: T): Promise<T> => {
    await journal.leaveLine(key, me.run);
    return taken;
  };

  /** @param first else somebody before this run is to ask */
  async function holder(by: NotedRun, first: boolean): Promise<Holder> {
    const stands = await standingOf(workshop, by);
    const known = holderOf(by, stands);
    if (!isUncertain(stands.standing)) {
      uncertain = undefined;
      return known;
    }
    const now = Date.parse(clock.now());
    if (uncertain?.run !== by.run) uncertain = { run: by.run, since: now };
    if (!first || now - uncertain.since < CHANGING_HANDS_MS) return known;
    const alive = (await wanted.living?.(by.run)) ?? [];
    return { ...known, ask: true, ...(alive.length === 0 ? {} : { alive }) };
  }

  async function givenBack({ run }: NotedRun): Promise<boolean> {
    if (wanted.giveBack === undefined || leftBy === run) return false;
    const { standing, head } = await standingOf(workshop, { run });
    if (standing.kind !== 'over' || head === undefined) return false;
    const given = await wanted.giveBack(run, head);
    if (given) leftBy = run;
    return given;
  }

  for (;;) {
    if (signal.aborted) return leave({ kind: 'called_off' });
    const person = lockedBy(await journal.handLocks(), current(), wanted);
    if (person !== undefined) {
      await journal.standInLine(key, me);
      const waiting = { what: wanted.what, name: wanted.name, ...person };
      if (!isDeepStrictEqual(waiting, current().waitingFor)) return { kind: 'waits', waiting };
      await clock.sleep(pollMs, signal);
      continue;
    }
    const ahead = before(await journal.line(key), me);
    const found = await wanted.ask(ahead.length === 0);
    if (found.kind === 'ours') return leave({ kind: 'ours', ...(leftBy === undefined ? {} : { leftBy }) });
    if (found.kind === 'trouble') return leave(found);
    if (found.kind === 'held' && found.by !== undefined && (await givenBack(found.by))) continue;
    await journal.standInLine(key, me);
    const held = found.kind === 'held' ? found.held : comesFirst(ahead);
    const by =
      found.kind === 'held' && found.by !== undefined ? { holder: await holder(found.by, ahead.length === 0) } : {};
    const { what, name } = wanted;
    const waiting: Waiting = { what, name, held, ...by, ...(ahead.length === 0 ? {} : { ahead }) };
    if (!isDeepStrictEqual(waiting, current().waitingFor)) return { kind: 'waits', waiting };
    await clock.sleep(pollMs, signal);
  }
}

/**
 * What people have locked of all that a run is to have before it begins: it takes nothing more, so that it does not begin
 * while any of it is locked, also where it had that already. Of a host that was let go meanwhile it is that one alone; what
 * the run has not let go of is its own.
 */
function lockedBy(
  locks: readonly HandLock[],
  { plan, locked, released }: RunState,
  { what, name }: Wanted,
): Pick<Waiting, 'held' | 'holder'> | undefined {
  const isOurs = what === 'host' && locked.includes(name);
  const all = [...(plan.locks ?? []), ...plan.hosts.map((host) => host.name)];
  const wanted = isOurs ? [] : released.includes(name) ? [name] : all;
  const lock = locks.find((each) => wanted.includes(each.name));
  if (lock === undefined) return undefined;
  const note = handNote(lock);
  const { who, why, where } = note;
  const which = lock.name === name ? '' : `${lock.name} is `;
  const held = `${which}locked by ${who} since ${lock.at}: ${why} (${where})`;
  return { held, holder: { kind: 'person', name: lock.name, note } };
}

/** Those of a line that come before a run, whether it stands there yet or not. */
function before(line: readonly Required<NotedRun>[], { run, note }: Required<NotedRun>): readonly NotedRun[] {
  const mine = `${note.since} ${run}`;
  return line.filter((each) => `${each.note.since} ${each.run}` < mine);
}

const comesFirst = ([first]: readonly NotedRun[]): string =>
  first === undefined ? 'nobody' : `nobody, and ${runWords(first)} comes first`;
