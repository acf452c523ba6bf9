/**
 * What a step costs, beside others, in one run: 30 `true` steps over loopback, one after the other.
 * `npm run bench:steps`. Quote the ratios: the milliseconds are this machine's.
 */
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../src/engine/ports.ts';
import { createHosts } from '../src/host/hosts.ts';
import { createLogs } from '../src/host/logs.ts';
import type { JobKey, JobOrder } from '../src/run/types.ts';
import { startProxy } from '../test/support/proxy.ts';
import { startSshd, type Sshd } from '../test/support/sshd.ts';
import { bare, connectBare } from './bare.ts';
import { type Counts, countsOf, countsText } from './counts.ts';
import { ansible, controlMaster, type Peer } from './peers.ts';
import { createPlace } from './place.ts';
import { IN_MEMORY, unsafe, wholeRun } from './whole-run.ts';

const STEPS = 30;
const ROUNDS = 5;
/** What crash safety may cost a step. */
const BUDGET_MS = 4;

interface Row {
  readonly peer: Peer;
  /** What one step took, connecting included, and what many took in each round, in ms. */
  readonly one: number[];
  readonly many: number[];
}

const place = createPlace();
const sshd = await startSshd({ home: place.home });
try {
  const ours = await changeover(sshd);
  const contestants = [
    wholeRun(sshd, place, 'Changeover, a whole run'),
    wholeRun(sshd, place, 'the same run, its journal in memory', IN_MEMORY),
    wholeRun(sshd, place, 'the same run, that and its steps in a bare shell: nothing is safe', unsafe(sshd)),
    ours.peer,
    bare(sshd),
    controlMaster(sshd),
    ansible(sshd, true),
    ansible(sshd, false),
  ];
  const rows = contestants.map((peer): Row => ({ peer, one: [], many: [] }));
  // Round by round, so that what else the machine does hits all of them.
  for (let round = 0; round <= ROUNDS; round += 1) for (const row of rows) await measure(row, round > 0);
  print(rows);
  printCost(rows, await ours.counts(), await bareCounts(sshd), await diskCosts(place.local));
  for (const { peer } of rows) await peer.end?.();
} finally {
  await sshd.stop();
  place.remove();
}

/** The host's part of a step: claimed on the host, output in files there, log kept and sealed here. */
async function changeover(server: Sshd): Promise<{ peer: Peer; counts: () => Promise<Counts> }> {
  const proxy = await startProxy(server.port);
  const logs = createLogs(join(place.local, 'logs'));
  let made = 0;
  const step = async (host: Host): Promise<void> => {
    const order = orderOf((made += 1));
    const log = await logs.open(order.run, order.job);
    const report = await host.ensureJob(order, log, () => undefined);
    if (report.kind !== 'finished' || report.end !== 'done') throw new Error(`went wrong: ${JSON.stringify(report)}`);
    await log.seal();
  };
  const peer: Peer = {
    name: 'its jobs and logs alone',
    run: async (steps) => {
      const hosts = createHosts({ env: {} });
      for (let count = 0; count < steps; count += 1) await step(hosts.host(server.planHost('thurst')));
      await hosts.end();
    },
  };
  const counts = async (): Promise<Counts> => {
    const hosts = createHosts({ env: {} });
    const host = hosts.host(server.planHost('thurst', { port: proxy.port }));
    const counted = await countsOf(async () => step(host), proxy);
    await hosts.end();
    await proxy.stop();
    return counted;
  };
  return { peer, counts };
}

async function bareCounts(server: Sshd): Promise<Counts> {
  const proxy = await startProxy(server.port);
  const connection = await connectBare(server, proxy.port);
  const counted = await countsOf(connection.step, proxy);
  connection.end();
  await proxy.stop();
  return counted;
}

async function measure(row: Row, counts: boolean): Promise<void> {
  if (row.peer.missing !== undefined) return;
  const run = async (steps: number): Promise<number> => timed(async () => row.peer.run(steps));
  place.renew();
  if (!counts) {
    await run(1);
    return;
  }
  row.many.push(await run(STEPS + 1));
  row.one.push(await run(1), await run(1), await run(1));
}

/**
 * Milliseconds a step in each round: the difference between many and one, so that starting up and connecting do not count.
 * Those take longer than a step and vary more, so it is the median of all rounds' that is taken off.
 */
function stepsOf({ one, many }: Row): readonly number[] {
  return many.map((ms) => (ms - median(one)) / STEPS);
}

function print(rows: readonly Row[]): void {
  const ours = median(rows.slice(0, 1).flatMap(stepsOf));
  console.log(`${STEPS} \`true\` steps over loopback, medians of ${ROUNDS} rounds, Node ${process.version}\n`);
  console.log(
    `${'a step'.padEnd(66)}${'ms'.padStart(8)}${'times ours'.padStart(12)}   ${STEPS + 1} steps with connecting`,
  );
  for (const row of rows) {
    const { peer, many } = row;
    const step = median(stepsOf(row));
    const cells =
      peer.missing === undefined
        ? [step.toFixed(1), (step / ours).toFixed(1), `${(median(many) / 1000).toFixed(2)} s`]
        : ['-', '-', `not here: ${peer.missing}`];
    console.log(`${peer.name.padEnd(66)}${cells[0]?.padStart(8)}${cells[1]?.padStart(12)}   ${cells[2]}`);
  }
}

/**
 * What it costs that a step is claimed, watched and kept on its host and its events synced: a whole run beside the same run
 * without, round by round, since the machine may be twice as fast in the next one.
 */
function printCost(rows: readonly Row[], withIt: Counts, without: Counts, disk: DiskCosts): void {
  const [safe = [], inMemory = [], nothing = []] = rows.map(stepsOf);
  const more = (one: readonly number[], other: readonly number[]): number =>
    median(one.map((ms, round) => ms - (other[round] ?? Number.NaN)));
  const [all, trips] = [more(safe, nothing), withIt.trips - without.trips];
  console.log('\nWhat it costs a step to be safe, by whole runs with and without:');
  console.log(`  with:    ${median(safe).toFixed(1)} ms; its job alone: ${countsText(withIt)}`);
  console.log(`  without: ${median(nothing).toFixed(1)} ms; its job alone: ${countsText(without)}`);
  console.log(
    `  the difference: ${all.toFixed(1)} ms, ${trips.toFixed(2)} round trips, ${withIt.starts - without.starts} process starts`,
  );
  console.log(
    `    the journal on the disk: ${more(safe, inMemory).toFixed(1)} ms (a synced write by itself: ${disk.sync.toFixed(1)})`,
  );
  console.log(
    `    claim, watch and output on the host: ${more(inMemory, nothing).toFixed(1)} ms (a new file by itself: ${disk.file.toFixed(2)})`,
  );
  console.log(`No round trip more: ${trips < 0.05 ? 'holds' : 'DOES NOT HOLD'}.`);
  console.log(`At most ${BUDGET_MS} ms: ${all <= BUDGET_MS ? 'holds' : 'DOES NOT HOLD'}.`);
}

interface DiskCosts {
  readonly sync: number;
  readonly file: number;
}

/** How long this disk takes to keep about what a step adds to the journal, and to make a file, in ms. */
async function diskCosts(folder: string): Promise<DiskCosts> {
  const handle = await open(join(folder, 'synced'), 'w');
  const costs: Record<keyof DiskCosts, number[]> = { sync: [], file: [] };
  for (let count = 0; count < STEPS; count += 1) {
    costs.sync.push(
      await timed(async () => {
        await handle.write('x'.repeat(2_000));
        await handle.datasync();
      }),
    );
    costs.file.push(
      await timed(() => {
        closeSync(openSync(join(folder, `file-${count}`), 'w'));
      }),
    );
  }
  await handle.close();
  return { sync: median(costs.sync), file: median(costs.file) };
}

function orderOf(number: number): JobOrder {
  const jobOf = (each: number): JobKey => ({
    step: `step-${each}`,
    item: '-',
    host: 'thurst',
    phase: 'apply',
    attempt: 1,
  });
  return {
    run: '20261122-7k3f',
    epoch: 1,
    head: '0'.repeat(64),
    job: jobOf(number),
    // As many as a run's own orders name.
    ahead: Array.from({ length: 8 }, (_, index) => jobOf(number + 1 + index)),
    env: {},
    apply: { shell: 'sh', text: 'true' },
    timeoutMs: 600_000,
    capBytes: 10_000_000,
  };
}

async function timed(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
