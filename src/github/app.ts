import type { ApplicationFunction } from 'probot';
import { waitsForPerson } from '../run/evolve-decision.ts';
import type { RunState, Speaker } from '../run/types.ts';
import type { Client, Place } from './api.ts';
import { type CommentEvent, readCommentEvent } from './boundary.ts';
import { together } from './conversation.ts';
import { createFollowing } from './following.ts';
import { type Handover, takeHandover } from './handover.ts';
import { isResting } from './next-word.ts';
import { createLook, type Look, type LookingOptions } from './looking.ts';
import { answerLost } from './lost-commands.ts';
import { createReminders, type Reminders } from './reminders.ts';
import { createRepository, type Log, type Repository, type Rim } from './repository.ts';
import { keyOfPlace } from './repository-journal.ts';
import { type Asked, readCommand } from './take-command.ts';
import type { Unsaid } from './speaker.ts';
import { leftUnsaid, type Unfinished, unfinishedPlaces } from './unfinished.ts';

export interface AppOptions {
  readonly rim: Rim;
  /** Acts in the repository; `installation` is known where an event named it. */
  readonly clientFor: (place: Place, installation: number | undefined) => Promise<Client>;
  /** As whom it speaks. */
  readonly speaker: Speaker;
  readonly scopes: LookingOptions['scopes'];
  readonly leaves?: LookingOptions['leaves'];
  /** How long a run waits for a person before the first reminder; absent or 0: there is none. */
  readonly remindAfterMs?: number;
  readonly log: Log;
}

/** The Probot app and the life behind it. */
export interface App {
  /** What Probot loads. Its handler returns at once: GitHub waits ten seconds for an answer, a command may take hours. */
  readonly load: ApplicationFunction;
  /** Takes up what an earlier process left, in all repositories. Rejects where GitHub cannot be asked. */
  pickUpAll(): Promise<void>;
  /** Says what processes that are no more left unsaid in a repository, and answers what they took up and did not act on. */
  sayLeftIn(place: Place): Promise<void>;
  /** Takes up the runs of a repository whose workers were told to end or have surely died: nobody else works on them. */
  pickUpLeftIn(place: Place): Promise<void>;
  /** Takes a run of a repository that another job has handed over. @returns why not */
  takeHandover(place: Place, handover: Handover): Promise<string | undefined>;
  /** Runs that this process works on. */
  atWork(): Promise<readonly RunState[]>;
  /** Whether there are such runs. */
  hasLeftIn(place: Place): Promise<boolean>;
  /** Reminds people of what waits for them where this process serves. Never rejects. */
  remind(): Promise<void>;
  readonly look: Look;
  /** Follows a command that no event of Probot's has brought. Returns at once. */
  take(asked: Asked): void;
  /** Resolves when every command is followed and every run is over or waits for a person, and all is said. */
  idle(): Promise<void>;
  /** Begins nothing more, gives the runs back, and waits for words to be said, so long at most. */
  drain(atMostMs: number): Promise<void>;
  /** Commands that this process failed to follow. */
  failures(): number;
  /** Whether all was said that was to be said so far. */
  unsaid(): Promise<Unsaid>;
}

export function createApp({
  rim,
  clientFor,
  speaker,
  scopes,
  leaves = () => false,
  remindAfterMs = 0,
  log,
}: AppOptions): App {
  const repositories = new Map<string, Promise<Repository>>();
  const working = new Set<Promise<void>>();
  const reminding = new Map<Repository, Reminders>();
  const closing = new AbortController();
  const isClosing = (): boolean => closing.signal.aborted;

  function repositoryAt(place: Place, installation?: number): Promise<Repository> {
    const key = keyOfPlace(place);
    const known = repositories.get(key);
    if (known !== undefined) return known;
    const made = clientFor(place, installation).then((client) =>
      createRepository(place, client, rim, speaker, log, closing.signal),
    );
    repositories.set(key, made);
    made.catch(() => repositories.delete(key));
    return made;
  }

  const commands = createFollowing({ clock: rim.clock, repositoryAt, keep, closing: closing.signal, log });

  function hear(payload: unknown): void {
    let event: CommentEvent;
    try {
      event = readCommentEvent(payload);
    } catch (error) {
      log.error({ err: error }, 'An event could not be read.');
      return;
    }
    const asked = readCommand(event);
    if (asked !== undefined) take(asked);
  }

  function take(asked: Asked): void {
    if (!isClosing()) void commands.follow(asked);
  }

  /** Counts work as under way until it is done; it must not reject. */
  function keep(work: Promise<void>): void {
    working.add(work);
    void work.then(() => working.delete(work));
  }

  async function takeUp({ place, told, damaged }: Unfinished): Promise<void> {
    if (isClosing()) return;
    const repository = await repositoryAt(place);
    // Of a run that is to be taken up whoever works on it speaks: two would say it twice.
    for (const state of told) if (isResting(state)) repository.conversation.catchUp(state);
    for (const run of damaged) repository.tellDamaged(run);
    await answerLost(repository);
    if (!isClosing()) await repository.runs.pickUpAll();
  }

  async function pickUpAll(): Promise<void> {
    const { places, damaged } = await unfinishedPlaces(rim);
    for (const { run, why } of damaged) log.error({ run, why }, 'The journal of a run is damaged.');
    // One repository that cannot be served any more must not hold the others up.
    for (const each of await Promise.allSettled(places.map(takeUp))) if (each.status === 'rejected') throw each.reason;
  }

  async function remind(): Promise<void> {
    for (const repository of await all()) {
      const reminders = reminding.get(repository) ?? createReminders(repository, rim.clock, remindAfterMs);
      reminding.set(repository, reminders);
      try {
        if (!isClosing()) await reminders.remind();
      } catch (error) {
        log.warn({ err: error, ...repository.api.place }, 'Nobody could be reminded yet of what waits.');
      }
    }
  }

  const look = createLook({
    rim,
    scopes,
    leaves,
    repositoryAt,
    follow: (asked) => commands.follow(asked, true),
    isClosing,
    log,
  });

  const all = (): Promise<readonly Repository[]> =>
    Promise.allSettled(repositories.values()).then((each) =>
      each.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    );

  return {
    load: (app) => {
      app.on('issue_comment.created', ({ payload }) => {
        hear(payload);
      });
    },
    pickUpAll: async () => {
      const work = pickUpAll();
      keep(work.catch(() => undefined));
      await work;
    },
    sayLeftIn: async (place) => {
      const repository = await repositoryAt(place);
      await answerLost(repository);
      for (const state of await leftUnsaid(rim, place)) repository.conversation.catchUp(state);
    },
    remind: () => {
      const work = remind();
      keep(work);
      return work;
    },
    pickUpLeftIn: async (place) => {
      const { runs } = await repositoryAt(place);
      await runs.pickUpAll(({ run, stopped }) => stopped !== undefined || runs.isLeft(run));
    },
    takeHandover: async (place, handover) => takeHandover(await repositoryAt(place), handover),
    atWork: async () => (await all()).flatMap(({ runs }) => runs.atWork()),
    hasLeftIn: async (place) => {
      const { runs } = await repositoryAt(place);
      const open = (await runs.states()).filter((state) => state.endedAt === undefined && !waitsForPerson(state));
      const left = await Promise.all(open.map(async ({ run, stopped }) => stopped !== undefined || runs.isLeft(run)));
      return left.includes(true);
    },
    take,
    look: (afresh) => {
      const work = look(afresh);
      keep(work.then(() => undefined));
      return work;
    },
    idle: async () => {
      while (working.size > 0) await Promise.all(working);
      for (const { runs, conversation } of await all()) {
        await runs.idle();
        // What is said once a run's work has ended comes right behind it.
        await new Promise(setImmediate);
        await conversation.allSettled();
      }
    },
    drain: async (atMostMs) => {
      closing.abort();
      const inTime = new AbortController();
      const given = rim.clock.sleep(atMostMs, inTime.signal);
      const giveBack = async (): Promise<readonly Repository[]> => {
        const served = await all();
        await Promise.all(served.map(({ runs }) => runs.drain()));
        return served;
      };
      const end = async (): Promise<void> => {
        await giveBack();
        await Promise.all(working);
        // What was under way may have brought runs, and words.
        await Promise.all((await giveBack()).map(({ conversation }) => conversation.allSettled()));
      };
      await Promise.race([end(), given]);
      inTime.abort();
      for (const made of repositories.values()) {
        void made.then(
          ({ conversation }) => {
            conversation.close();
          },
          () => undefined,
        );
      }
    },
    failures: () => commands.failures(),
    unsaid: async () => together((await all()).map(({ conversation }) => conversation)),
  };
}
