import { expect, it } from '@jest/globals';
import type { PlanStep } from '../../src/plan/types.ts';
import { refusalText } from '../../src/run/refusal-text.ts';
import type { Actor, RunState } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { fence, prose } from '../../src/thread/markdown.ts';
import { progressLines } from '../../src/thread/terminal-progress.ts';
import { runStatusText } from '../../src/thread/terminal-status.ts';
import { planText } from '../../src/thread/terminal-plan.ts';
import { expectGolden } from './golden.ts';
import { job, pryvPlan, step } from './pryv.ts';
import { Story, william, type World } from './story.ts';

const sh = (text: string) => ({ shell: 'sh', text }) as const;
const again = step('validate/undo-1', 'Call the pilots off', {
  ...{ kind: 'ask', how: 'manual', text: { lit: 'Tell the **pilots** that the old version is back.' } },
});

const STEPS: readonly PlanStep[] = [
  step('room', 'Is there room', { kind: 'check', holds: { expr: 'facts.free_gb >= 20' } }, { readOnly: true }),
  step('stop', 'Stop the services', job(sh('stop\n'), { undo: sh('start\n') }), { undo: { kind: 'self' } }),
  step(
    'validate',
    'Validate by hand',
    {
      ...{ kind: 'ask', how: 'manual', unlock: true },
      text: { expr: 'Log in as *pilot* and look for `version` ${{ params.version }}; ask @acme/pilots.' },
    },
    { action: 'manual', undo: { kind: 'steps', steps: [again] } },
  ),
  step('start', 'Start the services', job(sh('start\n')), { undo: { kind: 'leave', reason: 'they may run' } }),
];

const says = (who: string, text: string): string => `## ${who}\n\n${text}`;
const only = (state: RunState, kind: string): string =>
  commentsOf(state, {}).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';

const AGREED: readonly PlanStep[] = [
  step('stop', 'Stop the services', job(sh('stop\n'), { undo: sh('start\n') }), { undo: { kind: 'self' } }),
  step(
    'agree',
    'Agree on the switch',
    { kind: 'ask', how: 'approve', by: ['maintain', 'rita'], count: 2 },
    { action: 'approve', readOnly: true },
  ),
];
const rita: Actor = { kind: 'github', id: 9, login: 'rita', right: 'read' };
const olivia: Actor = { kind: 'github', id: 7, login: 'olivia', right: 'admin' };

it('an approval reads as it happened', () => {
  const look = new Story(pryvPlan({}, AGREED), 'dryrun', {}).play();
  const run = new Story(pryvPlan({}, AGREED), 'apply', {}).play();
  const waiting = run.state;
  const refused = [run.approve('3f2a9c1d', william), run.approve('deadbeef', rita), run.approve('', rita)];
  run.approve('3f2a9c1d', rita);
  const half = run.state;
  refused.push(run.approve('3f2a9c1d', rita), run.decide('skip'));
  run.approve('3f2a9c1d7e8b', olivia);
  run.play();
  const end = run.state;
  expect(end.status).toBe('succeeded');
  const texts = refused.map((each) => (each.ok ? '' : refusalText(each.run, each.refusal)));
  const lines = run.events.flatMap((event, index) => progressLines(event, run.states[index] ?? end));
  expectGolden(
    'approval.md',
    [
      says('changeover, a dry run', only(look.state, 'live')),
      says('changeover, while it waits', only(waiting, 'live')),
      says('changeover', only(waiting, 'prompt-p1')),
      says(
        'changeover, what it says to those whose approval does not count',
        texts.map((text) => prose(text)).join('\n\n'),
      ),
      says('changeover, once rita has approved', only(half, 'prompt-p1')),
      says('changeover, once olivia has', only(end, 'prompt-p1')),
      says('changeover, at the end', only(end, 'live')),
      says('a terminal', fence([planText(look.state), runStatusText(half), lines.join('\n')].join('\n\n----\n\n'))),
    ].join('\n\n---\n\n'),
  );
});

it('a step that is done by hand reads as it happened', () => {
  const facts = { free_gb: { value: 40 } };
  const look = new Story(pryvPlan({}, STEPS), 'dryrun', { facts }).play();
  const world: { -readonly [K in keyof World]: World[K] } = { facts };
  const run = new Story(pryvPlan({}, STEPS), 'apply', world).play();
  const waiting = run.state;
  world.facts = { free_gb: { value: 3 } };
  run.decide('continue');
  run.play();
  const found = run.state;
  world.facts = facts;
  run.decide('rollback');
  run.play();
  const undoing = run.state;
  run.decide('continue');
  run.play();
  const end = run.state;
  expect(end.status).toBe('rolled_back');
  const good = new Story(pryvPlan({}, STEPS), 'apply', { facts }).play();
  good.decide('continue');
  good.play();
  expectGolden(
    'asking.md',
    [
      says('changeover, a dry run', only(look.state, 'live')),
      says('changeover, while it waits', only(waiting, 'live')),
      says('changeover', only(waiting, 'prompt-p1')),
      says('william', '/continue'),
      says('changeover, the prompt once it is answered', only(found, 'prompt-p1')),
      says('changeover, where a guard does not hold', only(found, 'prompt-p2')),
      says('william', '/rollback'),
      says('changeover, in the rollback', only(undoing, 'prompt-p3')),
      says('changeover, at the end', only(end, 'end')),
      says('changeover, where all went well', only(good.state, 'live')),
      says('changeover', only(good.state, 'end')),
    ].join('\n\n---\n\n'),
  );
  const lines = run.events.flatMap((event, index) => progressLines(event, run.states[index] ?? end));
  expectGolden(
    'terminal-asking.txt',
    [planText(look.state), runStatusText(waiting), runStatusText(found), lines.join('\n')].join('\n\n----\n\n'),
  );
});
