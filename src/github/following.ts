import type { Clock } from '../engine/ports.ts';
import type { Place } from './api.ts';
import { keyOfComment } from './lost-commands.ts';
import type { Log, Repository } from './repository.ts';
import { type Asked, type Taken, takeCommand } from './take-command.ts';

/** How often it is looked whether a command that was left to another process has been taken up there. */
const COME_BACK_MS = 5_000;
/**
 * A process that works on a run looks for comments every ten seconds. One that lives and has not taken an answer up by now
 * will not (a terminal looks at no comments), and whoever wrote it must not wait for ever.
 */
const LEFT_MS = 60_000;

export interface FollowingOptions {
  readonly clock: Clock;
  readonly repositoryAt: (place: Place, installation: number | undefined) => Promise<Repository>;
  /** Counts work as under way until it is done. */
  readonly keep: (work: Promise<void>) => void;
  readonly closing: AbortSignal;
  readonly log: Log;
}

/** How commands are followed, each by one piece of work at a time, whatever brings it. */
export interface Following {
  /**
   * @param found no event has brought it, as far as is known
   * @returns whether it was followed, or answered for good; never rejects
   */
  follow(asked: Asked, found?: boolean): Promise<boolean>;
  /** Commands that this process failed to follow. */
  failures(): number;
}

export function createFollowing({ clock, repositoryAt, keep, closing, log }: FollowingOptions): Following {
  /** By the comment: what an event brings and what is found may be the same. */
  const following = new Map<number, Promise<Taken>>();
  /** Comments that are left to other processes, and since when. */
  const left = new Map<number, { readonly asked: Asked; readonly repository: Repository; readonly since: number }>();
  let comingBack = false;
  let failed = 0;
  const now = (): number => Date.parse(clock.now());
  const isClosing = (): boolean => closing.aborted;

  function followed(asked: Asked): Promise<Taken> {
    const { id } = asked.event.comment;
    const known = following.get(id);
    if (known !== undefined) return known;
    const work = followOnce(asked).finally(() => following.delete(id));
    following.set(id, work);
    keep(work.then(() => undefined));
    return work;
  }

  async function followOnce(asked: Asked): Promise<Taken> {
    const { owner, repo, installation, comment } = asked.event;
    const since = left.get(comment.id)?.since;
    let taken: Taken = 'failed';
    try {
      const repository = await repositoryAt({ owner, repo }, installation);
      taken = await takeCommand(repository, asked, since === undefined || now() - since < LEFT_MS);
      if (taken === 'left' && since === undefined) leave(asked, repository);
    } catch (error) {
      log.error({ err: error, comment: comment.id }, 'A command could not be followed.');
    }
    if (taken === 'failed') failed += 1;
    if (taken !== 'left') left.delete(comment.id);
    return taken;
  }

  function leave(asked: Asked, repository: Repository): void {
    const { id } = asked.event.comment;
    log.info({ comment: id }, 'An answer is left to the process that works on its run.');
    left.set(id, { asked, repository, since: now() });
    if (comingBack) return;
    comingBack = true;
    keep(comeBack());
  }

  /** Until what was left is taken up: where the other process has died, it is followed here. */
  async function comeBack(): Promise<void> {
    // What nobody has taken up when this process ends, the next one finds.
    while (left.size > 0 && !isClosing()) {
      await clock.sleep(COME_BACK_MS, closing);
      for (const each of isClosing() ? [] : left.values()) await lookAt(each);
    }
    comingBack = false;
  }

  async function lookAt({
    asked,
    repository,
  }: {
    readonly asked: Asked;
    readonly repository: Repository;
  }): Promise<void> {
    const { id } = asked.event.comment;
    try {
      if (await repository.workshop.journal.isAccepted(keyOfComment(id))) left.delete(id);
      else void followed(asked);
    } catch (error) {
      log.error({ err: error, comment: id }, 'The journal does not say whether a command was taken up.');
    }
  }

  return {
    follow: async (asked, found = false) => {
      const { issue, comment } = asked.event;
      const isNew = !following.has(comment.id) && !left.has(comment.id);
      if (found && isNew) log.warn({ issue, comment: comment.id }, 'A command was found that no event has brought.');
      return (await followed(asked)) === 'done';
    },
    failures: () => failed,
  };
}
