import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CommentPage, PageAsked } from '../../src/github/api.ts';
import type { CommentInIssue } from '../../src/github/boundary.ts';
import { createInbox, type Inbox, type InboxOptions, type Taken } from '../../src/github/inbox.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { clockAt } from '../journal/requests.ts';

/** GitHub's clock; this machine's is an hour behind. */
const clock = clockAt('2026-11-22T05:00:00.000Z');
const at = (seconds: number): string =>
  new Date(Date.parse('2026-11-22T06:00:00Z') + seconds * 1000).toISOString().replace('.000Z', 'Z');

interface Written {
  readonly id: number;
  readonly created: number;
  readonly updated: number;
}

let written: Written[];
let asked: PageAsked[];
let taken: number[];
let unusable: (readonly [cursor: string, since: string])[];
let journal: ReturnType<typeof createMemoryJournal>;
/** What is wrong, for as long as it is set. */
let trouble: ((page: PageAsked) => boolean) | undefined;
let verdict: (id: number) => Taken;

function write(created: number, updated = created): number {
  const id = (written.at(-1)?.id ?? 0) + 1;
  written.push({ id, created, updated });
  return id;
}

/** As GitHub lists them: by their ids, what was changed since, under the digest of the page. */
function list(page: PageAsked): Promise<CommentPage> {
  asked.push(page);
  if (trouble?.(page) === true) return Promise.reject(new Error('GitHub is down'));
  const found = written.filter(({ updated }) => at(updated) >= page.since);
  const shown = found.slice((page.page - 1) * page.perPage, page.page * page.perPage);
  const etag = JSON.stringify(shown);
  if (etag === page.etag) return Promise.resolve({ kind: 'same' });
  const comments = shown.map(({ id, created, updated }): CommentInIssue => {
    const author = { id: 1, login: 'william', type: 'User' };
    const comment = { id, body: '', author, app: undefined, createdAt: at(created), updatedAt: at(updated) };
    return { issue: 1, comment };
  });
  // No comment is younger than GitHub's clock.
  const now = Math.max(0, ...written.map(({ updated }) => updated));
  return Promise.resolve({ kind: 'page', comments, etag, answeredAt: at(now) });
}

const open = (more: Partial<InboxOptions> = {}): Inbox =>
  createInbox({
    api: { comments: list },
    journal,
    clock,
    name: 'acme/ops',
    unusable: (...told) => unusable.push(told),
    take: ({ comment }) => {
      const became = verdict(comment.id);
      if (became === 'done') taken.push(comment.id);
      return Promise.resolve(became);
    },
    ...more,
  });

const cursor = (): Promise<string | undefined> => journal.cursor('acme/ops');

beforeEach(() => {
  [written, asked, taken, unusable, trouble] = [[], [], [], [], undefined];
  verdict = () => 'done';
  journal = createMemoryJournal({ clock, worker: 'test' });
});

describe('an inbox', () => {
  it('begins with what is written from now on, by GitHub’s clock', async () => {
    write(-3_000);
    write(-1);
    await open().lookAfresh();
    expect(taken).toEqual([]);
    expect(await cursor()).toBe(at(0));
  });

  it('begins where it is told to, the first time', async () => {
    write(-3_000);
    const id = write(-2);
    await open({ begin: at(-10) }).lookAfresh();
    expect(taken).toEqual([id]);
    await open({ begin: at(-5_000) }).lookAfresh();
    expect(taken).toEqual([id, id]);
  });

  it('goes on from the cursor in the next process, a little before it', async () => {
    await open().lookAfresh();
    write(10);
    write(500);
    await open().lookAfresh();
    expect(await cursor()).toBe(at(440));
    taken = [];
    const id = write(450);
    await open().lookAfresh();
    expect(taken).toEqual([2, id]);
  });

  it.each([
    ['is far ahead of GitHub’s clock', '2099-01-01T00:00:00Z'],
    ['is no time', 'soon'],
    ['is no time, though it looks like one', '2026-99-99T99:99:99Z'],
    ['is empty', ''],
  ])('looks through the last day where the cursor %s, says so, and goes on from there', async (_, forged) => {
    await journal.moveCursor('acme/ops', forged);
    write(-90_000);
    const ids = [write(-80_000), write(-100)];
    const inbox = open();
    await inbox.lookAfresh();
    expect(taken).toEqual(ids);
    expect(unusable).toEqual([[forged, at(-86_400)]]);
    expect(await cursor()).toBe(at(-160));
    const next = write(0);
    await inbox.lookOn();
    await open().lookAfresh();
    expect(taken).toEqual([...ids, next, 3, next]);
    expect(unusable).toHaveLength(1);
  });

  it('mends such a cursor though there is no comment', async () => {
    await journal.moveCursor('acme/ops', '2099-01-01T00:00:00Z');
    await open().lookAfresh();
    expect(await cursor()).toBe(at(-86_400));
  });

  it('takes a cursor that is ahead by less than a minute for one by another of GitHub’s clocks', async () => {
    await journal.moveCursor('acme/ops', at(2));
    const id = write(0);
    await open().lookAfresh();
    expect([taken, unusable]).toEqual([[id], []]);
  });

  it('is not misled by a time to begin at that has not come yet', async () => {
    const id = write(-50);
    await open({ begin: at(300) }).lookAfresh();
    expect([taken, unusable]).toEqual([[id], []]);
  });

  it('takes them in the order in which they were written, page after page', async () => {
    await open().lookAfresh();
    const ids = Array.from({ length: 230 }, (_, index) => write(index));
    await open().lookAfresh();
    expect(taken).toEqual(ids);
    expect(asked.map(({ page }) => page).slice(-3)).toEqual([1, 2, 3]);
  });

  it('passes over nothing where GitHub fails in between', async () => {
    await open().lookAfresh();
    for (let index = 0; index < 120; index += 1) write(100 + index);
    trouble = ({ page }) => page === 2;
    const inbox = open();
    await expect(inbox.lookAfresh()).rejects.toThrow('GitHub is down');
    expect(await cursor()).toBe(at(0));
    trouble = undefined;
    taken = [];
    await inbox.lookAfresh();
    expect(taken).toHaveLength(120);
  });

  it('finds again what nobody has taken up, and looks at it again though the page is the same', async () => {
    const inbox = open();
    await inbox.lookAfresh();
    const id = write(100);
    write(900);
    verdict = (each) => (each === id ? 'later' : 'done');
    await inbox.lookAfresh();
    expect(await cursor()).toBe(at(100));
    verdict = () => 'done';
    taken = [];
    await inbox.lookAfresh();
    expect(taken).toEqual([id, 2]);
    expect(await cursor()).toBe(at(840));
  });

  it('takes no older comment for a new one because it was edited', async () => {
    write(-3_000, 50);
    await open().lookAfresh();
    await open().lookAfresh();
    expect(taken).toEqual([]);
  });

  it('names the page that it knows, so that it costs nothing while nothing is new', async () => {
    const inbox = open();
    await inbox.lookAfresh();
    write(10);
    await inbox.lookAfresh();
    taken = [];
    await inbox.lookAfresh();
    await inbox.lookAfresh();
    expect(taken).toEqual([]);
    expect(asked.slice(-2).map(({ etag }) => etag === undefined)).toEqual([false, false]);
  });

  it('looks on at what is new alone, whatever is edited, and does not move the cursor', async () => {
    const inbox = open();
    await inbox.lookAfresh();
    const live = write(10);
    await inbox.lookAfresh();
    taken = [];
    for (const second of [20, 30, 40]) {
      written = written.map((each) => (each.id === live ? { ...each, updated: second } : each));
      await inbox.lookOn();
    }
    expect(taken).toEqual([]);
    // One page, which stays empty: GitHub says that it is the same.
    const pages = asked.slice(-3).map(({ perPage, page, etag }) => ({ perPage, page, etag }));
    expect(pages).toEqual([1, 2, 3].map(() => ({ perPage: 1, page: 2, etag: '[]' })));
    const ids = [300, 310, 320].map((second) => write(second));
    await inbox.lookOn();
    expect(taken).toEqual(ids);
    await inbox.lookOn();
    expect(taken).toEqual(ids);
    expect(await cursor()).toBe(at(0));
  });

  it('finds when it looks afresh what it missed because another was deleted', async () => {
    const inbox = open();
    await inbox.lookAfresh();
    write(10);
    await inbox.lookAfresh();
    written = [];
    written.push({ id: 7, created: 20, updated: 20 });
    taken = [];
    await inbox.lookOn();
    expect(taken).toEqual([]);
    await inbox.lookAfresh();
    expect(taken).toEqual([7]);
  });
});
