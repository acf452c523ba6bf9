import { expect, it } from '@jest/globals';
import { withPreflight } from '../../src/plan/preflight-steps.ts';
import type { RunState } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { progressLines } from '../../src/thread/terminal-progress.ts';
import { planText } from '../../src/thread/terminal-plan.ts';
import { expectGolden } from './golden.ts';
import { job, pryvPlan, step } from './pryv.ts';
import { sh } from '../run/plans.ts';
import { Story } from './story.ts';

const hosts = ['thurst', 'thermals'].map((name) => ({ name, address: name, port: 22, user: 'ops', vars: {} }));
const table = (production: string) => ({
  thurst: { function: { lit: 'none' }, release: { any: true } as const },
  thermals: {
    function: { lit: production },
    release: { lit: 'f29' },
    boxes: { expr: '${{ hosts.thurst.facts.boxes }}' },
  },
});
const box = { action: 'expect', hosts: ['thurst', 'thermals'] };
const steps = withPreflight(
  [
    step('handover', 'handover', job(sh('true')), { hosts: ['thermals'] }),
    step('roles', 'Who does what', { kind: 'expect', table: table('production') }, box),
    step('again', 'again', { kind: 'expect', table: table('none') }, box),
  ],
  new Set(['again']),
);
const plan = pryvPlan({ hosts }, steps);
const world = {
  facts: {
    function: { value: 'none' },
    release: { value: 'f29' },
    boxes: { value: 3 },
    'thurst boxes': { value: 3 },
  },
};
const body = (state: RunState, kind: string): string =>
  commentsOf(state, {}).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';
const terminal = (story: Story): string =>
  story.events.flatMap((event, at) => progressLines(event, story.states[at]!)).join('\n');

it('a table reads wanted beside found, in the thread, in a dry run and in a terminal', () => {
  const look = new Story(plan, 'dryrun', world).play();
  const run = new Story(plan, 'apply', world).play();
  const wrong = {
    facts: { ...world.facts, function: { value: 'pro|duction' }, 'thurst boxes': { trouble: 'it printed `"x"`' } },
  };
  const blocked = new Story(plan, 'apply', wrong).play();
  expect([look.state.status, run.state.status, blocked.state.status]).toEqual(['succeeded', 'waiting', 'failed']);
  expectGolden(
    'expect.md',
    [
      body(look.state, 'live'),
      body(run.state, 'live'),
      body(run.state, 'prompt-p1'),
      body(blocked.state, 'live'),
      `\`\`\`text\n${planText(look.state)}\n\`\`\``,
      `\`\`\`text\n${terminal(run)}\n\`\`\``,
    ].join('\n\n---\n\n'),
  );
});
