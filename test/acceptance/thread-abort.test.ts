import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import type { Machine } from './machine.ts';
import { type Bench, type Bot, endAfterEach, openWork } from './support/thread-bench.ts';
import { until } from './workplace.ts';

const WORK = procedure(`
  - id: first
    run: echo first >>~/lines
    on_rollback: {run: echo unfirst >>~/lines}
  - id: second
    run: |
      echo begun >>~/lines
      sleep 300
    on_rollback: {run: echo unsecond >>~/lines}
`);

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let bot: Bot;

describeWith(openApi)('an abort in an issue', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    ({ machine, bench, bot } = await openWork(checker, WORK));
  });

  needs('sshd')('over SSH', () => {
    it('kills what is under way on its host, and tells how the host is left', async () => {
      const asked = await bench.words.write('william', '/work demo');
      await until(() => machine.content('home/lines').includes('begun'));
      await bench.words.write('olivia', '/abort');
      const said = await bench.words.answerTo(asked, /kind=end/);
      expect(said).toMatch(
        /\| `one` \| step 2, second: stopped after .*, while doing its work: that may be half done \| step 1 \|/,
      );
      const [run = ''] = bench.runs();
      expect(said).toContain(`Look first at step second on one: \`/logs second one ${run}\` shows what it printed.`);
      expect(said).toMatch(/Nothing was undone[^]*`\/work demo` does all of it anew/);
      // Its connection has a shell there for as long as it lasts.
      bot.kill('SIGTERM');
      await bot.ended;
      expect(await machine.left()).toEqual([]);
      expect(machine.content('home/lines')).toBe('first\nbegun\n');
    });
  });
});
