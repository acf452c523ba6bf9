import { describe, expect, it } from '@jest/globals';
import { refusalText } from '../../src/run/refusal-text.ts';
import type { RunState } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { markerOf } from '../../src/thread/marker.ts';
import { prose } from '../../src/thread/markdown.ts';
import type { View } from '../../src/thread/view.ts';
import { expectGolden } from './golden.ts';
import { allWell, failingRestore, pryvPlan } from './pryv.ts';
import { Story } from './story.ts';

const view: View = {
  preview: (step) =>
    step.id === 'tree'
      ? { kind: 'diff', text: '--- /var/pryv1.6 (absent)\n+++ /var/pryv1.6 (directory, 0750)\n' }
      : step.id === 'switch'
        ? { kind: 'text', text: '/var/pryv -> /var/pryv1.5 becomes /var/pryv -> /var/pryv1.6' }
        : undefined,
};

const says = (who: string, text: string): string => `## ${who}\n\n${text}`;
const only = (state: RunState, kind: string): string =>
  commentsOf(state, view).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';

describe('a thread, from the first question to the end', () => {
  it('reads as it happened', () => {
    const look = new Story(pryvPlan(), 'dryrun', failingRestore, '20261122-5c8d', '2026-11-22T05:50:00.000Z').play();
    const run = new Story(pryvPlan(), 'apply', failingRestore).play();
    const waiting = run.state;
    const skipped = run.decide('skip');
    run.decide('rollback');
    run.play();
    const end = run.state;
    expect(end.status).toBe('rolled_back');
    const refused = skipped.ok ? '' : refusalText(waiting.run, skipped.refusal);
    expectGolden(
      'thread.md',
      [
        says('william', '/upgrade pryv 1.6 dryrun'),
        says('changeover', only(look.state, 'live')),
        says('william', '/upgrade pryv 1.6'),
        says('changeover, while it waits (this comment is edited as the run goes on)', only(waiting, 'live')),
        says('changeover', only(waiting, 'prompt-p1')),
        says('william', '/skip'),
        says('changeover', prose(refused)),
        says('william', '/rollback'),
        says('changeover, the prompt once it is answered', only(end, 'prompt-p1')),
        says('changeover, the first comment at the end', only(end, 'live')),
        says('changeover', only(end, 'end')),
      ].join('\n\n---\n\n'),
    );
  });

  it('reads well when all goes well', () => {
    const run = new Story(pryvPlan(), 'apply', allWell).play();
    expect(run.state.status).toBe('succeeded');
    expectGolden(
      'success.md',
      commentsOf(run.state, view)
        .map(({ body }) => says('changeover', body))
        .join('\n\n---\n\n'),
    );
  });

  it('shows the step at hand while it runs', () => {
    const run = new Story(pryvPlan(), 'apply', allWell).play(
      (state) => state.steps[3]?.tasks[0]?.attempts[0]?.finished !== undefined,
    );
    const during = run.states.findLast(
      (state) =>
        state.steps[3]?.tasks[0]?.attempts[0]?.startedAt !== undefined && state.steps[3].tasks[0].outcome === undefined,
    );
    expectGolden('running.md', during === undefined ? '' : only(during, 'live'));
  });

  it('says all that stands in the way before anything is touched', () => {
    const world = { ...failingRestore, facts: { free_gb: { value: 3 } } };
    const down = {
      ...world,
      preflight: () => ({
        troubles: ['no answer from pryv-1.example.org:22 in 10 s; is it up? Try: ssh ops@pryv-1.example.org'],
      }),
    };
    expectGolden(
      'blocked.md',
      [
        says('changeover, of a run', only(new Story(pryvPlan(), 'apply', world).play().state, 'live')),
        says('changeover, of a dry run', only(new Story(pryvPlan(), 'dryrun', world).play().state, 'live')),
        says('changeover, of a host that is down', only(new Story(pryvPlan(), 'apply', down).play().state, 'live')),
      ].join('\n\n---\n\n'),
    );
  });
});

describe('the comments of a run', () => {
  it('each begin with the marker by which they are looked up, and no two share one', () => {
    const run = new Story(pryvPlan(), 'apply', failingRestore).play();
    run.decide('rollback');
    run.play();
    for (const state of run.states) {
      const comments = commentsOf(state, view);
      expect(comments.map(({ body }) => markerOf(body))).toEqual(comments.map(({ marker }) => marker));
      expect(new Set(comments.map(({ marker }) => marker)).size).toBe(comments.length);
    }
  });

  it('never go away again, so that what was said can be kept in step', () => {
    const run = new Story(pryvPlan(), 'apply', failingRestore).play();
    run.decide('rollback');
    run.play();
    let before: readonly string[] = [];
    for (const state of run.states) {
      const now = commentsOf(state, view).map(({ marker }) => marker);
      expect(now).toEqual(expect.arrayContaining([...before]));
      before = now;
    }
  });

  it("call for a person only at prompts, the procedure's own words and the end", () => {
    const run = new Story(pryvPlan(), 'apply', failingRestore).play();
    const calls = (state: RunState): readonly string[] =>
      commentsOf(state, view).flatMap(({ marker, notify }) => (notify ? [/kind=(\S+)/.exec(marker)?.[1] ?? ''] : []));
    expect(calls(run.state)).toEqual(['prompt-p1']);
    run.decide('abort');
    run.play();
    expect(calls(run.state)).toEqual(['end']);
    expect(calls(new Story(pryvPlan(), 'apply', allWell).play().state)).toEqual(['say-tell', 'end']);
  });

  it('carry the head of the journal where the run stops', () => {
    const run = new Story(pryvPlan(), 'apply', failingRestore).play();
    const prompt = commentsOf(run.state, view).find(({ marker }) => marker.includes('prompt-p1'));
    expect(prompt?.body).toContain(` head=${run.state.head} `);
    run.decide('abort');
    run.play();
    expect(commentsOf(run.state, view).at(-1)?.body).toContain(` head=${run.state.head} `);
  });

  it('carry it where the one comment of a dry run or of a blocked run is its end', () => {
    const blocked = new Story(pryvPlan(), 'apply', { preflight: () => ({ troubles: ['no sudo'] }) });
    for (const story of [new Story(pryvPlan(), 'dryrun', allWell), blocked]) {
      expect(commentsOf(story.state, view).map(({ body }) => body.includes(' head='))).toEqual([false]);
      const { state } = story.play();
      expect(commentsOf(state, view).map(({ body }) => body.includes(` head=${state.head} `))).toEqual([true]);
    }
  });

  it('say that a blocked run was not started, and what to type, only when all that is in the way is known', () => {
    const world = { ...allWell, preflight: () => ({ troubles: ['no sudo'] }) };
    const { states } = new Story(pryvPlan(), 'apply', world).play();
    const blocked = states.filter((state) => state.blocked.length > 0);
    expect(blocked.map(({ endedAt }) => endedAt !== undefined)).toEqual(expect.arrayContaining([false, true]));
    for (const state of blocked) {
      const over = state.endedAt !== undefined;
      const [live, ...others] = commentsOf(state, view);
      expect(others).toEqual([]);
      expect([live?.notify, live?.body.includes('was not started'), live?.body.includes('type it again')]).toEqual([
        over,
        over,
        over,
      ]);
    }
  });

  it('find no marker in what a program printed', () => {
    expect(markerOf('text\n<!-- changeover:run=20261122-7k3f kind=end -->')).toBeUndefined();
  });
});
