import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { differences, type Snapshot } from '../../../src/playground/local-hosts/snapshot.ts';
import { type Bench, type Bot, endAfterAll, inventoryOf, openBench } from '../../acceptance/support/thread-bench.ts';
import { describeWith, loadOpenApi } from '../../support/openapi.ts';
import { describeInLab, type Lab, openLab } from '../support/lab.ts';
import { type Failure, LEFT, makePryvHost, type PryvHost } from './pryv-host.ts';
import { procedures } from './procedures.ts';
import { entries, heldOf, unlike } from './redis-data.ts';

/** Some keys expire while the runs are at them. */
const soon = Date.now() + 90_000;
const OLD = entries('1.5', 0, 1000, soon);
const NEW = entries('1.6', 700, 600, soon);

interface Before {
  readonly trees: Snapshot;
  readonly around: Snapshot;
  readonly documents: string;
  readonly services: string;
}

const look = async (host: PryvHost): Promise<Before> => ({
  trees: await host.trees(),
  around: await host.snapshot('/usr/local/sbin', '/etc/sudoers.d'),
  documents: await host.documents(),
  services: await host.services(),
});

/** All stands and runs as before, with the same data; what a step says it leaves may be there. */
async function expectAsBefore(host: PryvHost, before: Before): Promise<void> {
  const after = await look(host);
  expect(differences(before.trees, after.trees).filter((line) => !LEFT.test(line))).toEqual([]);
  expect(differences(before.around, after.around)).toEqual([]);
  expect(after.documents).toBe(before.documents);
  expect(after.services).toBe(before.services);
  expect(unlike(await host.redis(), heldOf(OLD, Date.now()))).toEqual([]);
  expect(await host.must('curl -fsS http://127.0.0.1/')).toContain('"apiVersion":"1.5.0"');
}

/** A command, and its steps change something or wait: each fails in a run of its own. */
export interface Failing {
  readonly command: string;
  readonly laidOut: boolean;
  readonly failures: Readonly<Record<string, Failure>>;
}

const openApi = await loadOpenApi();

/** Tests that a command which fails at one of these steps is taken back by `/rollback`, and then all is as before. */
export function describeTakenBack(name: string, { command, laidOut, failures }: Failing): void {
  describeWith(openApi)(name, (checker) => {
    describeInLab('on a host of the lab', () => {
      let lab: Lab;
      let host: PryvHost;
      let bench: Bench;
      let bot: Bot;
      let before: Before;
      endAfterAll();
      beforeAll(async () => {
        lab = await openLab();
        host = await makePryvHost(await lab.host('pryv'), OLD, laidOut);
        await host.newVersionWrites(NEW);
        before = await look(host);
        const inventory = inventoryOf({ pryv: host.entry() });
        bench = await openBench(checker, { 'inventory.yml': inventory, ...procedures('5s') });
      }, 600_000);
      afterAll(() => lab.remove());
      // A bot for each, since one that works for minutes is killed as one that hangs.
      beforeEach(async () => {
        bot = await bench.start();
      });
      afterEach(async () => {
        bot.kill('SIGKILL');
        await bot.ended;
      });

      it.each(Object.entries(failures))(
        'that fails at step %s is taken back, and all is as it was',
        async (step, failure) => {
          const issue = await bench.words.openIssue(step);
          await host.fail(failure);
          const asked = await bench.words.write('william', command, issue);
          await bench.words.answerTo(asked, /kind=prompt-p1/);
          expect(bench.events().findLast(({ type }) => type === 'prompt_opened')).toMatchObject({ step });
          await host.failNoMore();
          await bench.words.write('william', '/rollback', issue);
          await bench.words.answerTo(asked, /kind=end/, /was rolled back after/);
          await expectAsBefore(host, before);
        },
      );
    });
  });
}
