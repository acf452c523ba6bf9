import { describe, expect, it } from '@jest/globals';
import { hashOf, lineOf } from '../../src/run/chain.ts';
import type { RunEvent } from '../../src/run/types.ts';
import { checkThread, type ThreadChecked } from '../../src/thread/check-thread.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { markedBody, readMarked } from '../../src/thread/marker.ts';
import { allWell, failingRestore, pryvPlan } from './pryv.ts';
import { Story } from './story.ts';

/** The comments as the bot has posted them, by what they are. */
type Thread = Record<string, string>;

const postedOf = (story: Story, events = story.events.length): Thread =>
  Object.fromEntries(commentsOf(stateAt(story, events), {}).map(({ body }) => [readMarked(body)?.kind ?? '', body]));

const stateAt = (story: Story, events: number): Story['state'] => {
  const state = story.states[events - 1];
  if (state === undefined) throw new Error(`The story has no event ${String(events)}.`);
  return state;
};

const check = (story: Story, thread: Thread | readonly string[], events = story.events.length, unsaid?: number) =>
  checkThread(
    { state: stateAt(story, events), hashes: hashes(story.events.slice(0, events)) },
    Object.values(thread).map((body, index) => ({ url: `https://example.org/#${String(index + 1)}`, body })),
    {},
    unsaid,
  );

const hashes = (events: readonly RunEvent[]): readonly string[] => events.map((event) => hashOf(lineOf(event)));

const INTACT: Omit<ThreadChecked, 'count'> = { broken: [], late: [], notes: [] };

/** A run that asked once, was rolled back, and is told. */
function rolledBack(): { readonly story: Story; readonly thread: Thread } {
  const story = new Story(pryvPlan(), 'apply', failingRestore).play();
  story.decide('rollback');
  story.play();
  return { story, thread: postedOf(story) };
}

const edited = (body = ''): string => body.replace(/failed|rolled back/, 'went well');

/** An edit by somebody who knows how comments are marked. */
function redone(body = '', change: (text: string) => string = edited): string {
  const { run, kind, head, text } = readMarked(body) ?? { run: '', kind: 'live', head: undefined, text: '' };
  const known = (['live', 'end', 'approval'] as const).find((each) => each === kind) ?? 'prompt-p1';
  return markedBody(run, known, head, change(text));
}

describe('comments that are as the record has them', () => {
  it('are counted, at every moment of a run, of a dry run and of one that is blocked', () => {
    const blocked = new Story(pryvPlan(), 'apply', { preflight: () => ({ troubles: ['no sudo'] }) }).play();
    const stories = [
      rolledBack().story,
      new Story(pryvPlan(), 'apply', allWell).play(),
      new Story(pryvPlan(), 'dryrun', allWell).play(),
      blocked,
    ];
    for (const story of stories) {
      for (let events = 1; events <= story.events.length; events += 1) {
        const thread = postedOf(story, events);
        expect(check(story, thread, events)).toEqual({ ...INTACT, count: Object.keys(thread).length });
      }
    }
  });

  it('may be behind while the run is at work', () => {
    const story = new Story(pryvPlan(), 'apply', allWell).play();
    const working = story.states.findLastIndex(({ status }) => status === 'running') + 1;
    expect(
      check(story, { ...postedOf(story, working), live: postedOf(story, 3)['live'] ?? '' }, working),
    ).toMatchObject(INTACT);
  });

  it('may have been given other line ends by a browser', () => {
    const { story, thread } = rolledBack();
    const other = Object.fromEntries(
      Object.entries(thread).map(([kind, body]) => [kind, `${body.replaceAll('\n', '\r\n')}\r\n`]),
    );
    expect(check(story, other)).toEqual({ ...INTACT, count: 3 });
  });

  it('may stand there twice, where a post was repeated, the second one never edited again', () => {
    const { story, thread } = rolledBack();
    const asked = story.states.findIndex(({ status }) => status === 'waiting') + 1;
    const doubled = [...Object.values(thread), postedOf(story, asked)['prompt-p1'] ?? ''];
    expect(check(story, doubled)).toEqual({ ...INTACT, count: 3 });
  });

  it('are of no other run, and answers to comments are none of them', () => {
    const { story, thread } = rolledBack();
    const other = new Story(pryvPlan(), 'apply', allWell, '20261122-5c8d').play();
    const all = [...Object.values(postedOf(other)), '<!-- changeover:reply=7 -->\nNo.', ...Object.values(thread)];
    expect(check(story, all)).toEqual({ ...INTACT, count: 3 });
  });
});

describe('a comment that somebody changed', () => {
  it('is named with its address: its text is not the one that was posted', () => {
    const { story, thread } = rolledBack();
    for (const kind of ['live', 'prompt-p1', 'end']) {
      const { broken, late, count } = check(story, { ...thread, [kind]: edited(thread[kind]) });
      expect([count, late, broken]).toEqual([
        2,
        [],
        [expect.stringMatching(/^the (live comment|prompt p1|end comment) \(https:.*\) was edited: its text is not/)],
      ]);
    }
  });

  it('is so wherever the text stands, on the line of the marker too', () => {
    const { story, thread } = rolledBack();
    const { end = '' } = thread;
    for (const body of [end.replace(' -->', ' --> All is well.'), `${end}\nAll is well.`, end.slice(0, -20)]) {
      expect(check(story, { ...thread, end: body }).broken).toEqual([expect.stringContaining('was edited')]);
    }
  });

  it('without its first line, or put behind other words, is none any more', () => {
    const { story, thread } = rolledBack();
    for (const body of [thread['end']?.replace(/^.*\n/, '') ?? '', `So:\n${thread['end'] ?? ''}`]) {
      expect(check(story, { ...thread, end: body })).toMatchObject({
        broken: [],
        late: [expect.stringMatching(/^the end comment is not in the thread/)],
      });
    }
  });

  it('is named by the hash that it carries, or lacks', () => {
    const { story, thread } = rolledBack();
    const [first = ''] = hashes(story.events);
    const last = hashes(story.events).at(-1) ?? '';
    const other = check(story, { ...thread, end: thread['end']?.replace(`head=${last}`, `head=${first}`) ?? '' });
    expect(other.broken).toEqual([
      expect.stringContaining(`carries the hash of event 1, and stands for event ${String(story.events.length)}`),
    ]);
    const invented = check(story, { ...thread, end: thread['end']?.replace(last, 'a'.repeat(64)) ?? '' });
    expect(invented.broken).toEqual([expect.stringContaining(`names event ${'a'.repeat(64)}`)]);
    const without = check(story, { ...thread, end: thread['end']?.replace(`head=${last} `, '') ?? '' });
    expect(without.late).toEqual([expect.stringContaining('carries no hash')]);
  });

  it('with its digest gone is known by its words alone', () => {
    const { story, thread } = rolledBack();
    const without = (body = ''): string => body.replace(/ text=[0-9a-f]+/, '');
    expect(check(story, { ...thread, end: without(thread['end']) })).toMatchObject({ ...INTACT, count: 3 });
    expect(check(story, { ...thread, end: edited(without(thread['end'])) }).late).toEqual([
      expect.stringContaining('was edited: neither'),
    ]);
  });

  it('with its digest made anew cannot be told from one that another version wrote: that is said, not guessed', () => {
    const { story, thread } = rolledBack();
    for (const kind of ['live', 'prompt-p1', 'end']) {
      const { broken, late, notes } = check(story, { ...thread, [kind]: redone(thread[kind]) });
      expect([broken, late, notes]).toEqual([
        [],
        [],
        [{ about: expect.any(String), text: expect.stringContaining('another version wrote them') }],
      ]);
    }
  });

  it('that is open still, while the run waits, is held to the words of this moment', () => {
    const paused = new Story(pryvPlan(), 'apply', allWell).play(({ steps }) => steps[2]?.status === 'open');
    paused.decide('pause');
    const environment = { name: 'production', approvals: { by: ['maintain'], count: 1 } } as const;
    const stories = {
      waiting: new Story(pryvPlan(), 'apply', failingRestore).play(),
      paused: paused.play(),
      awaiting_approval: new Story(pryvPlan({ environment }), 'apply', allWell).play(),
    };
    for (const [status, story] of Object.entries(stories)) {
      const thread = postedOf(story);
      const kinds = Object.keys(thread);
      expect([status, kinds]).toEqual([story.state.status, ['live', expect.stringMatching(/^(prompt-p1|approval)$/)]]);
      for (const kind of kinds) {
        const { count, notes } = check(story, {
          ...thread,
          [kind]: redone(thread[kind], (text) => `${text} So it is.`),
        });
        expect([status, kind, count, notes]).toEqual([status, kind, 1, [expect.anything()]]);
      }
    }
  });
});

describe('a comment that is not there', () => {
  it('is named', () => {
    const { story, thread } = rolledBack();
    for (const [kind, body] of Object.entries(thread)) {
      const { broken, late, count } = check(
        story,
        Object.values(thread).filter((each) => each !== body),
      );
      expect([kind, count, broken, late]).toEqual([kind, 2, [], [expect.stringContaining('is not in the thread')]]);
    }
  });

  it('is not missed from when on only a terminal had the run', () => {
    const { story, thread } = rolledBack();
    const asked = story.events.findIndex(({ type }) => type === 'prompt_opened') + 1;
    const { live = '', 'prompt-p1': prompt = '' } = thread;
    expect(check(story, [live, prompt], story.events.length, asked + 1)).toMatchObject({
      late: [],
      notes: [{ about: 'the end comment', text: expect.stringContaining('a terminal had the run then') }],
    });
    expect(check(story, [live], story.events.length, asked + 1).late).toEqual([
      expect.stringContaining('the prompt p1 is not in the thread'),
    ]);
  });
});

describe('a journal whose last events were cut off', () => {
  it('is known by every comment that tells of them', () => {
    const { story, thread } = rolledBack();
    const asked = story.events.findIndex(({ type }) => type === 'prompt_opened') + 1;
    const end = hashes(story.events).at(-1) ?? '';
    expect(check(story, thread, story.events.length - 1).broken).toEqual([
      expect.stringMatching(
        new RegExp(`^the end comment \\(.*\\) names event ${end}, which this journal does not have`),
      ),
    ]);
    expect(check(story, thread, asked - 1).broken).toEqual([
      expect.stringContaining('the prompt p1'),
      expect.stringContaining('the end comment'),
    ]);
  });

  it('is known by the words of a step, and by the one comment of a dry run', () => {
    const told = new Story(pryvPlan(), 'apply', allWell).play();
    const said = told.states.findIndex((state) => commentsOf(state, {}).length > 1);
    expect(check(told, postedOf(told), said).broken).toEqual(
      expect.arrayContaining([expect.stringMatching(/^the comment of step tell .* tells of something/)]),
    );
    const look = new Story(pryvPlan(), 'dryrun', allWell).play();
    expect(check(look, postedOf(look), look.events.length - 1).broken).toEqual([
      expect.stringMatching(/^the live comment .* names event/),
    ]);
  });

  it('is known where it was chained anew', () => {
    const { story } = rolledBack();
    const again = new Story(pryvPlan(), 'apply', failingRestore, undefined, '2026-11-22T05:58:00.001Z').play();
    again.decide('rollback');
    again.play();
    expect(check(again, postedOf(story)).broken).toEqual([
      expect.stringMatching(/^the prompt p1 .* names event/),
      expect.stringMatching(/^the end comment .* names event/),
    ]);
  });
});
