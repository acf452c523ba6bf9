import type { Clock, Journal } from '../engine/ports.ts';
import type { Instant } from '../run/types.ts';
import type { CommentPage, GitHubApi } from './api.ts';
import type { CommentInIssue } from './boundary.ts';

/** What became of a comment. `later`: nobody has taken it up, so it must be found again. */
export type Taken = 'done' | 'later';

export interface InboxOptions {
  readonly api: Pick<GitHubApi, 'comments'>;
  readonly journal: Pick<Journal, 'cursor' | 'moveCursor'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Names the place in the journal. */
  readonly name: string;
  /** One issue alone; absent: all of the repository. */
  readonly issue?: number | undefined;
  /** Where to begin the first time; absent: with what is written from now on. */
  readonly begin?: Instant | undefined;
  /** Is told that the cursor cannot be gone by, as others have written it, and since when is looked instead. */
  readonly unusable: (cursor: string, since: Instant) => void;
  /** Takes a comment up, unless that is done or there is nothing in it to take up. Must not reject. */
  readonly take: (comment: CommentInIssue, answeredAt: Instant | undefined) => Promise<Taken>;
}

/**
 * The comments of a repository, or of one issue, by GitHub's own list: what no event has brought is found there. A cursor
 * in the journal says up to when all are taken up, and moves only once they are.
 */
export interface Inbox {
  /** Looks through all since the cursor. Rejects where GitHub or the journal fails; then nothing is passed over. */
  lookAfresh(): Promise<void>;
  /**
   * Looks only at what has been added since the last look: edits of comments do not change that page, so that as a rule
   * it costs nothing. Where a comment was deleted meanwhile it may miss one, which the next look afresh finds.
   */
  lookOn(): Promise<void>;
}

interface Opened {
  readonly since: Instant;
  readonly first: CommentPage;
}

/** GitHub's most. */
const PER_PAGE = 100;
/** What is behind them waits for the next look. */
const MAX_PAGES = 30;
/** GitHub may list a comment a little later than one that is younger, and its clocks may differ by less. */
const OVERLAP_MS = 60_000;
/** So far back is looked where the cursor cannot be gone by. What was taken up since then is known to the journal. */
const BACK_MS = 86_400_000;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

export function createInbox({ api, journal, clock, name, issue, begin, unusable, take }: InboxOptions): Inbox {
  /** The list as it has been looked at. */
  let seen: { readonly since: Instant; readonly count: number } | undefined;
  /** The whole list under its ETag, with nothing left to take up. */
  let settled: { readonly since: Instant; readonly count: number; readonly etag: string | undefined } | undefined;
  /** GitHub's ETags are digests of what they stand for, so that this one means "nothing" on any page. */
  let nothing: string | undefined;

  async function ask(since: Instant, perPage: number, page: number, etag?: string): Promise<CommentPage> {
    const answer = await api.comments({ ...(issue === undefined ? {} : { issue }), since, perPage, page, etag });
    if (answer.kind === 'page' && answer.comments.length === 0) nothing = answer.etag;
    return answer;
  }

  /** By GitHub's clock, which dates the comments. */
  async function now(): Promise<Instant> {
    const answer = await ask(seconds(clock.now()), 1, 1);
    return seconds((answer.kind === 'page' ? answer.answeredAt : undefined) ?? clock.now());
  }

  /** Since when to look, and the first page of that. A cursor is gone by only as far as GitHub's clock has come. */
  async function open(): Promise<Opened> {
    const kept = await journal.cursor(name);
    if (kept === undefined) {
      const since = begin ?? (await now());
      await journal.moveCursor(name, since);
      return openAt(since);
    }
    const since = readable(kept);
    return since === undefined ? openBehind(await now(), BACK_MS, kept) : openAt(since, kept);
  }

  async function openAt(since: Instant, kept?: string): Promise<Opened> {
    const first = await ask(since, PER_PAGE, 1, settled?.since === since ? settled.etag : undefined);
    const answeredAt = first.kind === 'page' ? first.answeredAt : undefined;
    const aheadMs = answeredAt === undefined ? 0 : Date.parse(since) - Date.parse(answeredAt);
    if (answeredAt === undefined || aheadMs <= 0) return { since, first };
    return aheadMs > OVERLAP_MS ? openBehind(answeredAt, BACK_MS, kept) : openBehind(answeredAt, OVERLAP_MS);
  }

  async function openBehind(at: Instant, ms: number, kept?: string): Promise<Opened> {
    const since = seconds(new Date(Date.parse(at) - ms).toISOString());
    await journal.moveCursor(name, since);
    if (kept !== undefined) unusable(kept, since);
    return { since, first: await ask(since, PER_PAGE, 1) };
  }

  async function lookAfresh(): Promise<void> {
    const { since, first } = await open();
    if (first.kind === 'same') {
      seen = settled;
      return;
    }
    let youngest = since;
    let oldestLeft: Instant | undefined;
    let count = 0;
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const answer = page === 1 ? first : await ask(since, PER_PAGE, page);
      // No ETag was named.
      if (answer.kind === 'same') break;
      for (const each of answer.comments) {
        const { createdAt } = each.comment;
        // It was only edited since.
        if (createdAt < since) continue;
        if ((await take(each, answer.answeredAt)) === 'later') oldestLeft = earlier(createdAt, oldestLeft);
        else if (createdAt > youngest) youngest = createdAt;
      }
      count += answer.comments.length;
      if (answer.comments.length < PER_PAGE) {
        // A first page tells of those behind it only where there are none.
        settled = page === 1 && oldestLeft === undefined ? { since, count, etag: answer.etag } : undefined;
        break;
      }
    }
    seen = { since, count };
    const next = earlier(seconds(new Date(Date.parse(youngest) - OVERLAP_MS).toISOString()), oldestLeft);
    if (next > since) await journal.moveCursor(name, next);
  }

  async function lookOn(): Promise<void> {
    for (;;) {
      if (seen === undefined || seen.count > PER_PAGE) return lookAfresh();
      const { since, count } = seen;
      const [perPage, page] = count === 0 ? [PER_PAGE, 1] : [count, 2];
      const answer = await ask(since, perPage, page, nothing);
      if (answer.kind === 'same') return;
      for (const each of answer.comments) if (each.comment.createdAt >= since) await take(each, answer.answeredAt);
      seen = { since, count: count + answer.comments.length };
      if (answer.comments.length < perPage) return;
    }
  }

  return { lookAfresh, lookOn };
}

const earlier = (one: Instant, other: Instant = one): Instant => (other < one ? other : one);

/** As GitHub writes times, so that they compare as text. */
const seconds = (at: Instant): Instant => at.replace(/\.\d+Z$/, 'Z');

/** As GitHub writes it; undefined where it is no time. */
function readable(cursor: string): Instant | undefined {
  const at = INSTANT.test(cursor) ? Date.parse(cursor) : Number.NaN;
  return Number.isNaN(at) ? undefined : seconds(new Date(at).toISOString());
}
