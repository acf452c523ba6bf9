import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Bench, type Bot, endAfterAll, inventoryOf, openBench } from '../../acceptance/support/thread-bench.ts';
import type { OpenApiChecker } from '../../support/openapi.ts';
import { type Lab, LAB_MS, openLab } from '../support/lab.ts';
import { expectAlike } from './expect-alike.ts';
import type { Broken, Spoilt } from './failures.ts';
import { procedures } from './procedures.ts';
import { type Failure, makePryvHost, type PryvHost, type Standing } from './pryv-host.ts';
import { type Entry, entries } from './redis-data.ts';

/** Some keys expire while the first runs are at them. */
const soon = Date.now() + 60_000;
/** What both versions hold in Redis: a few of each kind, half of them in both; many are in the other tests. */
export const OLD = entries('1.5', 0, 200, soon);
export const NEW = entries('1.6', 100, 200, soon);

/** One that works for ten minutes is killed as one that hangs. */
const BOT_LASTS_MS = 100_000;

/** A host on which one step after the other is broken, by tests that go on with it as the one before left it. */
export interface GoesOn {
  readonly host: () => PryvHost;
  readonly bench: () => Bench;
  /** Writes a command in an issue of its own and waits until its run has succeeded. */
  readonly succeeds: (command: string) => Promise<void>;
  /**
   * Tests that a command which fails at one of these steps leaves all as it was, or does so once `/rollback` is answered; and
   * that a way back which fails goes on by `/retry`.
   */
  readonly isTakenBack: (command: string, broken: Broken, holds: readonly Entry[]) => void;
}

/** The host of a `describe`, with a bot and a GitHub of its own. */
export function brokenHost(checker: OpenApiChecker, laidOut: boolean): GoesOn {
  let lab: Lab;
  let host: PryvHost;
  let bench: Bench;
  let bot: Bot | undefined;
  let botSince = 0;
  endAfterAll();
  beforeAll(async () => {
    lab = await openLab();
    host = await makePryvHost(await lab.host('pryv'), OLD, laidOut);
    await host.newVersionWrites(NEW);
    const inventory = inventoryOf({ pryv: host.entry({ vars: { switchers: '%pryv' } }) });
    bench = await openBench(checker, { 'inventory.yml': inventory, ...procedures() });
  }, LAB_MS);
  afterAll(() => lab.remove());
  beforeEach(async () => {
    if (bot !== undefined && Date.now() - botSince < BOT_LASTS_MS) return;
    bot?.kill('SIGKILL');
    await bot?.ended;
    bot = await bench.start();
    botSince = Date.now();
  });

  /** The step looks before anything is touched, so the run does not start. */
  async function refuses(command: string, issue: number, step: string, { spoil, mend }: Spoilt): Promise<void> {
    await host.must(spoil);
    const said = await bench.words.ask('william', command, /was not started/, issue);
    await host.must(mend);
    expect(said).toContain('**1 thing in the way.** Nothing was changed on any host.');
    expect(said).toContain(`- pryv: step ${step}: `);
  }

  /** The step of a command's run that waits in vain, as it stands in the repository now. */
  let inVain: string | undefined;
  function waitsInVain(command: string, step: string | undefined): void {
    const [verb = ''] = command.slice(1).split(' ');
    const wanted = step === undefined ? undefined : { verb, step };
    if (JSON.stringify(wanted) === inVain) return;
    inVain = JSON.stringify(wanted);
    bench.commit(procedures(wanted));
  }

  /** A word after which a step fails, and the run asks. */
  async function fails(word: string, issue: number, step: string, failure: Failure): Promise<void> {
    await host.fail(failure);
    await bench.words.ask('william', word, /kind=prompt-/, issue);
    expect(bench.events().findLast(({ type }) => type === 'prompt_opened')).toMatchObject({ step });
    if (failure.stays === true) await host.failNoMore();
  }

  const ends = async (word: string, issue: number, how: string): Promise<void> => {
    // The live comment says the same a second later.
    await bench.words.ask('william', word, new RegExp(`kind=end .*\n### .* ${how}$`, 'm'), issue);
  };

  return {
    host: () => host,
    bench: () => bench,
    succeeds: async (command) => {
      await ends(command, await bench.words.openIssue(command), 'succeeded');
    },
    isTakenBack: (command, { steps, back }, holds) => {
      let before: Standing;
      beforeAll(async () => {
        before = await host.look();
      });
      /** After one that is not taken back the others would only wait in vain. */
      let unlikeSince: string | undefined;
      async function leavesAllAsItWas(step: string, act: (issue: number) => Promise<void>): Promise<void> {
        if (unlikeSince !== undefined) throw new Error(`not tried: the host is not as it was since ${unlikeSince}`);
        unlikeSince = step;
        await act(await bench.words.openIssue(step));
        expectAlike(before, await host.look(), holds);
        unlikeSince = undefined;
      }

      it.each(Object.entries(steps))('that fails at step %s leaves all as it was', (step, how) =>
        leavesAllAsItWas(step, async (issue) => {
          if ('spoil' in how) return refuses(command, issue, step, how);
          waitsInVain(command, how.stays === true ? step : undefined);
          await fails(command, issue, step, how);
          await ends('/rollback', issue, 'was rolled back');
        }),
      );

      const [first] = Object.entries(steps).flatMap(([step, how]) => ('spoil' in how ? [] : [[step, how] as const]));
      if (first === undefined || Object.keys(back).length === 0) return;
      it.each(Object.entries(back))('whose way back fails at %s leaves all as it was', (step, how) =>
        leavesAllAsItWas(step, async (issue) => {
          waitsInVain(command, how.stays === true ? step : undefined);
          await fails(command, issue, ...first);
          await fails('/rollback', issue, step, how);
          await ends('/retry', issue, 'was rolled back');
        }),
      );
    },
  };
}
