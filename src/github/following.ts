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
  const left = new Map<number, number>();
  let failed = 0;
  const now = (): number => Date.parse(clock.now());

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
    const since = left.get(comment.id);
    try {
      const repository = await repositoryAt({ owner, repo }, installation);
      const taken = await takeCommand(repository, asked, since === undefined || now() - since < LEFT_MS);
      if (taken === 'left' && since === undefined) {
        log.info({ comment: comment.id }, 'An answer is left to the process that works on its run.');
        left.set(comment.id, now());
        keep(comeBack(asked, repository));
      }
      if (taken !== 'failed') return taken;
    } catch (error) {
      log.error({ err: error, comment: comment.id }, 'A command could not be followed.');
    }
    failed += 1;
    return 'failed';
  }

  /** Waits until a command that was left is taken up; where the other process has died, it is followed here. */
  async function comeBack(asked: Asked, { workshop: { journal } }: Repository): Promise<void> {
    const { id } = asked.event.comment;
    try {
      for (let taken: Taken = 'left'; taken === 'left'; taken = await followed(asked)) {
        await clock.sleep(COME_BACK_MS, closing);
        // The next start finds what nobody has taken up.
        if (closing.aborted || (await journal.isAccepted(keyOfComment(id)))) return;
      }
    } catch (error) {
      log.error({ err: error, comment: id }, 'The journal does not say whether a command was taken up.');
    } finally {
      left.delete(id);
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
