import { writeFileSync } from 'node:fs';
import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import type { Machine } from './machine.ts';
import { type Bench, type Bot, endAfterEach, openWork } from './support/thread-bench.ts';
import { ofKind } from './support/thread-words.ts';
import { until } from './workplace.ts';

/** The first step works until it is let go; each attempt at anything leaves a line. */
const WORK = procedure(`
  - id: first
    run: |
      echo "first begins" >>~/lines
      until [ -e ~/go ]; do sleep 0.05; done
      echo "first ends" >>~/lines
    on_rollback: {run: echo unfirst >>~/lines}
  - id: second
    run: echo second >>~/lines
    on_rollback: {run: echo unsecond >>~/lines}
`);

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;
let bot: Bot;

const lines = (): string => machine.content('home/lines');
const letGo = (): void => {
  writeFileSync(machine.path('home/go'), '');
};

/** A run in the midst of its first step. */
async function amidst(): Promise<number> {
  const asked = await bench.words.write('william', '/work demo');
  await bench.words.answerTo(asked, /kind=live/);
  await until(() => lines().includes('first begins'));
  await bench.happens(({ type }) => type === 'job_started');
  return asked;
}

async function paused(asked: number): Promise<void> {
  letGo();
  await bench.words.answerTo(asked, /### ⏸️ Paused before step 2, `?second`?/);
  expect(lines()).toBe('first begins\nfirst ends\n');
  expect(bench.events().at(-1)).toMatchObject({ type: 'prompt_opened', step: 'second', paused: true });
}

describeWith(openApi)('a pause in an issue', (checker) => {
  endAfterEach();
  beforeEach(async () => {
    ({ machine, bench, bot } = await openWork(checker, WORK));
  });

  needs('sshd')('over SSH', () => {
    it('waits for the end of the step at hand, says who wanted it, and takes the first answer of two', async () => {
      const asked = await amidst();
      await bench.words.write('olivia', '/pause');
      await bench.words.answerTo(asked, /⏸️ As olivia asked at .*it pauses before the next step/);
      expect(await bench.words.reply('william', '/pause')).toMatch(/olivia has already asked for a pause.*\/continue/);
      await paused(asked);
      expect(await bench.words.reply('rita', '/continue')).toMatch(/write/);
      // Both were written before either was followed.
      const [yes, no] = [
        await bench.writeUnheard('olivia', '/continue'),
        await bench.writeUnheard('william', '/rollback'),
      ];
      await Promise.all([bench.deliverTo([bot], yes.id), bench.deliverTo([bot], no.id)]);
      await bench.words.answerTo(asked, /kind=end/);
      const decided = bench
        .events()
        .flatMap((event) => (event.type === 'decision_made' && event.prompt === 'p1' ? [event] : []));
      expect(decided).toHaveLength(1);
      const isYes = decided[0]?.comment === yes.id;
      expect(lines()).toBe(`first begins\nfirst ends\n${isYes ? 'second' : 'unfirst'}\n`);
      const late = isYes ? no : yes;
      const told = (): string | undefined =>
        bench.words.after(late.id).find((body) => body.includes(`reply=${String(late.id)} `));
      await until(() => told() !== undefined);
      expect(told()).toMatch(/p1 of run \S+ was answered already by @\S*(?:olivia|william) with|has ended/);
      expect(ofKind(bench.words.after(asked), 'prompt-p1')).toHaveLength(1);
      expect(await bench.words.reply('william', '/continue p1')).toMatch(/No run of this issue waits|has ended/);
    });

    it('is kept by the next server, whose prompt is answered with a rollback', async () => {
      const asked = await amidst();
      await bench.words.write('william', '/pause');
      await bench.happens((event) => event.type === 'decision_made' && event.decision === 'pause');
      bot.kill('SIGKILL');
      await bot.ended;
      bot = await bench.start();
      await paused(asked);
      await bench.words.write('olivia', '/rollback');
      await bench.words.answerTo(asked, /kind=end/, /was rolled back after/);
      expect(lines()).toBe('first begins\nfirst ends\nunfirst\n');
    });

    it('is taken back before it comes to that', async () => {
      const asked = await amidst();
      await bench.words.write('william', '/pause');
      await bench.words.answerTo(asked, /it pauses before the next step/);
      await bench.words.write('olivia', '/continue');
      await bench.happens((event) => event.type === 'decision_made' && event.decision === 'continue');
      letGo();
      await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      expect(ofKind(bench.words.after(asked), 'prompt-p1')).toEqual([]);
    });
  });
});
