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
import { finished, Story } from './story.ts';

const sh = (text: string) => ({ shell: 'sh', text }) as const;
const LEAVE = { undo: { kind: 'leave', reason: 'a test' } } as const;
const STEPS: readonly PlanStep[] = [
  step(
    'agree',
    'Agree on dropping the old data',
    { kind: 'ask', how: 'approve', by: ['write'], count: 1 },
    {
      ...{ action: 'approve', readOnly: true },
    },
  ),
  step('drop', 'Drop the old data', job(sh('rm -r "$root-1.5"\n')), {
    ...{ destructive: true, undo: { kind: 'irreversible' } },
  }),
  step('tidy', 'Tidy up', job(sh('tidy\n')), LEAVE),
];

const says = (who: string, text: string): string => `## ${who}\n\n${text}`;
const only = (state: RunState, kind: string): string =>
  commentsOf(state, {}).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';

it('a destructive step is marked wherever it is shown', () => {
  const look = new Story(pryvPlan({}, STEPS), 'dryrun', {}).play();
  const fails = {
    report: finished('failed', 900),
    stderr: { text: 'rm: /var/pryv-1.5/data: Device or resource busy\n' },
  };
  const run = new Story(pryvPlan({}, STEPS), 'apply', { job: ({ attempt }) => (attempt === 1 ? fails : undefined) });
  run.play();
  const asked = run.state;
  run.approve('3f2a9c1d', { kind: 'github', id: 7, login: 'olivia', right: 'admin' });
  run.play();
  const failed = run.state;
  run.decide('retry');
  run.play();
  // The third step fails too, at first.
  run.decide('retry');
  run.play();
  expect(run.state.status).toBe('succeeded');
  const lines = run.events.flatMap((event, index) => progressLines(event, run.states[index] ?? run.state));
  const prompts = failed.prompts.map((prompt) => promptText(failed, prompt));
  expectGolden(
    'destructive.md',
    [
      says('changeover, a dry run', only(look.state, 'live')),
      says('changeover, an approval before it', only(asked, 'prompt-p1')),
      says('changeover, where it has failed', only(failed, 'prompt-p2')),
      says('changeover, the table then', only(failed, 'live')),
      says('changeover, at the end', only(run.state, 'end')),
      says(
        'a terminal',
        fence([planText(look.state), lines.join('\n'), ...prompts, runStatusText(failed)].join('\n\n----\n\n')),
      ),
    ].join('\n\n---\n\n'),
  );
});
