import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWorkplace, type Workplace } from '../acceptance/workplace.ts';
import { wrongAfter } from './afterwards.ts';
import { BOT_MS } from './bot.ts';
import { startHosts, type ChaosHosts } from './hosts.ts';
import type { Kill } from './kills.ts';
import { play } from './play.ts';
import { procedureText } from './procedure.ts';
import { randomFrom } from './random.ts';
import { recordOf, type RunRecord } from './record.ts';
import { serverBot } from './server-bot.ts';
import { add, emptyTally, type Tally } from './tally.ts';
import { terminalBot } from './terminal-bot.ts';
import { openThread, type Thread } from './thread.ts';

export interface ChaosOptions {
  readonly kills: number;
  readonly seed: number;
  /** Told each run in a line. */
  readonly say: (line: string) => void;
  /** No further run is begun once it is aborted. */
  readonly signal?: AbortSignal;
  /** Once it is aborted the run at hand is given up as well: it does not count. */
  readonly giveUp: AbortSignal;
}

/** Something was lost, doubled or left. What is needed to see why has been kept. */
export interface Found {
  readonly seed: number;
  readonly problems: readonly string[];
  /** A folder with journal, hosts' homes, kills and words. */
  readonly kept: string;
}

/** How long a link may be silent: short, so that many are lost for good and people are asked. */
const LINK = { CHANGEOVER_LINK_SECONDS: '2' };
const HOSTS = ['a', 'b', 'c'];

interface Stage {
  readonly hosts: ChaosHosts;
  readonly work: Workplace;
  readonly thread: Thread;
}

/**
 * Runs a procedure of twenty steps on three hosts again and again, and kills the bot, sshd, links and jobs at instants
 * that the seed draws, until there were so many kills. After each run every line must be there once, and every byte.
 * @throws Error where it cannot be set up
 */
export async function chaos(options: ChaosOptions): Promise<{ tally: Tally; found?: Found }> {
  const { kills, seed, signal, giveUp } = options;
  const tally = emptyTally();
  const began = performance.now();
  const stage = await setUp();
  try {
    const isStopped = (): boolean => giveUp.aborted || signal?.aborted === true;
    for (let run = 0; tally.kills.length < kills && !isStopped(); run += 1) {
      const found = await oneRun(stage, seed + run, kills - tally.kills.length, tally, options);
      tally.seconds = (performance.now() - began) / 1000;
      if (found !== undefined) return { tally, found };
    }
    return { tally };
  } finally {
    await tearDown(stage);
  }
}

async function setUp(): Promise<Stage> {
  const hosts = await startHosts(HOSTS);
  try {
    const thread = await openThread({
      'inventory.yml': JSON.stringify({ hosts: hosts.entries }),
      'procedures/demo/work.yml': procedureText(HOSTS),
    });
    const work = makeWorkplace(undefined, BOT_MS);
    work.inventory(hosts.entries);
    work.procedure('demo/work', procedureText(HOSTS));
    return { hosts, work, thread };
  } catch (error) {
    await hosts.remove();
    throw error;
  }
}

/** All of it, whatever one of them has to say. */
async function tearDown({ hosts, work, thread }: Stage): Promise<void> {
  try {
    work.remove();
    await thread.close();
  } finally {
    await hosts.remove();
  }
}

/** One run with its kills; `most`: no more of them. */
async function oneRun(
  stage: Stage,
  seed: number,
  most: number,
  tally: Tally,
  { say, giveUp }: ChaosOptions,
): Promise<Found | undefined> {
  const { hosts, work, thread } = stage;
  const random = randomFrom(seed);
  for (const host of hosts.all) host.clear();
  const records = new Map<string, RunRecord>();
  const record = (run: string): RunRecord => {
    const known = records.get(run) ?? recordOf(work.journalFile(run));
    records.set(run, known);
    return known;
  };
  const isServer = random.next() < 0.5;
  const bot = isServer
    ? serverBot(work, thread, { ...LINK, HOME: work.folder }, record)
    : terminalBot(work, LINK, record);
  const wanted = Math.min(most, random.between(12, 30));
  const began = performance.now();
  const kills: Kill[] = [];
  const problems: string[] = [];
  try {
    if (!(await play({ random, hosts, bot, record, wanted, kills, tally, giveUp }))) {
      say(`seed ${String(seed)}: given up after ${String(kills.length)} kills and ${seconds(began)} s`);
      return undefined;
    }
    problems.push(...(await bot.afterwards()), ...bot.problems);
    // A server keeps its connections for as long as it lives.
    await bot.end();
    const id = bot.run() ?? '';
    problems.push(...(await wrongAfter(hosts, id, work.journal, record(id).events())));
  } catch (error) {
    problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error), ...bot.problems);
  } finally {
    await bot.end();
  }
  const run = bot.run();
  count(tally, kills, run === undefined ? [] : record(run).events());
  const ended = run === undefined ? 'not begun' : (record(run).end()?.status ?? 'not ended');
  say(
    `seed ${String(seed)}: ${isServer ? 'server' : 'terminal'}, ${String(kills.length)} kills, ${ended}, ${seconds(began)} s${problems.length === 0 ? '' : ', WRONG'}`,
  );
  if (problems.length === 0) return undefined;
  return { seed, problems, kept: keep(stage, seed, kills, problems, bot.said()) };
}

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1);

function count(tally: Tally, kills: readonly Kill[], events: ReturnType<RunRecord['events']>): void {
  tally.runs += 1;
  tally.kills.push(...kills);
  for (const event of events) {
    add(tally.events, event.type);
    if (event.type === 'run_started' && event.epoch > 1) tally.pickUps += 1;
    if (event.type === 'prompt_opened') tally.prompts += 1;
    if (event.type === 'job_finished') add(tally.outcomes, event.outcome);
    if (event.type === 'job_settled') add(tally.settled, `${event.outcome} by ${event.by}`);
    if (event.type === 'run_finished') add(tally.ends, event.status);
  }
}

function keep(
  { hosts, work, thread }: Stage,
  seed: number,
  kills: readonly Kill[],
  problems: readonly string[],
  said: string,
): string {
  const folder = join('/var/tmp', `changeover-chaos-${String(seed)}-${String(process.pid)}`);
  mkdirSync(folder, { recursive: true });
  cpSync(work.journal, join(folder, 'journal'), { recursive: true, preserveTimestamps: true });
  writeFileSync(join(folder, 'comments.txt'), thread.all());
  writeFileSync(join(folder, 'bots.txt'), said);
  for (const { name, machine } of hosts.all) cpSync(machine.path('home'), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'problems.txt'), `${problems.join('\n\n')}\n`);
  writeFileSync(join(folder, 'kills.json'), `${JSON.stringify(kills, undefined, 2)}\n`);
  return folder;
}
