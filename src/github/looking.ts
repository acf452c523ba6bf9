import type { Instant } from '../run/types.ts';
import type { Place } from './api.ts';
import { cleanLine, shorten } from '../thread/clean.ts';
import type { CommentInIssue } from './boundary.ts';
import { failureOf, hasStatus } from './failure.ts';
import { createInbox, type Inbox, type Taken } from './inbox.ts';
import { keyOfComment } from './lost-commands.ts';
import type { Log, Repository, Rim } from './repository.ts';
import { keyOfPlace } from './repository-journal.ts';
import { type Asked, readCommand } from './take-command.ts';
import { worded } from './worded.ts';

/** Where comments are looked for that no event has brought. */
export interface Scope {
  readonly place: Place;
  readonly installation?: number;
  /** One issue alone; absent: all of the repository. */
  readonly issue?: number;
  /** Where to begin the first time; absent: with what is written from now on. */
  readonly begin?: Instant;
  /** The comment of that issue for which it is looked through: what is wrong with that is said below it. */
  readonly comment?: number;
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

/** How a look went. */
export interface Looked {
  /** What has kept it from looking everywhere; absent where nothing has. */
  readonly error?: Error;
  /** Cursors that it could not go by, in words for whoever looks after Changeover. */
  readonly unusable: readonly string[];
}

/**
 * Looks for comments that no event has brought, and has them followed one after the other. Never rejects.
 * @param afresh everywhere, all since the cursor; else what is new where this process works on a run.
 */
export type Look = (afresh: boolean) => Promise<Looked>;

export function createLook(options: LookingOptions): Look {
  const { rim, scopes, leaves, repositoryAt, follow, isClosing, log } = options;
  const { journal, clock } = rim;
  const inboxes = new Map<string, { readonly inbox: Inbox; readonly repository: Repository }>();
  let known: readonly Scope[] = [];
  /** Until when GitHub has asked to be left alone about a place, in ms since 1970, and by which error. */
  const resting = new Map<string, { readonly until: number; readonly error: Error }>();
  let unusable: readonly string[] = [];
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

  async function inboxOf({ place, installation, issue, begin, comment }: Scope): Promise<Inbox> {
    const name = `${keyOfPlace(place)}${issue === undefined ? '' : `#${String(issue)}`}`;
    const made = inboxes.get(name);
    if (made !== undefined) return made.inbox;
    const repository = await repositoryAt(place, installation);
    const { api, conversation } = repository;
    const isUnusable = (cursor: string, since: Instant): void => {
      const text = unusableText(name, cursor, since);
      log.error({ ...place }, text);
      unusable = [...unusable, text];
      if (issue === undefined || comment === undefined) return;
      const to = { id: comment, createdAt: begin ?? since };
      conversation.reply(issue, to, worded([text]), { about: 'cursor', again: true });
    };
    const inbox = createInbox({
      ...{ api, journal, clock, name, issue, begin, unusable: isUnusable },
      take: (...found) => take(place, ...found),
    });
    inboxes.set(name, { inbox, repository });
    return inbox;
  }

  /** @returns what has kept it from looking */
  async function attempt(place: Place | undefined, look: () => Promise<void>): Promise<Error | undefined> {
    const key = place === undefined ? '' : keyOfPlace(place);
    try {
      const rest = resting.get(key);
      if (rest !== undefined && now() < rest.until) return rest.error;
      if (!isClosing()) await look();
      return undefined;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      const failure = failureOf(error, now());
      if (failure.kind === 'later') resting.set(key, { until: now() + (failure.waitMs ?? 0), error });
      log.warn({ err: error, ...place }, 'Comments could not be looked through for commands yet.');
      // Where there is nothing (any more), there is nothing to come back for soon.
      return hasStatus(error, 404, 410) ? undefined : error;
    }
  }

  async function lookAfresh(): Promise<Error | undefined> {
    let error = await attempt(undefined, async () => {
      known = await scopes();
    });
    for (const scope of known) {
      error = (await attempt(scope.place, async () => (await inboxOf(scope)).lookAfresh())) ?? error;
    }
    return error;
  }

  async function lookOn(): Promise<Error | undefined> {
    let error: Error | undefined;
    for (const { inbox, repository } of inboxes.values()) {
      if (repository.runs.working()) error = (await attempt(repository.api.place, () => inbox.lookOn())) ?? error;
    }
    return error;
  }

  return async (afresh) => {
    unusable = [];
    const error = await (afresh ? lookAfresh() : lookOn());
    return { unusable, ...(error === undefined ? {} : { error }) };
  };
}

const unusableText = (name: string, cursor: string, since: Instant): string =>
  `The journal has it (in \`cursors/\`) that the comments of ${name} were looked through up to ` +
  `\`${shorten(cleanLine(cursor), 40).replaceAll('`', "'")}\`. That is no time which there has been: somebody else has ` +
  `written it, and it counts for nothing. Comments since ${since} are looked through instead, and what was taken up is ` +
  'not done again. Type a command of before then once more if nothing has answered it, and see who can write to the journal.';
