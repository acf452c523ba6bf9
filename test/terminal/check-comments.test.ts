import { describe, expect, it } from '@jest/globals';
import { view } from '../../src/engine/view.ts';
import { hashOf, lineOf } from '../../src/run/chain.ts';
import { checkComments, type ReadThread, type RunRecord } from '../../src/terminal/check-comments.ts';
import { onlyTerminalsFrom } from '../../src/terminal/worker-name.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { jumpingClock } from '../github/fake-time.ts';
import { allWell, failingRestore, pryvPlan } from '../thread/pryv.ts';
import { Story } from '../thread/story.ts';

const ended = new Story(pryvPlan(), 'apply', allWell).play();
const posted = (story: Story, events = story.events.length) => {
  const state = story.states[events - 1] ?? story.state;
  return commentsOf(state, view).map(({ body }, index) => ({ url: `#${String(index)}`, body }));
};
const recordOf = ({ events, state }: Story): RunRecord => ({
  state,
  events,
  hashes: events.map((event) => hashOf(lineOf(event))),
});

/** What the thread holds at each look; the last of it stays. */
function looks(...threads: readonly ReturnType<typeof posted>[]): ReadThread & { readonly count: () => number } {
  let count = 0;
  const look: ReadThread = () => {
    count += 1;
    const comments = threads[count - 1] ?? threads.at(-1) ?? [];
    return Promise.resolve({ kind: 'read', comments });
  };
  return Object.assign(look, { count: () => count });
}

const check = (story: Story, thread: ReadThread, at = story.state.lastAt) =>
  checkComments(story.state, thread, () => Promise.resolve(recordOf(story)), jumpingClock(at));

describe('words that are still on their way', () => {
  it('are looked for again, for a while after the event', async () => {
    const thread = looks(posted(ended, 5), posted(ended).slice(0, -1), posted(ended));
    expect(await check(ended, thread)).toEqual({ count: 3, broken: [], notes: [] });
    expect(thread.count()).toBe(3);
  });

  it('are missed in the end', async () => {
    const thread = looks(posted(ended).slice(0, -1));
    expect(await check(ended, thread)).toEqual({
      count: 2,
      broken: [expect.stringContaining('the end comment is not in the thread')],
      notes: [],
    });
    expect(thread.count()).toBe(5);
  });

  it('are not waited for when the event is long ago, nor where something was changed beyond doubt', async () => {
    const old = looks(posted(ended).slice(0, -1));
    await check(ended, old, '2026-11-23T06:00:00.000Z');
    expect(old.count()).toBe(1);
    const [live, ...others] = posted(ended);
    const forged = looks([{ url: '#', body: `${live?.body ?? ''} well` }, ...others.slice(0, -1)]);
    expect((await check(ended, forged)).broken).toHaveLength(2);
    expect(forged.count()).toBe(1);
  });
});

describe('a thread that cannot be read', () => {
  it('is told with its place, and nothing is said of its comments', async () => {
    const thread: ReadThread = () => Promise.resolve({ kind: 'not_read', why: 'GITHUB_TOKEN is not set' });
    expect(await check(ended, thread)).toEqual({
      broken: [],
      notes: [
        {
          about: 'the comments in acme/ops#1',
          text: 'The comments in acme/ops#1 were not compared: GITHUB_TOKEN is not set.',
        },
      ],
    });
  });
});

describe('a run that went over to a terminal', () => {
  it('has nothing to say in its issue from then on, until another worker takes it', () => {
    const story = new Story(pryvPlan(), 'apply', failingRestore).play();
    expect(onlyTerminalsFrom(story.events)).toBeUndefined();
    story.add({ type: 'run_started', worker: 'cli ops-1 7', epoch: 2 });
    story.add({ type: 'run_started', worker: 'cli ops-1 8', epoch: 3 });
    expect(onlyTerminalsFrom(story.events)).toBe(story.events.length - 1);
    story.add({ type: 'run_started', worker: 'server ops-1 9', epoch: 4 });
    expect(onlyTerminalsFrom(story.events)).toBeUndefined();
  });
});
