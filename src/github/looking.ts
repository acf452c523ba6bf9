import type { Instant } from '../run/types.ts';
import type { Place } from './api.ts';
import type { CommentInIssue } from './boundary.ts';
import { failureOf, hasStatus } from './failure.ts';
import { createInbox, type Inbox, type Taken } from './inbox.ts';
import { keyOfComment } from './lost-commands.ts';
import type { Log, Repository, Rim } from './repository.ts';
import { keyOfPlace } from './repository-journal.ts';
import { type Asked, readCommand } from './take-command.ts';

/** Where comments are looked for that no event has brought. */
export interface Scope {
  readonly place: Place;
  readonly installation?: number;
  /** One issue alone; absent: all of the repository. */
  readonly issue?: number;
  /** Where to begin the first time; absent: with what is written from now on. */
  readonly begin?: Instant;
}

export interface LookingOptions {
  readonly rim: Pick<Rim, 'journal' | 'clock'>;
  readonly scopes: () => Promise<readonly Scope[]>;
  /** Whether a comment that is found is left to a process of its own, which may still come. */
  readonly leaves: (asked: Asked, ageMs: number) => boolean;
  readonly repositoryAt: (place: Place, installation: number | undefined) => Promise<Repository>;
  /** Follows a command, as though an event had brought it. @returns whether it was followed, or answered for good */
  readonly follow: (asked: Asked) => Promise<boolean>;
  readonly isClosing: () => boolean;
  readonly log: Log;
}

/**
 * Looks for comments that no event has brought, and has them followed one after the other. Never rejects.
 * @param afresh everywhere, all since the cursor; else what is new where this process works on a run.
 * @returns false where GitHub did not let it look everywhere
 */
export type Look = (afresh: boolean) => Promise<boolean>;

export function createLook(options: LookingOptions): Look {
  const { rim, scopes, leaves, repositoryAt, follow, isClosing, log } = options;
  const { journal, clock } = rim;
  const inboxes = new Map<string, { readonly inbox: Inbox; readonly repository: Repository }>();
  let known: readonly Scope[] = [];
  /** Until when GitHub has asked to be left alone about a place, in ms since 1970. */
  const resting = new Map<string, number>();
  const now = (): number => Date.parse(clock.now());

  async function take(place: Place, { issue, comment }: CommentInIssue, answeredAt = clock.now()): Promise<Taken> {
    const event = { ...place, action: 'created', issue, comment, senderType: undefined, installation: undefined };
    const asked = readCommand(event);
    if (asked === undefined) return 'done';
    const isAccepted = (): Promise<boolean> => journal.isAccepted(keyOfComment(comment.id));
    try {
      if (await isAccepted()) return 'done';
      if (isClosing() || leaves(asked, Date.parse(answeredAt) - Date.parse(comment.createdAt))) return 'later';
      return (await follow(asked)) || (await isAccepted()) ? 'done' : 'later';
    } catch (error) {
      log.error({ err: error, comment: comment.id }, 'The journal does not say whether a command was taken up.');
      return 'later';
    }
  }

  async function inboxOf({ place, installation, issue, begin }: Scope): Promise<Inbox> {
    const name = `${keyOfPlace(place)}${issue === undefined ? '' : `#${String(issue)}`}`;
    const made = inboxes.get(name);
    if (made !== undefined) return made.inbox;
    const repository = await repositoryAt(place, installation);
    const { api } = repository;
    const inbox = createInbox({ api, journal, clock, name, issue, begin, take: (...found) => take(place, ...found) });
    inboxes.set(name, { inbox, repository });
    return inbox;
  }

  async function attempt(place: Place | undefined, look: () => Promise<void>): Promise<boolean> {
    const key = place === undefined ? '' : keyOfPlace(place);
    try {
      if (now() < (resting.get(key) ?? 0)) return false;
      if (!isClosing()) await look();
      return true;
    } catch (error) {
      const failure = failureOf(error, now());
      if (failure.kind === 'later') resting.set(key, now() + (failure.waitMs ?? 0));
      log.warn({ err: error, ...place }, 'Comments could not be looked through for commands yet.');
      // Where there is nothing (any more), there is nothing to come back for soon.
      return hasStatus(error, 404, 410);
    }
  }

  async function lookAfresh(): Promise<boolean> {
    let whole = await attempt(undefined, async () => {
      known = await scopes();
    });
    for (const scope of known) {
      whole = (await attempt(scope.place, async () => (await inboxOf(scope)).lookAfresh())) && whole;
    }
    return whole;
  }

  async function lookOn(): Promise<boolean> {
    let whole = true;
    for (const { inbox, repository } of inboxes.values()) {
      if (repository.runs.working()) whole = (await attempt(repository.api.place, () => inbox.lookOn())) && whole;
    }
    return whole;
  }

  return (afresh) => (afresh ? lookAfresh() : lookOn());
}
