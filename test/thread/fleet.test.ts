import { describe, expect, it } from '@jest/globals';
import type { RunState } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { progressLines } from '../../src/thread/terminal-progress.ts';
import { promptText } from '../../src/thread/terminal-prompt.ts';
import { runStatusText } from '../../src/thread/terminal-status.ts';
import { planText } from '../../src/thread/terminal-plan.ts';
import { fleet, fleetPlan } from './fleet.ts';
import { expectGolden } from './golden.ts';
import { Story } from './story.ts';

const says = (who: string, text: string): string => `## ${who}\n\n${text}`;
const only = (state: RunState, kind: string): string =>
  commentsOf(state, {}).find(({ marker }) => marker.includes(`kind=${kind} `))?.body ?? '';

/** To the prompt, and from there to the end. */
function told(): { readonly story: Story; readonly waiting: RunState; readonly again: RunState } {
  const story = new Story(fleetPlan(), 'apply', fleet).play();
  const waiting = story.state;
  story.decide('retry');
  story.play();
  story.decide('skip');
  const isAgain = (state: RunState): boolean =>
    state.steps.some(({ tasks }) => tasks.some(({ attempts }) => attempts.at(-1)?.byItself === true));
  const again = story.play(isAgain).state;
  story.play();
  return { story, waiting, again };
}

describe('a run over several hosts and items', () => {
  it('reads well in the thread', () => {
    const look = new Story(fleetPlan(), 'dryrun', fleet, '20261122-5c8d', '2026-11-22T05:50:00.000Z').play();
    const { story, waiting, again } = told();
    expect(story.state.status).toBe('succeeded');
    const back = new Story(fleetPlan(), 'apply', fleet).play();
    back.decide('rollback');
    back.play();
    expectGolden(
      'fleet.md',
      [
        says('changeover, the dry run', only(look.state, 'live')),
        says('changeover, while it waits', only(waiting, 'live')),
        says('changeover', only(waiting, 'prompt-p1')),
        says('changeover, while it waits to try again', only(again, 'live')),
        says('changeover, at the end', only(story.state, 'end')),
        says('changeover, had it been rolled back', only(back.state, 'live')),
        says('changeover', only(back.state, 'end')),
      ].join('\n\n---\n\n'),
    );
  });

  it('reads well in a terminal', () => {
    const look = new Story(fleetPlan(), 'dryrun', fleet).play();
    const { story, waiting } = told();
    const lines = story.events.flatMap((event, index) => {
      const state = story.states[index];
      return state === undefined ? [] : progressLines(event, state);
    });
    const [prompt] = waiting.prompts;
    expectGolden(
      'fleet-terminal.txt',
      [planText(look.state), lines.join('\n'), prompt && promptText(waiting, prompt), runStatusText(waiting)].join(
        '\n\n------\n\n',
      ),
    );
  });

  it('says less of many items rather than more than a comment holds', () => {
    for (const count of [50, 200]) {
      const story = new Story(fleetPlan(count), 'apply', fleet).play();
      const waiting = story.state;
      const look = new Story(fleetPlan(count), 'dryrun', fleet).play();
      story.decide('rollback');
      story.play();
      for (const state of [waiting, look.state, story.state]) {
        for (const { body } of commentsOf(state, {})) expect(body.length).toBeLessThan(65_536);
      }
      expect(only(waiting, 'live')).toContain(
        `| \`web-2\` for ${String(count)} items | ✅ 1 changed, ❌ 1 failed, · ${String(count - 2)} to come (\`site-2\`) |`,
      );
      expect(planText(look.state).split('\n').length).toBeLessThan(200);
    }
  });
});
