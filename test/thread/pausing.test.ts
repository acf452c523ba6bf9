import { expect, it } from '@jest/globals';
import { refusalText } from '../../src/run/refusal-text.ts';
import type { Actor, RunState } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { fence } from '../../src/thread/markdown.ts';
import { progressLines } from '../../src/thread/terminal-progress.ts';
import { runStatusText } from '../../src/thread/terminal-status.ts';
import { renderStatus } from '../../src/thread/render-answers.ts';
import { expectGolden } from './golden.ts';
import { pryvPlan, allWell } from './pryv.ts';
import { Story } from './story.ts';

const olivia: Actor = { kind: 'github', id: 7, login: 'olivia', right: 'admin' };
const says = (who: string, text: string): string => `## ${who}\n\n${text}`;
const only = (state: RunState, kind: string): string =>
  commentsOf(state, {}).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';
const head = (text: string): string => text.split('\n\n').slice(0, 4).join('\n\n');

it('a pause reads as it happened', () => {
  const opened = (state: RunState, id: string): boolean =>
    [...state.steps, ...state.undo].some((step) => step.id === id && step.status === 'open');
  const run = new Story(pryvPlan(), 'apply', allWell).play((state) => opened(state, 'stop'));
  run.decide('pause', olivia, 2_000);
  const pausing = run.state;
  const twice = run.decide('pause');
  run.play();
  const paused = run.state;
  expect(paused.status).toBe('paused');
  const waits = run.decide('pause');
  run.decide('rollback');
  run.play((state) => opened(state, 'stop/undo-1'));
  const answered = run.state;
  const words = [twice, waits].map((each) => (each.ok ? '' : refusalText(each.run, each.refusal)));
  expectGolden(
    'pausing.md',
    [
      says('The live comment, once a pause is asked for', head(only(pausing, 'live'))),
      says('Refused', words.join('\n\n')),
      says('Live, paused', head(only(paused, 'live'))),
      says('The prompt', only(paused, 'prompt-p1')),
      says('The prompt, answered', only(answered, 'prompt-p1')),
      says('/status', renderStatus([paused])),
      says('changeover status, paused', fence(runStatusText(paused))),
      says('changeover status, before', fence(runStatusText(pausing).split('\n').slice(0, 6).join('\n'))),
      says(
        'changeover run',
        fence(run.events.flatMap((event, index) => progressLines(event, run.states[index] ?? run.state)).join('\n')),
      ),
    ].join('\n\n'),
  );
});

it('that outlasts the window ends the run as blocked, and its prompt says that it was answered', () => {
  const window = { timezone: 'UTC', notAfter: '2026-11-22T06:00:00.000Z' };
  const run = new Story(pryvPlan({ window }), 'apply', allWell);
  run.decide('pause', olivia, 0);
  run.play();
  run.decide('continue', olivia, 3_600_000);
  run.play();
  expect(run.state).toMatchObject({ status: 'failed', blocked: [expect.stringContaining('window')] });
  expect(only(run.state, 'live')).toContain('was not started');
  expect(only(run.state, 'prompt-p1')).toMatch(/### ✔️ Answered: `\/continue` by olivia/);
});
