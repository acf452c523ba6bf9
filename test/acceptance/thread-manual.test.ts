import { existsSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import type { Machine } from './machine.ts';
import { type Bench, type Bot, endAfterEach, openWork } from './support/thread-bench.ts';
import { ofKind } from './support/thread-words.ts';
import { until } from './workplace.ts';

const WORK = procedure(
  `
  - assert: {run: test ! -e ~/unfit}
    fail_msg: the machine is not fit
  - id: first
    run: echo first >>~/marks
    on_rollback: {run: echo undone >>~/marks}
  - id: look
    name: Look at the site
    manual:
      instructions: Log in as *pilot*, look at \${{ params.what }}, and tell olivia.
      unlock: true
    on_rollback: {manual: Log out again.}
  - id: last
    run: echo last >>~/marks
    on_rollback: {leave: the first step's undo tells}
`,
  'hosts: [one]\nparams: {what: {description: what to look at, type: string, default: "**the** @olivia graphs"}}',
);

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let bot: Bot;

const marks = (): string => machine.content('home/marks');
const lock = (): boolean => existsSync(machine.path('home/.changeover/lock'));
const decisions = (): readonly unknown[] => bench.events().filter(({ type }) => type === 'decision_made');

/** A run that waits at its manual step. */
async function waiting(): Promise<{ readonly asked: number; readonly prompt: string }> {
  const asked = await bench.words.write('william', '/work demo');
  const prompt = await bench.words.answerTo(asked, /answer to prompt `p1`/, /kind=prompt-p1/);
  return { asked, prompt };
}

describeWith(openApi)('a step that is done by hand, in an issue', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    ({ machine, bench, bot } = await openWork(checker, WORK));
  });

  needs('sshd')('waits for a person', () => {
    it('with its instructions, in which values are plain text, and goes on when one who may says so', async () => {
      const { asked, prompt } = await waiting();
      expect(prompt).toContain('Log in as *pilot*, look at \\*\\*the\\*\\* @&#8203;olivia graphs, and tell olivia.');
      expect(prompt).toContain('Others may have one meanwhile.');
      expect([marks(), lock()]).toEqual(['first\n', false]);
      expect(await bench.words.reply('rita', '/continue')).toContain('the right "write" is needed');
      expect(await bench.words.reply('olivia', '/retry')).toMatch(/no answer to p1\. Answer `\/continue/);
      // Somebody makes a word of their own out of what another wrote.
      const { id, hear } = await bench.writeUnheard('olivia', '/continue please');
      await bench.words.edit('william', id, '/continue');
      await hear();
      await bench.words.answerTo(id, /the comment was edited before I came to it/);
      expect([marks(), decisions()]).toEqual(['first\n', []]);
      await bench.words.write('olivia', '/continue');
      const said = await bench.words.answerTo(asked, /kind=end/, /succeeded after/, /Answered: `\/continue` by olivia/);
      expect(said).toMatch(/Look at the site \(`look`\) \| `one` \| ✅ done by hand, by olivia/);
      expect(marks()).toBe('first\nlast\n');
      expect(decisions()).toMatchObject([
        { decision: 'continue', prompt: 'p1', by: { id: 1001, login: 'olivia', right: 'admin' } },
      ]);
      expect(await bench.words.reply('olivia', '/continue')).toContain('No run of this issue waits for an answer');
    });

    it('takes the first of two answers at once, and tells the other', async () => {
      const { asked } = await waiting();
      const ids = await Promise.all([
        bench.words.write('olivia', '/continue'),
        bench.words.write('william', '/continue'),
      ]);
      await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      await bench.words.answerTo(Math.min(...ids), /changeover:reply/);
      expect(decisions()).toHaveLength(1);
      const replies = bench.words.after(Math.min(...ids)).filter((body) => body.includes('changeover:reply'));
      expect(replies).toEqual([expect.stringMatching(/answered already|has ended|No run of this issue waits/)]);
      expect(marks()).toBe('first\nlast\n');
    });

    it('over a crash of the server, and after it', async () => {
      const { asked } = await waiting();
      bot.kill('SIGKILL');
      await bot.ended;
      await bench.start();
      expect([marks(), lock()]).toEqual(['first\n', false]);
      await bench.words.write('olivia', '/continue');
      await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      expect(marks()).toBe('first\nlast\n');
      expect(ofKind(bench.words.after(asked), 'prompt-p1')).toHaveLength(1);
    });

    it('and says which guard does not hold any more, until it does', async () => {
      const { asked } = await waiting();
      writeFileSync(machine.path('home/unfit'), '');
      await bench.words.write('olivia', '/continue');
      const said = await bench.words.answerTo(asked, /kind=prompt-p2/, /answer to prompt `p2`/);
      expect(said).toMatch(/- one: step step-1: the machine is not fit/);
      expect(await bench.words.reply('olivia', '/skip')).toMatch(/no answer to p2\. Answer `\/retry/);
      expect(marks()).toBe('first\n');
      await bench.words.write('olivia', '/rollback');
      await bench.words.answerTo(asked, /kind=prompt-p3/, /Log out again\./);
      expect(marks()).toBe('first\n');
      await bench.words.write('william', '/continue');
      await bench.words.answerTo(asked, /kind=end/, /was rolled back after/);
      expect(marks()).toBe('first\nundone\n');
      await until(() => !lock());
    });
  });
});
