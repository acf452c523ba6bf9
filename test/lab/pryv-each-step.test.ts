import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { differences } from '../../src/playground/local-hosts/snapshot.ts';
import { type Bench, type Bot, endAfterAll, inventoryOf, openBench } from '../acceptance/support/thread-bench.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { type Failures, LAYOUT, MERGE, type Spoilt, stepsOf, UPGRADE } from './pryv/failures.ts';
import { procedures } from './pryv/procedures.ts';
import { type Failure, LEFT, makePryvHost, type PryvHost } from './pryv/pryv-host.ts';
import { type Entry, entries } from './pryv/redis-data.ts';
import { describeInLab, type Lab, openLab } from './support/lab.ts';

/** Some keys expire while the first runs are at them. */
const soon = Date.now() + 60_000;
/** A few of each kind, half of them in both versions; many are in the other tests. */
const OLD = entries('1.5', 0, 200, soon);
const NEW = entries('1.6', 100, 200, soon);

/** One that works for four minutes is killed as one that hangs. */
const BOT_LASTS_MS = 100_000;

const openApi = await loadOpenApi();

describe.each([
  ['pryv/layout', LAYOUT],
  ['pryv/upgrade', UPGRADE],
  ['pryv/redis-merge', MERGE],
] as const)('%s', (name, failures: Failures) => {
  it('is broken at each of its steps', () => {
    expect(Object.keys(failures)).toEqual(stepsOf(name));
  });
});

describeWith(openApi)('Pryv', (checker) => {
  describeInLab('on one host of the lab, from its first day on', () => {
    let lab: Lab;
    let host: PryvHost;
    let bench: Bench;
    let bot: Bot | undefined;
    let botSince = 0;
    endAfterAll();
    beforeAll(async () => {
      lab = await openLab();
      host = await makePryvHost(await lab.host('pryv'), OLD, false);
      await host.newVersionWrites(NEW);
      const inventory = inventoryOf({ pryv: host.entry({ vars: { switchers: '%pryv' } }) });
      bench = await openBench(checker, { 'inventory.yml': inventory, ...procedures('5s') });
    }, 600_000);
    afterAll(() => lab.remove());
    beforeEach(async () => {
      if (bot !== undefined && Date.now() - botSince < BOT_LASTS_MS) return;
      bot?.kill('SIGKILL');
      await bot?.ended;
      bot = await bench.start();
      botSince = Date.now();
    });

    const look = async () => {
      const [trees, documents, services, answer] = await Promise.all([
        host.trees(),
        host.documents(),
        host.services(),
        host.answer(),
      ]);
      return { trees, documents, services, answer };
    };

    /** Writes a command in an issue of its own and waits for the end of its run. */
    async function runs(command: string, ...wanted: readonly RegExp[]): Promise<void> {
      const issue = await bench.words.openIssue(command);
      await bench.words.answerTo(await bench.words.write('william', command, issue), /kind=end/, ...wanted);
    }

    /** The step looks before anything is touched, so the run ends by itself. */
    async function refuses(command: string, step: string, { spoil, mend }: Spoilt): Promise<void> {
      await host.must(spoil);
      const issue = await bench.words.openIssue(step);
      const said = await bench.words.ask('william', command, /was not started/, issue);
      await host.must(mend);
      expect(said).toContain(`- pryv: step ${step}: `);
      expect(said).toContain('**1 thing in the way.** Nothing was changed on any host.');
    }

    async function failsAndIsTakenBack(command: string, step: string, failure: Failure): Promise<void> {
      const issue = await bench.words.openIssue(step);
      await host.fail(failure);
      const asked = await bench.words.write('william', command, issue);
      await bench.words.answerTo(asked, /kind=prompt-p1/);
      expect(bench.events().findLast(({ type }) => type === 'prompt_opened')).toMatchObject({ step });
      if (failure.stays === true) await host.failNoMore();
      await bench.words.write('william', '/rollback', issue);
      await bench.words.answerTo(asked, /kind=end/, /was rolled back after/);
    }

    function isTakenBack(command: string, failures: Failures, holds: readonly Entry[]): void {
      let before: Awaited<ReturnType<typeof look>>;
      beforeAll(async () => {
        before = await look();
      });
      it.each(Object.entries(failures))('that fails at step %s leaves all as it was', async (step, how) => {
        await ('spoil' in how ? refuses(command, step, how) : failsAndIsTakenBack(command, step, how));
        const [{ trees, ...after }, unlike] = await Promise.all([look(), host.redisUnlike(holds)]);
        // What a step says it leaves may be there.
        expect(differences(before.trees, trees).filter((line) => !LEFT.test(line))).toEqual([]);
        expect({ ...after, trees: before.trees }).toEqual(before);
        expect(unlike).toEqual([]);
      });
    }

    describe('/layout pryv 1.6', () => {
      isTakenBack('/layout pryv 1.6', LAYOUT, OLD);

      it('lays it out, and lets those who are named switch', async () => {
        const owner = await host.must('stat -c "%U %G %a" /var/pryv');
        await runs('/layout pryv 1.6', /succeeded after/);
        expect(await host.must('readlink /var/pryv')).toBe('/var/pryv1.5\n');
        expect(await host.must('stat -c "%U %G %a" /var/pryv1.6')).toBe(owner);
        expect(await host.services()).not.toMatch(/inactive|failed/);
        expect(await host.must(SWITCH)).toBe('/var/pryv1.6\n/var/pryv1.5\n');
      });
    });

    describe('/upgrade pryv 1.6', () => {
      beforeAll(() => host.release('/var/pryv1.6', '1.6'));
      isTakenBack('/upgrade pryv 1.6', UPGRADE, OLD);

      it('changes nothing in a dry run', async () => {
        const { trees, ...before } = await look();
        await bench.words.ask('william', '/upgrade pryv 1.6 dryrun', /Nothing was changed\. To do it for real/);
        const { trees: now, ...after } = await look();
        expect(differences(trees, now)).toEqual([]);
        expect(after).toEqual(before);
      });
    });

    describe('/redis-merge pryv 1.6', () => {
      beforeAll(async () => {
        await host.must(UPGRADED_BY_HAND);
        await host.until('curl -fsS http://127.0.0.1/');
      });
      isTakenBack('/redis-merge pryv 1.6', MERGE, NEW);

      it('merges what was upgraded without its Redis', async () => {
        await runs('/redis-merge pryv 1.6', /succeeded after/);
        expect(await host.redisUnlike([...OLD, ...NEW])).toEqual([]);
        expect(await host.services()).not.toMatch(/:1\.5:|inactive|failed/);
      });
    });
  });
});

/** As somebody types it who is neither root nor who logs in for runs. */
const SWITCH = `
groupadd pryv
useradd --groups pryv sam
for version in 1.6 1.5; do
  runuser -u sam -- sudo -n switch_pryv.sh "$version" >&2
  readlink /var/pryv
done
`;

/** As somebody would who forgets Redis. */
const UPGRADED_BY_HAND = `
cd /var
pryv/stop-core; pryv/stop-config-follower; pryv/stop-config-leader
for path in config-leader/conf config-leader/data config-follower/conf pryv/nginx/conf/secret pryv/mongodb/data; do
  rm -rf "pryv1.6/$path"
  cp -a "pryv1.5/$path" "pryv1.6/$path"
done
ln -sfn /var/pryv1.6 pryv
pryv/start-config-leader; pryv/start-config-follower; pryv/run-pryv
`;
