import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { procedure } from './bench.ts';
import { startMachine, type Machine } from './machine.ts';
import { atEnd, type Bench, type Bot, endAfterEach, inventoryOf, openBench } from './support/thread-bench.ts';
import { ofKind, repliesIn } from './support/thread-words.ts';
import { until } from './workplace.ts';

const WORK = procedure(`
  - id: only
    run: |
      echo $$ >~/pid
      echo begins >>~/lines
      until [ -e ~/go ]; do sleep 0.05; done
    on_rollback: {run: 'true'}
`);
/** So that a test does not wait for minutes. */
const OFTEN = { CHANGEOVER_LOOK_SECONDS: '1' };
/** At the start, and then no more within a test. */
const SELDOM = { CHANGEOVER_LOOK_SECONDS: '3600' };

const openApi = await loadOpenApi();
let machine: Machine;
let bench: Bench;

const lines = (): string => machine.content('home/lines');
const letGo = (): void => {
  writeFileSync(machine.path('home/go'), '');
};
const accepted = (): readonly string[] => {
  try {
    return readdirSync(join(bench.journal, 'accepted'));
  } catch {
    return [];
  }
};
/** The comments that were answered, in the order of the answers. */
const repliedTo = (after: number): readonly number[] =>
  repliesIn(bench.words.after(after)).map((body) => Number(/reply=(\d+)/.exec(body)?.[1]));

async function kill(bot: Bot): Promise<void> {
  bot.kill('SIGKILL');
  await bot.ended;
}

describeWith(openApi)('a command that no webhook brings', (checker) => {
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
    it('is started once though the server is killed between its acknowledgement and its first answer', async () => {
      const bot = await bench.start(OFTEN);
      await bench.looked();
      letGo();
      // GitHub takes so long to say who may that the process dies before it knows.
      bench.github.faults.add({ path: /\/permission$/, delayMs: 20_000 });
      const asked = await bench.words.write('william', '/work demo');
      await bench.github.webhooks.idle();
      expect(bench.github.webhooks.log().at(-1)?.status).toBe(202);
      await kill(bot);
      expect(accepted()).toEqual([]);
      expect(bench.words.after(asked)).toEqual([]);
      await bench.start(OFTEN);
      await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      await bench.looked();
      expect(bench.runs()).toHaveLength(1);
      expect(lines()).toBe('begins\n');
      const said = bench.words.after(asked);
      expect([ofKind(said, 'live'), ofKind(said, 'end'), repliesIn(said)].map(({ length }) => length)).toEqual([
        1, 1, 0,
      ]);
    });

    it('is found by a server that listens, and its webhook that comes late or twice does nothing more', async () => {
      await bench.start(OFTEN);
      await bench.looked();
      letGo();
      const { id, hear } = await bench.writeUnheard('william', '/work demo');
      await bench.words.answerTo(id, /kind=end/, /succeeded after/);
      await hear();
      await hear();
      await bench.words.reply('rita', '/logs only');
      expect(bench.runs()).toHaveLength(1);
      expect(ofKind(bench.words.after(id), 'live')).toHaveLength(1);
      expect(lines()).toBe('begins\n');
    });

    it('reaches a run that is at work within seconds, such as /abort', async () => {
      await bench.start(SELDOM);
      const asked = await bench.words.write('william', '/work demo');
      await until(() => lines() === 'begins\n');
      await bench.writeUnheard('william', '/abort');
      const said = await bench.words.answerTo(asked, /kind=end/);
      expect(said).toContain('was aborted');
      expect(existsSync(`/proc/${machine.content('home/pid').trim()}`)).toBe(false);
      expect(lines()).toBe('begins\n');
    });
  });

  needs('sshd')('while no server is there', () => {
    it('is answered once and in its turn by the next one, which remembers how far it came', async () => {
      const bot = await bench.start(OFTEN);
      await bench.looked();
      await kill(bot);
      const asked = [];
      for (const [login, body] of [
        ['william', '/procedures'],
        ['rita', '/work demo'],
        ['william', '/wrok demo'],
      ] as const)
        asked.push((await bench.writeUnheard(login, body)).id);
      const first = asked[0] ?? 0;
      const next = await bench.start(OFTEN);
      await until(() => repliedTo(first).length === 3);
      await bench.looked();
      expect(repliedTo(first)).toEqual(asked);
      await kill(next);
      await bench.start(OFTEN);
      await bench.looked();
      expect(repliedTo(first)).toEqual(asked);
      expect(bench.runs()).toEqual([]);
    });

    it('is asked about where it is older than a quarter of an hour, and runs when it is typed again', async () => {
      const bot = await bench.start(OFTEN);
      await bench.looked();
      await kill(bot);
      letGo();
      const { id } = await bench.writeUnheard('william', '/work demo');
      bench.pass(20 * 60_000);
      await bench.start(OFTEN);
      const said = await bench.words.answerTo(id, /written 20 minutes ago/);
      expect(said).toMatch(/Nothing was started[^]*type it again, in a new comment: `\/work demo`/);
      expect(bench.runs()).toEqual([]);
      await bench.words.answerTo(await bench.words.write('william', '/work demo'), /kind=end/, /succeeded after/);
      expect(repliedTo(id)).toEqual([id]);
      expect(bench.runs()).toHaveLength(1);
    });

    it('is not answered where no server had ever been there', async () => {
      const { id } = await bench.writeUnheard('william', '/procedures');
      bench.pass(5_000);
      await bench.start(OFTEN);
      await bench.looked();
      const { id: later } = await bench.writeUnheard('rita', '/procedures');
      await until(() => repliedTo(id).length > 0);
      await bench.looked();
      expect(repliedTo(id)).toEqual([later]);
    });
  });
});
