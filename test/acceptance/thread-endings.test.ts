import { writeFileSync } from 'node:fs';
import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import type { Machine } from './machine.ts';
import { type Bench, type Bot, endAfterEach, openWork } from './support/thread-bench.ts';
import { ofKind } from './support/thread-words.ts';
import { until } from './workplace.ts';

const WORK =
  procedure(`
  - id: first
    run: echo first >>~/marks
    on_rollback: {run: echo undone >>~/marks}
  - id: second
    run: exit 9
    on_rollback: {leave: it does nothing}
`) +
  `
rollback:
  - id: back
    run: echo back >>~/marks
  - id: tell-back
    comment: The old one is back.
always:
  - id: open
    timeout: 60s
    run: |
      echo open >>~/marks
      until [ -e ~/go-on ]; do sleep 0.05; done
  - id: tell-end
    comment: It is over.
`;

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let bot: Bot;

const marks = (): string => machine.content('home/marks');
const letGo = (): void => {
  writeFileSync(machine.path('home/go-on'), '');
};

describeWith(openApi)('the end of a run, in an issue', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    ({ machine, bench, bot } = await openWork(checker, WORK));
  });

  needs('sshd')('with what follows a rollback and what is always done', () => {
    it('is told before and while it happens, and happens once, though the server is killed in it', async () => {
      const asked = await bench.words.write('william', '/work demo');
      const prompt = await bench.words.answerTo(asked, /kind=prompt-p1/, /answer to prompt `p1`/);
      expect(prompt).toContain('Undoes 1 step of this run, the last one first. Then 2 rollback steps follow.');
      expect(prompt).toMatch(/`back` on `one`: taken after the undo[^]*`open` on `one`: always taken at the end/);
      await bench.words.write('william', '/rollback');
      await until(() => marks() === 'first\nundone\nback\nopen\n');
      await bench.words.answerTo(asked, /The old one is back\./, /always step 1 of 2/);
      bot.kill('SIGKILL');
      await bot.ended;
      await bench.start();
      await bench.happens((event) => event.type === 'run_started' && event.epoch > 2);
      letGo();
      await bench.words.answerTo(asked, /kind=end/, /was rolled back after/);
      expect(marks()).toBe('first\nundone\nback\nopen\n');
      const said = bench.words.after(asked);
      for (const kind of ['say-tell-back', 'say-tell-end', 'end'] as const) expect(ofKind(said, kind)).toHaveLength(1);
      expect(said.join('\n')).toMatch(/\*\*At the end, as always\*\*\n\n- `open` on `one`: ✅ changed/);
    });

    it('comes after an abort, too', async () => {
      const asked = await bench.words.write('william', '/work demo');
      const prompt = await bench.words.answerTo(asked, /kind=prompt-p1/, /answer to prompt `p1`/);
      expect(prompt).toContain('What is always done at the end still is: 2 steps.');
      letGo();
      await bench.words.write('william', '/abort');
      await bench.words.answerTo(asked, /kind=end/, /was aborted after/, /It is over\./);
      expect(marks()).toBe('first\nopen\n');
    });
  });
});
