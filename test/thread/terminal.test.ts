import { describe, expect, it } from '@jest/globals';
import { progressLines } from '../../src/thread/terminal-progress.ts';
import { promptText } from '../../src/thread/terminal-prompt.ts';
import { runListText, runStatusText } from '../../src/thread/terminal-status.ts';
import { planText } from '../../src/thread/terminal-plan.ts';
import { expectGolden } from './golden.ts';
import { allWell, failingRestore, job, pryvPlan, step } from './pryv.ts';
import { finished, Story } from './story.ts';

const linesOf = (story: Story): readonly string[] =>
  story.events.flatMap((event, index) => {
    const state = story.states[index];
    return state === undefined ? [] : progressLines(event, state);
  });

describe('a run in a terminal', () => {
  const failing = new Story(pryvPlan(), 'apply', failingRestore).play();
  const waiting = failing.state;
  failing.decide('rollback');
  failing.play();
  const [prompt] = waiting.prompts;

  it('reads as it happened', () => {
    expectGolden('terminal-run.txt', linesOf(failing).join('\n'));
  });

  it('asks with what each answer would do', () => {
    expectGolden('terminal-prompt.txt', prompt === undefined ? '' : promptText(waiting, prompt));
  });

  it('lists runs and shows one step by step', () => {
    const other = new Story(pryvPlan(), 'apply', allWell, '20261121-2b4c', '2026-11-21T06:00:00.000Z').play();
    expectGolden('terminal-status.txt', `${runListText([waiting, other.state])}\n\n${runStatusText(failing.state)}`);
  });

  it('shows a dry run as a whole, at its end alone', () => {
    const look = new Story(pryvPlan(), 'dryrun', failingRestore).play();
    const lines = linesOf(look);
    expect(lines.join('\n')).toBe(planText(look.state));
    expectGolden('terminal-plan.txt', lines.join('\n'));
  });

  it('fits sixty columns but for what others wrote', () => {
    const own = [...linesOf(failing), runListText([waiting]), runStatusText(waiting)].join('\n').split('\n');
    expect(own.filter((line) => line.length > 60 && !/^ *\||^ {4}/.test(line))).toEqual([]);
  });

  it('colours through the style that it is given, and only that', () => {
    const toned: string[] = [];
    const event = failing.events.at(-1);
    if (event === undefined) throw new Error('no event');
    progressLines(event, failing.state, {}, (text, tone) => {
      toned.push(tone);
      return text;
    });
    expect(toned).toEqual(['good']);
  });
});

describe('two hosts of which one is lost', () => {
  const hosts = ['web-1', 'web-2'];
  const plan = pryvPlan({ hosts: hosts.map((name) => ({ name, address: name, port: 22, user: 'ops', vars: {} })) }, [
    step('one', 'Restart', job({ shell: 'sh', text: 'restart' }), { hosts, undo: { kind: 'irreversible' } }),
  ]);
  const story = new Story(plan, 'apply', {
    job: ({ host }) =>
      host === 'web-1'
        ? { report: finished('done', 900) }
        : { report: { kind: 'unknown', why: 'the connection to web-2 was lost', alive: false } },
  }).play();

  it('asks about that one, and says that it is not known', () => {
    const [prompt] = story.state.prompts;
    expectGolden('terminal-unknown.txt', prompt === undefined ? '' : promptText(story.state, prompt));
  });
});
