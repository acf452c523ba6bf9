import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { atEnd, type Bench, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';

const WORK = procedure(`
  - id: first
    run: exit 7
    on_rollback: {leave: it does nothing}
`);

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;

const SOON = { CHANGEOVER_REMIND_SECONDS: '1', CHANGEOVER_LOOK_SECONDS: '1' };
const reminders = (asked: number): readonly string[] =>
  bench.words.after(asked).filter((body) => body.includes('### ⏰'));

describeWith(openApi)('a run that waits long', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    machine = await startMachine();
    atEnd(() => machine.remove());
    bench = await openBench(checker, {
      'inventory.yml': inventoryOf({ one: machine }),
      'procedures/demo/work.yml': WORK,
    });
  });

  needs('sshd')('over SSH', () => {
    it('reminds people once, with the way to its prompt, whoever is started again and beside whom', async () => {
      const bots = [await bench.start(SOON), await bench.start(SOON)];
      const asked = await bench.words.write('william', '/work demo');
      const said = await bench.words.answerTo(asked, /### ⏰/);
      expect(said).toMatch(
        /@william: run \S+ waits since .*step 1, first, failed on `one`\.[^]*`\/retry \S+ p1`.*`\/abort \S+ p1`/,
      );
      const [reminder = ''] = reminders(asked);
      const url = /\[here\]\((\S+)\)/.exec(reminder)?.[1] ?? '';
      const prompt = bench.words.all().find(({ body }) => body.includes('kind=prompt-p1'));
      expect(url).toBe(`${bench.github.url}/acme/ops/issues/1#issuecomment-${String(prompt?.id)}`);
      for (const bot of bots) {
        bot.kill('SIGKILL');
        await bot.ended;
      }
      await bench.start(SOON);
      // It looks for commands as often as for what is to be reminded of.
      await bench.looked();
      await bench.looked();
      expect(reminders(asked)).toHaveLength(1);
      await bench.words.write('olivia', '/abort');
      await bench.words.answerTo(asked, /kind=end/);
      expect(reminders(asked)).toHaveLength(1);
    });
  });
});
