import { expect, it } from '@jest/globals';
import { lintProcedure } from '../../src/language/procedure.ts';
import type { Window } from '../../src/language/types.ts';
import { chooseEnvironment, hostsIn, inEnvironment } from '../../src/plan/environment.ts';
import type { PlanEnvironment, PlanStep } from '../../src/plan/types.ts';
import { refusalText } from '../../src/run/refusal-text.ts';
import type { Actor, RunState } from '../../src/run/types.ts';
import { actionNamed } from '../../src/actions/index.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { explainPage } from '../../src/thread/explain.ts';
import { fence, prose } from '../../src/thread/markdown.ts';
import { progressLines } from '../../src/thread/terminal-progress.ts';
import { promptText, startApprovalText } from '../../src/thread/terminal-prompt.ts';
import { runStatusText } from '../../src/thread/terminal-status.ts';
import { renderHelp, renderProcedures } from '../../src/thread/render-help.ts';
import { planText } from '../../src/thread/terminal-plan.ts';
import { inventoryOf, procedureOf } from '../plan/fixture.ts';
import { expectGolden } from './golden.ts';
import { job, pryvPlan, step } from './pryv.ts';
import { Story, william } from './story.ts';
import { expectWellFormed } from './well-formed.ts';

const sh = (text: string) => ({ shell: 'sh', text }) as const;
const rita: Actor = { kind: 'github', id: 9, login: 'rita', right: 'read' };
const olivia: Actor = { kind: 'github', id: 7, login: 'olivia', right: 'admin' };
const HOUR = 3_600_000;

const STEPS: readonly PlanStep[] = [
  step('switch', 'Switch to the new version', job(sh('ln -s …'), { undo: sh('mv …') }), { undo: { kind: 'self' } }),
  step('forget', 'Remove the old version', job(sh('rm -rf /var/pryv1.5\n')), { undo: { kind: 'irreversible' } }),
];
const WINDOW: Window = { days: ['sun', 'tue'], from: '06:00', to: '08:00', timezone: 'Europe/Paris' };
const PRODUCTION: PlanEnvironment = {
  ...{ name: 'production', approvals: { by: ['maintain', 'rita'], count: 2 } },
  requires: { environment: 'rehearsal', withinMs: 168 * HOUR },
};
const REHEARSED = { environment: 'rehearsal', run: '20261120-2b7d', at: '2026-11-20T09:12:40.000Z' };
const CLOSED =
  'the window is closed: it is open on Tue and Sun from 06:00 to 08:00 (Europe/Paris); next Tue 2026-11-24 06:00 Europe/Paris (05:00 UTC)';

const says = (who: string, text: string): string => `## ${who}\n\n${text}`;
const only = (state: RunState, kind: string): string =>
  commentsOf(state, {}).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';
const join = (...parts: readonly string[]): string => parts.join('\n\n---\n\n');

it('a run in production reads as it happened', () => {
  const made = pryvPlan({ environment: PRODUCTION, window: WINDOW }, STEPS);
  const at = '2026-11-22T05:58:00.000Z';
  const look = new Story(made, 'dryrun', {}, '20261122-5c8d', at, { rehearsed: REHEARSED }).play();
  const early = new Story(made, 'dryrun', {}, '20261122-5c8d', at, {
    not_now: [
      'production requires that the same has gone well in rehearsal at most 7 days before, and there is none',
      CLOSED,
    ],
  }).play();
  const run = new Story(made, 'apply', {}, '20261122-7k3f', at, { rehearsed: REHEARSED }).play();
  const waiting = run.state;
  const refused = [run.approve('3f2a9c1d', william), run.approve('deadbeef', rita), run.decide('retry')];
  run.approve('3f2a9c1d', rita);
  const half = run.state;
  run.approve('3f2a9c1d', olivia);
  run.play((state) => state.steps[0]?.status === 'done');
  const going = run.state;
  refused.push(run.approve('3f2a9c1d', rita));
  run.play();
  const late = new Story(made, 'apply', {}, '20261122-7k3f', at, { rehearsed: REHEARSED });
  late.approve('3f2a9c1d', rita);
  late.approve('3f2a9c1d', olivia, 2 * HOUR);
  late.play();
  const dropped = new Story(made, 'apply', {}, '20261122-7k3f', at, { rehearsed: REHEARSED });
  dropped.decide('abort', rita);
  dropped.play();
  const texts = refused.map((each) => (each.ok ? '' : refusalText(each.run, each.refusal)));
  const lines = run.events.flatMap((event, index) => progressLines(event, run.states[index] ?? run.state));
  for (const state of [look.state, waiting, half, going, run.state, late.state, dropped.state])
    for (const { body } of commentsOf(state, {})) expectWellFormed(body, ['@acme/support', '@rita', '@william']);
  expectGolden(
    'environments.md',
    join(
      says('changeover, a dry run', only(look.state, 'live')),
      says('changeover, a dry run when nothing could be started', only(early.state, 'live')),
      says('changeover, while it waits', only(waiting, 'live')),
      says('changeover', only(waiting, 'approval')),
      says('changeover, what it says to answers that do not count', texts.map((text) => prose(text)).join('\n\n')),
      says('changeover, once rita has approved', only(half, 'approval')),
      says('changeover, once olivia has', only(going, 'approval')),
      says('changeover, at the end', only(run.state, 'live')),
      says('changeover', only(run.state, 'end')),
      says('changeover, where the approval came too late', only(late.state, 'live')),
      says('changeover, where it was dropped', only(dropped.state, 'approval')),
      says('changeover', only(dropped.state, 'end')),
      says(
        'a terminal',
        fence(
          [planText(early.state), startApprovalText(half), runStatusText(half), lines.join('\n')].join('\n\n----\n\n'),
        ),
      ),
    ),
  );
});

it('a rehearsal reads as it happened, and a step that waits for the window', () => {
  const rehearsal: PlanEnvironment = { name: 'rehearsal', onSuccess: 'rollback' };
  const spared = STEPS.map((each) =>
    each.id === 'forget' ? { ...each, when: { expr: 'params.version == vars.root' } } : each,
  );
  const plan = pryvPlan({ environment: rehearsal }, spared);
  const look = new Story(plan, 'dryrun', {}).play();
  const run = new Story(plan, 'apply', {}).play((state) => state.rollback !== undefined);
  const going = run.state;
  run.play();
  expect(run.state.status).toBe('rolled_back');
  const bad = new Story(plan, 'apply', {
    job: ({ phase }) =>
      phase === 'apply'
        ? undefined
        : {
            report: {
              ...{ kind: 'finished', reached: 'apply', exitCode: 1, end: 'failed' },
              durationMs: 5,
              bytes: { out: 0, err: 0 },
              survivors: 0,
              cut: false,
            },
          },
  }).play();
  bad.decide('skip');
  bad.play();
  const lines = run.events.flatMap((event, index) => progressLines(event, run.states[index] ?? run.state));

  const held = new Story(
    pryvPlan({ window: { timezone: 'Europe/Paris', from: '06:00', to: '07:05' } }, STEPS),
    'apply',
    {
      job: () => ({
        report: {
          ...{ kind: 'finished', reached: 'apply', exitCode: 0, end: 'done' },
          durationMs: HOUR,
          bytes: { out: 0, err: 0 },
          survivors: 0,
          cut: false,
        },
      }),
    },
  ).play();
  const waits = held.state;
  const [prompt] = waits.prompts;
  if (prompt === undefined) throw new Error('nobody is asked');
  held.decide('retry');
  held.play();
  const again = held.state;
  held.decide('skip');
  held.play();
  expectGolden(
    'rehearsal.md',
    join(
      says('changeover, a dry run of the rehearsal', only(look.state, 'live')),
      says('changeover, once all went well', only(going, 'live')),
      says('changeover, at the end', only(run.state, 'live')),
      says('changeover', only(run.state, 'end')),
      says('changeover, where it could not be taken back', only(bad.state, 'end')),
      says('a terminal', fence(lines.join('\n'))),
      says('changeover, where a step waits for the window', only(waits, 'live')),
      says('changeover', only(waits, 'prompt-p1')),
      says('changeover, once it is answered', only(again, 'prompt-p1')),
      says('changeover, at the end', only(held.state, 'end')),
      says('a terminal', fence(promptText(waits, prompt))),
    ),
  );
});

const PROCEDURE = `
description: Bring the web servers to a release
params:
  release: { description: as in the name of its folder, pattern: '[0-9.]+' }
hosts: [web1, web2]
vars: { folder: '/srv/app-\${{ params.release }}', final: true }
window: { days: [mon, tue, wed, thu], from: '22:00', to: '02:00', timezone: Europe/Zurich }
environments:
  rehearsal:
    hosts: web2
    vars: { folder: "/srv/it's a copy", final: false }
    window: { not_before: 2026-12-01T05:00+01:00 }
    on_success: rollback
  production:
    requires: { environment: rehearsal, within: 36h }
    approvals: { by: [maintain, olivia], count: 2 }
  other: {}
steps:
  - id: switch
    symlink: { path: /srv/app, target: '\${{ vars.folder }}' }
  - id: forget
    when: vars.final
    reversible: false
    run: rm -rf /srv/old
`;

it('help and the page to follow by hand tell of environments and windows', () => {
  const procedure = procedureOf(PROCEDURE);
  const inventory = inventoryOf('hosts:\n  web1: {address: a, user: root}\n  web2: {address: b, user: root}\n');
  expect(lintProcedure(procedure, inventory)).toEqual([]);
  const { environments: _none, ...alone } = procedure;
  const free = procedureOf(`${PROCEDURE}environment_required: false\n`);
  const page = (name?: string, of = procedure): string => {
    const chosen = name === undefined ? undefined : chooseEnvironment(of, name);
    const environment = chosen?.ok === true ? chosen.environment : undefined;
    const hosts = hostsIn(of, environment, inventory).own;
    const byHand = ({ action, input, id }: (typeof procedure.steps)[number]) => {
      const found = actionNamed(action);
      if (found === undefined) throw new Error(action);
      return found.byHand(input, id);
    };
    return explainPage({
      ...{ procedure: inEnvironment(of, environment), inventory, hosts, environment, byHand },
      params: {},
    });
  };
  expectGolden(
    'environments-help.md',
    join(
      says('/procedures', renderProcedures([procedure])),
      says('/help upgrade pryv', renderHelp([procedure], 'upgrade', 'pryv')),
      says('/help upgrade pryv, of a procedure with a window alone', renderHelp([alone], 'upgrade', 'pryv')),
      says('/help upgrade pryv, of one in which none need be named', renderHelp([free], 'upgrade', 'pryv')),
      says('explain upgrade pryv', fence(page(), 'md')),
      says(
        'explain upgrade pryv, of one in which none need be named',
        fence(page(undefined, free).slice(0, 1_000), 'md'),
      ),
      says('explain upgrade pryv environment=rehearsal', fence(page('rehearsal'), 'md')),
    ),
  );
});
