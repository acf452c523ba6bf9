import { expect, it } from '@jest/globals';
import type { PlanStep } from '../../src/plan/types.ts';
import type { RunState } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { fence } from '../../src/thread/markdown.ts';
import { progressLines } from '../../src/thread/terminal-progress.ts';
import { promptText } from '../../src/thread/terminal-prompt.ts';
import { runStatusText } from '../../src/thread/terminal-status.ts';
import { planText } from '../../src/thread/terminal-plan.ts';
import { expectGolden } from './golden.ts';
import { job, pryvPlan, step } from './pryv.ts';
import { finished, Story, type World } from './story.ts';

const sh = (text: string) => ({ shell: 'sh', text }) as const;
const said = { action: 'comment', readOnly: true } as const;
const goesOn = { onFailure: 'continue' } as const;

const STEPS: readonly PlanStep[] = [
  step('page', 'Put up the maintenance page', job(sh('page on\n')), {
    undo: { kind: 'leave', reason: 'it is taken down at the end in any case' },
  }),
  step('stop', 'Stop the services', job(sh('stop\n'), { undo: sh('start\n') }), { undo: { kind: 'self' } }),
  step('restore', 'Restore the dump', job(sh('restore\n'), { undo: sh('drop\n') }), { undo: { kind: 'self' } }),
];
const LISTS = {
  rollback: [
    step('answers', 'The old version answers', { kind: 'check', holds: { expr: 'facts.answers' } }, { readOnly: true }),
    step('tell-back', 'Say that it was taken back', { kind: 'say', text: { lit: 'The old version is back.' } }, said),
  ],
  always: [
    step('page-down', 'Take down the maintenance page', job(sh('page off\n')), goesOn),
    step(
      'tell-end',
      'Say that it is over',
      { kind: 'say', text: { lit: '@acme/support: it is over.' } },
      {
        ...said,
        ...goesOn,
      },
    ),
  ],
};

const says = (who: string, text: string): string => `## ${who}\n\n${text}`;
const only = (state: RunState, kind: string): string =>
  commentsOf(state, {}).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';
const story = (mode: 'apply' | 'dryrun', world: World): Story => new Story(pryvPlan(LISTS, STEPS), mode, world);
const lines = (run: Story): string =>
  run.events.flatMap((event, index) => progressLines(event, run.states[index] ?? run.state)).join('\n');

it('a rollback with what follows it, and what is always done, read as they happened', () => {
  const facts = { answers: { value: false } };
  const world: { -readonly [K in keyof World]: World[K] } = {
    facts,
    job: ({ step: id, phase }) =>
      id === 'restore' && phase === 'apply'
        ? { report: finished('failed', 2_300), stderr: { text: 'no space left\n' } }
        : undefined,
  };
  const look = story('dryrun', { facts: { answers: { value: true } } }).play();
  const run = story('apply', world).play();
  const stopped = run.state;
  run.decide('rollback');
  run.play();
  const asks = run.state;
  world.facts = { answers: { value: true } };
  run.decide('retry');
  run.play(({ ending }) => ending !== undefined);
  const ending = run.state;
  run.play();
  const end = run.state;
  expect(end.status).toBe('rolled_back');
  expectGolden(
    'endings.md',
    [
      says('changeover, a dry run', only(look.state, 'live')),
      says('changeover, where it stopped', only(stopped, 'live')),
      says('changeover', only(stopped, 'prompt-p1')),
      says('william', '/rollback'),
      says('changeover, where the old version does not answer', only(asks, 'prompt-p2')),
      says('william', '/retry'),
      says('changeover, as it comes to its end', only(ending, 'live')),
      says('changeover', only(end, 'say-tell-back')),
      says('changeover', only(end, 'say-tell-end')),
      says('changeover, at the end', only(end, 'live')),
      says('changeover', only(end, 'end')),
    ].join('\n\n---\n\n'),
  );
  const [prompt] = stopped.prompts;
  if (prompt === undefined) throw new Error('it does not ask');
  expectGolden(
    'terminal-endings.txt',
    [planText(look.state), promptText(stopped, prompt), lines(run), runStatusText(end)].join('\n\n----\n\n'),
  );
});

it('the end of a run that succeeds, or is aborted, with what is always done', () => {
  const good = story('apply', {}).play();
  expect(good.state.status).toBe('succeeded');
  const bad = story('apply', {
    job: ({ step: id }) =>
      id === 'page-down' ? { report: finished('failed', 120), stderr: { text: 'page: no such file\n' } } : undefined,
  }).play();
  expect(bad.state.status).toBe('failed');
  const aborted = story('apply', {
    job: ({ step: id }) => (id === 'stop' ? { report: finished('failed', 900) } : undefined),
  }).play();
  aborted.decide('abort');
  aborted.play();
  expect(aborted.state.status).toBe('aborted');
  expectGolden(
    'endings-others.md',
    [
      says('changeover, where all went well', only(good.state, 'live')),
      says('changeover', only(good.state, 'end')),
      says('changeover, where only the end did not', only(bad.state, 'live')),
      says('changeover', only(bad.state, 'end')),
      says('changeover, where it was aborted', only(aborted.state, 'prompt-p1')),
      says('changeover', only(aborted.state, 'end')),
      says('a terminal', fence([lines(bad), lines(aborted)].join('\n\n----\n\n'))),
    ].join('\n\n---\n\n'),
  );
});
