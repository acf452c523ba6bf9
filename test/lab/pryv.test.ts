import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Bench, type Bot, endAfterEach, inventoryOf, openBench } from '../acceptance/support/thread-bench.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { expectAlike } from './pryv/expect-alike.ts';
import { procedures } from './pryv/procedures.ts';
import { makePryvHost, type PryvHost, type Standing } from './pryv/pryv-host.ts';
import { entries, unlike } from './pryv/redis-data.ts';
import { describeInLab, type Lab, LAB_MS, openLab } from './support/lab.ts';

/** Some of the keys expire then, before the runs come to Redis or while they are at it. */
const soon = Date.now() + 30_000;
/** What the old version's Redis holds, and what the new one's core writes; a thousand keys are in both, of other types. */
const OLD = entries('1.5', 0, 3000, soon);
const NEW = entries('1.6', 2000, 2500, soon);

const openApi = await loadOpenApi();
let host: PryvHost;
let bench: Bench;
let bot: Bot;

/** Writes a command and waits for the end of its run. */
async function runs(command: string, ...wanted: readonly RegExp[]): Promise<string> {
  return bench.words.answerTo(await bench.words.write('william', command), /kind=end/, ...wanted);
}

/** The new version runs with all that the old one had. */
async function expectUpgraded(before: Standing): Promise<void> {
  const { documents, services, answer, redis } = await host.look();
  expect(await host.must('readlink /var/pryv')).toBe('/var/pryv1.6\n');
  expect(documents).toBe(before.documents);
  expect(await host.must('diff -r /var/pryv1.5/pryv/core/data /var/pryv1.6/pryv/core/data')).toBe('');
  expect(unlike(redis, [...OLD, ...NEW])).toEqual([]);
  expect(services).not.toMatch(/:1\.5:|inactive|failed/);
  expect(answer).toContain('"apiVersion":"1.6.0"');
}

describeWith(openApi)('Pryv', (checker) => {
  describeInLab('on a host of the lab', () => {
    let lab: Lab;
    let hosts = 0;
    endAfterEach();
    beforeAll(async () => {
      lab = await openLab();
    }, LAB_MS);
    afterAll(() => lab.remove());

    async function begin(): Promise<void> {
      hosts += 1;
      host = await makePryvHost(await lab.host(`pryv${String(hosts)}`), OLD, true);
      await host.newVersionWrites(NEW);
      bench = await openBench(checker, { 'inventory.yml': inventoryOf({ pryv: host.entry() }), ...procedures() });
      bot = await bench.start();
    }

    it('is rehearsed, which leaves all as it was, and then upgraded in production, which requires that', async () => {
      await begin();
      const before = await host.look();
      const early = await bench.words.reply('william', '/upgrade pryv 1.6 environment=production');
      expect(early).toContain('Type `/upgrade pryv 1.6 environment=rehearsal` first.');

      await runs('/upgrade pryv 1.6 environment=rehearsal', /was rehearsed and taken back/);
      expectAlike(before, await host.look(), OLD);

      const asked = await bench.words.write('william', '/upgrade pryv 1.6 environment=production');
      const waits = await bench.words.answerTo(asked, /kind=approval/);
      const [, digest = ''] = /`\/approve ([0-9a-f]{8})`/.exec(waits) ?? [];
      await bench.words.write('olivia', `/approve ${digest}`);
      await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      await expectUpgraded(before);
    }, 300_000);

    it('is upgraded by the next bot where the first was killed in the dump, which is made once', async () => {
      await begin();
      const before = await host.look();
      await host.must('systemd-run --unit=hold flock /run/lock/lab-mongodump sleep infinity');
      await host.until('! flock --nonblock /run/lock/lab-mongodump true');
      const asked = await bench.words.write('william', '/upgrade pryv 1.6');
      await host.until('pgrep -f "^flock /run/lock/lab-mongodump true"');
      await bench.happens((event) => event.type === 'job_started' && event.job.step === 'dump');
      bot.kill('SIGKILL');
      await bot.ended;
      await bench.start();
      await bench.happens((event) => event.type === 'run_started' && event.epoch === 2);
      await host.must('systemctl stop hold');
      await bench.words.answerTo(asked, /kind=end/, /succeeded after/);
      expect(await host.read('/var/log/stand-in-dumps')).toBe('pryv-node\n');
      await expectUpgraded(before);
    }, 300_000);
  });
});
