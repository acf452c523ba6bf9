import { expect, it } from '@jest/globals';
import { withPreflight } from '../../src/plan/preflight-steps.ts';
import type { FactValue, RunState } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { progressLines } from '../../src/thread/terminal-progress.ts';
import { planText } from '../../src/thread/terminal-plan.ts';
import { expectGolden } from './golden.ts';
import { job, pryvPlan, step } from './pryv.ts';
import { sh } from '../run/plans.ts';
import { finished, Story } from './story.ts';

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
const handover = step('handover', 'handover', job(sh('true')), { hosts: ['thermals'] });
const steps = withPreflight(
  [
    handover,
    step('roles', 'Who does what', { kind: 'expect', table: table('production') }, box),
    step('again', 'again', { kind: 'expect', table: table('none') }, box),
  ],
  new Set(['again']),
);
const plan = pryvPlan({ hosts }, steps);
const agreeing = { kind: 'expect', table: table('none') } as const;
const world = {
  facts: {
    function: { value: 'none' },
    release: { value: 'f29' },
    boxes: { value: 3 },
    'thurst boxes': { value: 3 },
  },
};
const byHand = step(
  'validate',
  'Validate by hand',
  { kind: 'ask', how: 'manual', unlock: true, text: { lit: 'Test it.' } },
  { action: 'manual', hosts: ['thermals'], undo: { kind: 'leave', reason: 'it was by hand' } },
);
const tablesIn = (text: string): string =>
  text.slice(text.search(/^(?:<details><summary>)?Step 1, /m), text.indexOf('<details><summary>What was planned'));
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

it('a table that is looked at again, as others could have had the hosts, stands beside what it found in its turn', () => {
  const now = { facts: { ...world.facts } as Readonly<Record<string, FactValue>> };
  const start = step('start', 'The starting point', agreeing, box);
  const run = new Story(pryvPlan({ hosts }, [start, handover, byHand]), 'apply', now).play();
  const before = body(run.state, 'live');
  now.facts = { ...world.facts, function: { value: 'both' } };
  run.decide('continue');
  run.play();
  const differs = body(run.state, 'live');
  now.facts = { ...world.facts, boxes: { value: 4 }, 'thurst boxes': { value: 4 } };
  run.decide('retry');
  const looking = body(run.state, 'live');
  run.play();
  expect(run.state.status).toBe('succeeded');
  expect(tablesIn(looking)).toBe(tablesIn(before));
  expectGolden('expect-again.md', [before, differs, body(run.state, 'live')].map(tablesIn).join('---\n\n'));
});

it('tables for which there is no room are counted, and those that differ are shown first of all', () => {
  const wrong = step('wrong', 'Wrong', { kind: 'expect', table: table('production') }, box);
  const looks = Array.from({ length: 42 }, (_, index) => ({ ...wrong, id: `look-${String(index)}`, work: agreeing }));
  const plan = pryvPlan({ hosts }, [handover, { ...wrong, onFailure: 'continue' }, ...looks]);
  const { state } = new Story(plan, 'apply', world).play();
  const text = body(state, 'live');
  expect(text.split('| host | fact | wanted | found |')).toHaveLength(1 + 40);
  expect(text).toContain('Step 2, Wrong (`wrong`), wanted beside found:');
  expect(text).toContain("\n\n3 tables more are not shown here; what was found stands in the run's record.\n\n");
});

it('tables stay where long outputs leave a comment little room', () => {
  const looks = Array.from({ length: 34 }, (_, index) => step(`look-${String(index)}`, 'Look', agreeing, box));
  const jobs = looks.map((_, index) => ({ ...handover, id: `job-${String(index)}` }));
  const prints = { report: finished('done', 800), stdout: { text: 'a line of many\n'.repeat(400) } };
  const plan = pryvPlan({ hosts }, [...looks, ...jobs]);
  const { state } = new Story(plan, 'apply', { ...world, job: () => prints }).play();
  const text = body(state, 'live');
  expect(text).toMatch(/The output of \d+ more is not shown here/);
  expect(text.split('| host | fact | wanted | found |')).toHaveLength(1 + 34);
});

it('an answered prompt shows the table that it was about, whatever was found since', () => {
  const now = { facts: world.facts as Readonly<Record<string, FactValue>> };
  const run = new Story(plan, 'apply', now).play();
  now.facts = { ...world.facts, function: { value: 'production' } };
  run.decide('retry');
  run.play();
  expect(body(run.state, 'live')).toContain('`production` | ✅ `production`');
  const prompt = body(run.state, 'prompt-p1');
  expect(prompt).toContain('`production` | ❌ `none`');
  expect(prompt).not.toContain('✅ `production`');
});
