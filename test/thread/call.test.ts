import { expect, it } from '@jest/globals';
import { actionNamed } from '../../src/actions/index.ts';
import { parseInventory } from '../../src/language/inventory.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { explainPage } from '../../src/thread/explain.ts';
import { progressLines } from '../../src/thread/terminal-progress.ts';
import { planText } from '../../src/thread/terminal-plan.ts';
import type { RunState } from '../../src/run/types.ts';
import { calleesOf, planned, readProcedure } from '../plan/calling.ts';
import { expectGolden } from './golden.ts';
import { finished, Story, type World } from './story.ts';

const INVENTORY = `
hosts:
  web1: {address: a, user: ops}
  web2: {address: b, user: ops, vars: {unit: nginx-old}}
`;

const CALLER = `
description: Bring the web servers to a release
params: {release: {pattern: '[0-9.]+', description: as in the name of its folder}}
hosts: [web1, web2]
facts: {now: readlink /srv/app}
steps:
  - id: stop
    name: Stop all that writes
    when: facts.now != params.release
    call: {procedure: web/stop, with: {grace: 5, why: 'release \${{ params.release }}'}}
  - id: switch
    run: ln -sfn "/srv/app-$release" /srv/app
    on_rollback: {run: ln -sfn /srv/app-old /srv/app}
  - id: check
    call: web/check
`;

const STOP = `
description: Stop the web servers gently
params: {grace: {type: int}, why: {default: nothing said}}
hosts: [web1, web2]
vars: {unit: nginx}
facts: {busy: {run: 'pgrep worker', type: bool}}
steps:
  - {id: tell, comment: 'It stops: \${{ params.why }}.'}
  - id: drain
    name: Let nobody in
    run: drain "$unit" "$grace"
    on_rollback: [{run: undrain "$unit"}]
  - id: config
    file: {path: /etc/web/closed, content: '\${{ params.why }}'}
  - id: sure
    call: web/check
rollback:
  - {id: open, name: Everybody gets in, assert: facts.busy}
`;

const CHECK = `
description: See that it answers
hosts: [web1, web2]
steps:
  - {id: answers, wait_for: {run: curl localhost}, timeout: 30s}
`;

const callees = { 'web/stop': STOP, 'web/check': CHECK };
const plan = planned({ caller: CALLER, callees, params: { release: '2.4' }, inventory: INVENTORY });

const world: World = {
  factsOn: (host) => ({ now: { value: host === 'web1' ? '2.3' : '2.4' }, busy: { value: true } }),
  condition: () => ({ exit_code: 0, stdout: '', stderr: '' }),
  job: ({ step, phase }) =>
    step === 'stop/config' && phase === 'apply'
      ? { report: finished('failed', 40, { bytes: { out: 0, err: 9 } }), stderr: { text: 'no space\n' } }
      : undefined,
};

const body = (state: RunState, kind: string): string =>
  commentsOf(state, {}).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';

it('a call reads as its steps, named after it, in the thread and in a terminal', () => {
  const look = new Story(plan, 'dryrun', world).play();
  const run = new Story(plan, 'apply', world).play();
  expect([look.state.status, run.state.status]).toEqual(['succeeded', 'waiting']);
  const asked = [body(run.state, 'live'), body(run.state, 'prompt-p1')];
  run.decide('rollback');
  run.play();
  expect(run.state.status).toBe('rolled_back');
  const terminal = run.events.flatMap((event, at) => progressLines(event, run.states[at]!)).join('\n');
  expectGolden(
    'call.md',
    [
      body(look.state, 'live'),
      ...asked,
      body(run.state, 'end'),
      `\`\`\`text\n${planText(look.state)}\n\`\`\``,
      `\`\`\`text\n${terminal}\n\`\`\``,
    ].join('\n\n---\n\n'),
  );
});

it('the page of explain has the steps of called procedures in their place, and in the way back', () => {
  const inventory = parseInventory(INVENTORY, 'inventory.yml');
  if (!inventory.ok) throw new Error(JSON.stringify(inventory.problems));
  const page = explainPage({
    procedure: readProcedure(CALLER),
    inventory: inventory.value,
    callees: calleesOf(callees),
    hosts: ['web1', 'web2'],
    params: { release: '2.4' },
    byHand: (step) => actionNamed(step.action)!.byHand(step.input, step.id.replaceAll('/', '-')),
  });
  expectGolden('explain-call.md', page);
});
