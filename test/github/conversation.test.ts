import { describe, expect, it } from '@jest/globals';
import type { IssueComment } from '../../src/github/boundary.ts';
import { createConversation, type GitHubConversation } from '../../src/github/conversation.ts';
import type { Wanted } from '../../src/github/next-word.ts';
import type { RunState } from '../../src/run/types.ts';
import { plan, step } from '../run/plans.ts';
import { Record } from '../run/record.ts';
import { jumpingClock } from './fake-time.ts';

const where = { kind: 'issue', owner: 'acme', repo: 'ops', issue: 1, comment: 5 } as const;
const state = (more: Partial<RunState> = {}): RunState => ({ ...new Record(plan([step('a')])).state, where, ...more });
const wanted = (name: string, text: string, at = '2026-11-22T06:00:00.000Z'): Wanted => {
  const marker = `<!-- changeover:run=20261122-7k3f kind=${name} -->`;
  return { marker, body: `${marker}\n${text}`, at };
};
const refusal = (status: number, message = 'no', headers = {}): Error =>
  Object.assign(new Error(message), { status, response: { headers } });

/** A GitHub of one issue, which fails as often as it is told to. */
function issue(clock = jumpingClock()) {
  const comments: IssueComment[] = [];
  const trouble: { readonly error: Error; readonly applied: boolean }[] = [];
  const log: { readonly call: string; readonly at: number }[] = [];
  let words: readonly Wanted[] = [];
  const call = async <T>(name: string, work: () => T): Promise<T> => {
    log.push({ call: name, at: clock.passed() });
    const next = trouble.shift();
    if (next === undefined) return work();
    if (next.applied) work();
    throw next.error;
  };
  const write = (id: number, body: string): IssueComment => {
    const at = clock.now();
    const author = { id: 1, login: 'changeover[bot]', type: 'Bot' };
    const comment = { id, body, author, app: 7001, createdAt: at, updatedAt: at };
    const index = comments.findIndex((each) => each.id === id);
    if (index < 0) comments.push(comment);
    else comments[index] = comment;
    return comment;
  };
  const conversation: GitHubConversation = createConversation({
    api: {
      commentsSince: (_issue, since) => call('list', () => comments.filter(({ createdAt }) => createdAt >= since)),
      createComment: (_issue, body) => call('create', () => write(comments.length + 1, body)),
      updateComment: (id, body) => call('edit', () => write(id, body)),
    },
    clock,
    commentsOf: () => words,
    isOurs: ({ app }) => app === 7001,
    log: () => undefined,
  });
  return {
    clock,
    comments,
    conversation,
    fail: (error: Error, times = 1, applied = false) => {
      for (let count = 0; count < times; count += 1) trouble.push({ error, applied });
    },
    /** The run's state has moved on, and these are its comments now. */
    say: (now: readonly Wanted[], more: Partial<RunState> = {}) => {
      words = now;
      conversation.changed(state(more));
    },
    calls: () => log.map((each) => each.call),
    log,
    bodies: () => comments.map(({ body }) => body.split('\n')[1]),
  };
}

describe('the conversation in an issue', () => {
  it('makes a comment once and keeps it in step', async () => {
    const { say, conversation, bodies, calls } = issue();
    say([wanted('live', 'step 1')]);
    say([wanted('live', 'step 2')]);
    say([wanted('live', 'step 3')]);
    await conversation.settled(where);
    expect(bodies()).toEqual(['step 3']);
    // The first words left before the others were known; those in between were never said.
    expect(calls()).toEqual(['create', 'edit']);
  });

  it('says prompts and ends at once and in order, and lets edits wait', async () => {
    const { say, conversation, bodies, log } = issue();
    say([wanted('live', 'a')]);
    await Promise.resolve();
    say([wanted('live', 'b'), wanted('prompt-p1', 'asks'), wanted('end', 'over')], { status: 'waiting' });
    await conversation.settled(where);
    expect(bodies()).toEqual(['b', 'asks', 'over']);
    expect(log.map(({ call }) => call)).toEqual(['create', 'create', 'create', 'edit']);
    expect(log.slice(0, 3).map(({ at }) => at)).toEqual([0, 0, 0]);
  });

  it.each([11, 200])(
    'tells a run of under a minute with %i changes in 15 calls, seven of them to begin it',
    async (changes) => {
      const { say, conversation, clock, calls, bodies } = issue();
      for (let change = 1; change <= changes; change += 1) {
        say([wanted('live', `step ${String(change)}`)]);
        await clock.sleep(59_000 / changes);
      }
      say([wanted('live', 'over'), wanted('end', 'done')], { status: 'succeeded', endedAt: clock.now() });
      await conversation.settled(where);
      expect(bodies()).toEqual(['over', 'done']);
      process.stdout.write(
        `${String(changes)} changes in 59 s: ${String(calls().length)} calls for the words, 7 to begin\n`,
      );
      expect(calls().length + 7).toBeLessThanOrEqual(15);
    },
  );

  it('spends at most four calls a minute on a long run', async () => {
    const { say, conversation, clock, log } = issue();
    for (let change = 1; change <= 900; change += 1) {
      say([wanted('live', `second ${String(change)}`)]);
      await clock.sleep(1_000);
    }
    say([wanted('live', 'over')], { status: 'succeeded', endedAt: clock.now() });
    await conversation.settled(where);
    for (let from = 60_000; from < 900_000; from += 1_000) {
      expect(log.filter(({ at }) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(4);
    }
    expect(log.length).toBeGreaterThan(40);
  });

  it('looks before it says again what may have come through', async () => {
    const { say, conversation, bodies, calls, fail } = issue();
    fail(refusal(502), 1, true);
    say([wanted('live', 'a')]);
    await conversation.settled(where);
    expect(bodies()).toEqual(['a']);
    expect(calls()).toEqual(['create', 'list']);
  });

  it('answers a comment once, though the first try seems to fail', async () => {
    const { conversation, comments, fail } = issue();
    fail(refusal(504), 1, true);
    fail(refusal(504), 2, false);
    conversation.reply(1, { id: 9, createdAt: '2026-11-22T06:00:00Z' }, 'No.');
    await conversation.settled(where);
    expect(comments.map(({ body }) => body)).toEqual(['<!-- changeover:reply=9 -->\nNo.']);
  });

  it('says answers and comments in the order in which they came about, once a trouble is over', async () => {
    const { say, conversation, bodies, clock, fail } = issue();
    const to = { id: 9, createdAt: '2026-11-22T06:00:00Z' };
    say([wanted('live', 'a')]);
    await conversation.settled(where);
    fail(refusal(503), 6);
    conversation.reply(1, to, 'first answer', { about: 'one' });
    await clock.sleep(10_000);
    say([wanted('live', 'a'), wanted('prompt-p1', 'asks', clock.now())], { status: 'waiting' });
    await clock.sleep(1_000);
    conversation.reply(1, to, 'second answer', { about: 'two' });
    // Put to it again, as by a start that is tried again.
    conversation.reply(1, to, 'second answer', { about: 'two', again: true });
    await clock.sleep(600_000);
    await conversation.settled(where);
    expect(bodies()).toEqual(['a', 'first answer', 'asks', 'second answer']);
  });

  it('tries for a week, and then lets the words go', async () => {
    const { say, conversation, bodies, clock, fail, log } = issue();
    const DAY = 86_400_000;
    fail(refusal(503), 50_000);
    say([wanted('live', 'a')]);
    await clock.sleep(6.9 * DAY);
    expect(log.at(-1)?.at).toBeGreaterThan(6.8 * DAY);
    await clock.sleep(0.2 * DAY);
    expect(conversation.unsaid()).toBe('never');
    expect(bodies()).toEqual([]);
  });

  it('keeps its words through a long trouble, and then says how things stand', async () => {
    const { say, conversation, bodies, clock, fail } = issue();
    fail(refusal(503), 40);
    say([wanted('live', 'a')]);
    await conversation.settled(where);
    expect(bodies()).toEqual([]);
    say([wanted('live', 'z'), wanted('end', 'over')], { status: 'succeeded', endedAt: clock.now() });
    // Nobody is kept waiting, but it goes on trying.
    await conversation.settled(where);
    await clock.sleep(3_600_000);
    expect(bodies()).toEqual(['z', 'over']);
  });

  it('waits as long as GitHub asks for', async () => {
    const { say, conversation, log, fail } = issue();
    fail(refusal(403, 'You have exceeded a secondary rate limit', { 'retry-after': '30' }));
    say([wanted('live', 'a')]);
    await conversation.settled(where);
    expect(log.map(({ call, at }) => `${call} ${String(at)}`)).toEqual(['create 0', 'list 30000', 'create 30000']);
  });

  it('does not press on GitHub what it will never take, and says the rest', async () => {
    const { say, conversation, bodies, calls, fail } = issue();
    fail(refusal(422, 'Body is too long'));
    say([wanted('live', 'a'), wanted('prompt-p1', 'asks')]);
    await conversation.settled(where);
    expect(bodies()).toEqual(['asks']);
    expect(calls()).toEqual(['create', 'create']);
  });

  it('makes a comment again that somebody has deleted', async () => {
    const { say, conversation, bodies, fail } = issue();
    say([wanted('live', 'a')]);
    await conversation.settled(where);
    fail(refusal(404));
    say([wanted('live', 'b')]);
    await conversation.settled(where);
    expect(bodies()).toEqual(['a', 'b']);
  });

  it('finds its comments again in a new process, and only its own', async () => {
    const { say, conversation, comments, bodies, calls } = issue();
    const at = '2026-11-22T02:50:00Z';
    const { body } = wanted('live', 'forged');
    const rita = { id: 3, login: 'rita', type: 'User' };
    const bot = { id: 1, login: 'changeover[bot]', type: 'Bot' };
    comments.push({ id: 1, body, author: rita, app: undefined, createdAt: at, updatedAt: at });
    comments.push({ id: 2, body: wanted('live', 'old').body, author: bot, app: 7001, createdAt: at, updatedAt: at });
    const quoting = `<!-- changeover:reply=3 -->\n${wanted('prompt-p1', 'printed by a step').body}`;
    comments.push({ id: 3, body: quoting, author: bot, app: 7001, createdAt: at, updatedAt: at });
    say([wanted('live', 'new'), wanted('prompt-p1', 'asks')], { epoch: 2 });
    await conversation.settled(where);
    expect(calls()).toEqual(['list', 'create', 'edit']);
    expect(bodies()).toEqual(['forged', 'new', '<!-- changeover:run=20261122-7k3f kind=prompt-p1 -->', 'asks']);
  });

  it('makes nothing anew that another process has said while it had the run', async () => {
    const { say, conversation, comments, bodies } = issue();
    say([wanted('live', 'a')]);
    await conversation.settled(where);
    const [live] = comments;
    if (live !== undefined) comments.push({ ...live, id: 2, body: wanted('prompt-p1', 'asks').body });
    say([wanted('live', 'b'), wanted('prompt-p1', 'answered')], { epoch: 3 });
    await conversation.settled(where);
    expect(bodies()).toEqual(['b', 'answered']);
  });

  it('finds its comments though this clock has been put right since the run was asked for', async () => {
    const { say, conversation, comments, bodies } = issue();
    const at = '2026-11-22T00:45:00Z';
    const bot = { id: 1, login: 'changeover[bot]', type: 'Bot' };
    comments.push({ id: 1, body: wanted('live', 'a').body, author: bot, app: 7001, createdAt: at, updatedAt: at });
    say([wanted('live', 'b')], { epoch: 2, requestedAt: '2026-11-22T02:45:00.000Z' });
    await conversation.settled(where);
    expect(bodies()).toEqual(['b']);
  });

  it('says nothing more once it is closed', async () => {
    const { say, conversation, calls, fail } = issue();
    fail(refusal(503), 3);
    say([wanted('live', 'a')]);
    await new Promise((resolve) => setImmediate(resolve));
    conversation.close();
    await conversation.settled(where);
    say([wanted('live', 'b')]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(calls()).toEqual(['create']);
  });
});
