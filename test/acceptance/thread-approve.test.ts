import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { atEnd, type Bench, type Bot, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';

const WORK = (rule: string): string =>
  procedure(`
  - id: first
    run: echo first >>~/marks
    on_rollback: {run: echo undone >>~/marks}
  - id: agree
    name: Agree on the switch
    approve: ${rule}
  - id: last
    run: echo last >>~/marks
    on_rollback: {leave: the first step's undo tells}
`);

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let bot: Bot;

const marks = (): string => machine.content('home/marks');
const approvals = (): readonly unknown[] => bench.events().filter(({ type }) => type === 'run_approved');

/** A run of william's that waits for an approval, and its digest as it is to be typed. */
async function waiting(
  rule = '{}',
): Promise<{ readonly asked: number; readonly prompt: string; readonly digest: string }> {
  bench.commit({ 'procedures/demo/work.yml': WORK(rule) });
  const asked = await bench.words.write('william', '/work demo');
  const prompt = await bench.words.answerTo(asked, /answer to prompt `p1`/, /kind=prompt-p1/);
  const [, digest = ''] = /`\/approve ([0-9a-f]{8})`/.exec(prompt) ?? [];
  expect(marks()).toBe('first\n');
  return { asked, prompt, digest };
}

describeWith(openApi)('an approval in an issue', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    bench = await openBench(checker, { 'inventory.yml': inventoryOf({ one: machine }) });
    bot = await bench.start();
  });

  needs('sshd')('is waited for', () => {
    it('and given by another who may, naming the plan', async () => {
      const { asked, prompt, digest } = await waiting();
      const reply = (login: string, body: string): Promise<string> => bench.words.reply(login, body);
      expect(prompt).toContain('waits for an approval');
      expect(await reply('william', `/approve ${digest}`)).toMatch(
        /You asked for run \S+ so it is for somebody else|You asked for run/,
      );
      expect(await reply('rita', `/approve ${digest}`)).toMatch(
        /whoever has the right "write" or more, so your approval does not count/,
      );
      expect(await reply('olivia', '/approve deadbeef')).toContain(`type \`/approve ${digest} `);
      expect(await reply('olivia', `/approve ${digest.slice(0, 7)}`)).toContain(`type \`/approve ${digest} `);
      expect(await reply('olivia', '/approve')).toContain(`type \`/approve ${digest} `);
      expect(await reply('olivia', '/skip')).toContain('An approval cannot be skipped');
      expect(await reply('rita', '/status')).toContain('waits for an approval');
      const { id, hear } = await bench.writeUnheard('olivia', 'What is it about?');
      await bench.words.edit('william', id, `/approve ${digest}`);
      await hear();
      expect([marks(), approvals()]).toEqual(['first\n', []]);

      await bench.words.write('olivia', `/approve ${digest}`);
      const said = await bench.words.answerTo(asked, /kind=end/, /succeeded after/, /Answered: `\/approve` by olivia/);
      expect(said).toMatch(/Agree on the switch \(`agree`\) \| `one` \| ✅ approved, by olivia/);
      expect(marks()).toBe('first\nlast\n');
      expect(approvals()).toMatchObject([
        {
          digest,
          prompt: 'p1',
          by: { kind: 'github', id: 1001, login: 'olivia', right: 'admin' },
          comment: expect.any(Number),
        },
      ]);
      expect(await reply('olivia', `/approve ${digest}`)).toContain('No run of this issue waits');
    });

    it('by several people, each once, over a restart of the server', async () => {
      const { asked, digest } = await waiting('{by: [rita, maintain], count: 2}');
      await bench.words.write('rita', `/approve ${digest}`);
      await bench.words.answerTo(asked, /rita has approved it/, /1 approval more is needed/);
      expect(await bench.words.reply('rita', `/approve ${digest}`)).toContain('You have approved run');
      bot.kill('SIGKILL');
      await bot.ended;
      bot = await bench.start();
      expect(marks()).toBe('first\n');
      await bench.words.write('olivia', `/approve ${digest}`);
      const said = await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      expect(said).toContain('✅ approved, by rita and olivia');
      expect(approvals()).toHaveLength(2);
    });

    it('and not for ever: whoever may decide can roll back, and two who agree at once are both heard', async () => {
      const first = await waiting();
      await bench.words.write('olivia', '/rollback');
      await bench.words.answerTo(first.asked, /kind=end/, /was rolled back after/);
      expect(marks()).toBe('first\nundone\n');
      const before = marks();
      bench.commit({ 'procedures/demo/work.yml': WORK('{by: [olivia, rita]}') });
      const asked = await bench.words.write('william', '/work demo');
      const prompt = await bench.words.answerTo(asked, /answer to prompt `p1`/, /kind=prompt-p1/);
      expect(prompt).toContain('@olivia, @rita: your approval is asked for.');
      const [, digest = ''] = /`\/approve ([0-9a-f]{8})`/.exec(prompt) ?? [];
      const ids = await Promise.all(['olivia', 'rita'].map((who) => bench.words.write(who, `/approve ${digest}`)));
      await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      await bench.words.answerTo(
        Math.min(...ids),
        /changeover:reply=[^]*(answered already|has ended|No run of this issue)/,
      );
      expect(approvals()).toHaveLength(1);
      expect(marks()).toBe(`${before}first\nlast\n`);
    });
  });
});
