import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Bot } from './bot.ts';
import type { ChaosHosts } from './hosts.ts';
import { type Kill, killing } from './kills.ts';
import { judge } from './person.ts';
import type { Random } from './random.ts';
import { recordOf, type RunRecord } from './record.ts';
import { add, type Tally } from './tally.ts';

/** Nothing that a run does takes as long, however busy the machine is. */
const LONGEST_MS = 240_000;
/** A person does not look at once. */
const LOOK_AFTER_MS = 300;
/** A server stays when a run has ended; more kills would only hit one that does nothing. */
const MOST_AFTER_END = 2;

export interface Play {
  readonly random: Random;
  readonly hosts: ChaosHosts;
  readonly bot: Bot;
  readonly record: (run: string) => RunRecord;
  /** So many kills, if the run lasts for them. */
  readonly wanted: number;
  /** Takes those that hit. */
  readonly kills: Kill[];
  readonly tally: Tally;
  /** Ends it where it is. */
  readonly giveUp: AbortSignal;
}

/**
 * Tends the bot and kills beside it until the run has ended, or is given up, and all is whole again.
 * @returns whether it has ended
 * @throws Error where it stands still
 */
export async function play({ random, hosts, bot, record, wanted, kills, tally, giveUp }: Play): Promise<boolean> {
  const nothing = recordOf('');
  const current = (): RunRecord => {
    const run = bot.run();
    return run === undefined ? nothing : record(run);
  };
  const killer = killing(random, hosts, bot, current);
  const progress = { killed: false, late: false };
  const answers = new Map<string, Answer>();

  async function killAll(): Promise<void> {
    while (kills.length < wanted && !isOver()) {
      // The last ones are kept for what comes after the end.
      if (kills.length >= wanted - MOST_AFTER_END && current().end() === undefined) await sleep(5);
      else {
        const kill = await killer.one();
        if (kill !== undefined) kills.push(kill);
      }
    }
    await killer.healed();
    progress.killed = true;
  }

  function isOver(): boolean {
    if (progress.late || giveUp.aborted) return true;
    const after = kills.filter(({ moment }) => moment === 'after the end').length;
    return current().end() !== undefined && (bot.pid() === undefined || after >= MOST_AFTER_END);
  }

  /** A person looks once all is whole again, and does not change their mind. */
  async function answer(): Promise<Answer | undefined> {
    const [run, prompt] = [bot.run(), current().openPrompt()?.prompt];
    if (run === undefined || prompt === undefined) return undefined;
    const known = answers.get(prompt);
    if (known !== undefined) return known;
    await killer.healed();
    // What was on its way when all was whole again has arrived.
    await sleep(LOOK_AFTER_MS);
    const judged = judge(hosts, run, current());
    if (judged === undefined) return undefined;
    answers.set(prompt, judged);
    tally.byHand += judged.byHand.length;
    add(tally.answers, judged.word);
    return judged;
  }

  await bot.begin();
  await bot.tend(undefined);
  const killed = killAll();
  let [seen, since] = [0, performance.now()];
  const hasEnded = (): boolean => progress.killed && current().end() !== undefined;
  while (!hasEnded() && !progress.late && !giveUp.aborted) {
    await bot.tend(await answer());
    await sleep(random.between(20, 120));
    // Each kill may take it back to a start that takes seconds.
    const happened = current().events().length + kills.length;
    if (happened > seen) [seen, since] = [happened, performance.now()];
    progress.late = performance.now() - since > LONGEST_MS;
  }
  await killed;
  if (progress.late) throw new Error('the run has neither ended nor gone on for minutes');
  return hasEnded();
}
