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
const self = (text: string) => job(sh(text), { undo: sh('undo\n') });
const SELF = { undo: { kind: 'self' } } as const;
const STEPS: readonly PlanStep[] = [
  step('stop', 'Stop all services', self('stop\n'), { ...SELF, downtime: 'begins' }),
  step('copy', 'Copy the data', self('copy\n'), SELF),
  step('start', 'Start all services', self('start\n'), { ...SELF, downtime: 'ends' }),
  step('tidy', 'Tidy up', self('tidy\n'), SELF),
];
const failing = (id: string) => ({ report: finished('failed', 61_000), stderr: { text: `${id}: no\n` } });
const fails = (id: string) => ({
  job: (key: { step: string; phase: string }) => (key.step === id && key.phase === 'apply' ? failing(id) : undefined),
});

const says = (who: string, text: string): string => `## ${who}\n\n${text}`;
const only = (state: RunState, kind: string): string =>
  commentsOf(state, {}).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';
const lines = (run: Story): string =>
  run.events.flatMap((event, index) => progressLines(event, run.states[index] ?? run.state)).join('\n');

it('a downtime reads as it happened', () => {
  const look = new Story(pryvPlan({}, STEPS), 'dryrun', {}).play();
  const good = new Story(pryvPlan({}, STEPS), 'apply', {}).play();
  const stuck = new Story(pryvPlan({}, STEPS), 'apply', fails('copy')).play();
  const waiting = stuck.state;
  stuck.decide('abort');
  stuck.play();
  const late = new Story(pryvPlan({}, STEPS), 'apply', fails('tidy')).play();
  late.decide('rollback');
  late.play();
  expect([good.state.status, stuck.state.status, late.state.status]).toEqual(['succeeded', 'aborted', 'rolled_back']);
  expectGolden(
    'downtime.md',
    [
      says('changeover, a dry run', only(look.state, 'live')),
      says('changeover, at the end', only(good.state, 'end')),
      says('changeover, while it waits', only(waiting, 'live')),
      says('changeover', only(waiting, 'prompt-p1')),
      says('changeover, once it is aborted', only(stuck.state, 'end')),
      says('changeover, once a rollback has undone what was done within it', only(late.state, 'end')),
      says(
        'a terminal',
        fence(
          [
            planText(look.state),
            lines(good),
            ...waiting.prompts.map((prompt) => promptText(waiting, prompt)),
            runStatusText(waiting),
            lines(stuck),
          ].join('\n\n----\n\n'),
        ),
      ),
    ].join('\n\n---\n\n'),
  );
});
