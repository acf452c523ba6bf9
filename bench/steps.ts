/**
 * What a step costs, beside others, in one run: 30 `true` steps over loopback, one after the other.
 * `npm run bench:steps`. Quote the ratios: the milliseconds are this machine's.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHosts } from '../src/host/hosts.ts';
import { createLogs } from '../src/host/logs.ts';
import type { JobOrder } from '../src/run/types.ts';
import { startProxy } from '../test/support/proxy.ts';
import { startSshd, type Sshd } from '../test/support/sshd.ts';
import { ansible, controlMaster, type Peer } from './peers.ts';

const STEPS = 30;
const ROUNDS = 3;

interface Row {
  readonly name: string;
  /** Milliseconds a step, connecting apart. */
  readonly step: number;
  readonly note: string;
}

const sshd = await startSshd();
try {
  const [ours, counted] = await changeover(sshd);
  const rows: Row[] = [ours];
  for (const peer of [controlMaster(sshd), ansible(sshd, true), ansible(sshd, false)]) rows.push(await measure(peer));
  print(rows, counted);
} finally {
  await sshd.stop();
}

/** Crash-safe steps: claimed on the host, output in files there, log kept and sealed here. */
async function changeover(server: Sshd): Promise<[Row, string]> {
  const proxy = await startProxy(server.port);
  const direct = createHosts({ env: {} });
  const counting = createHosts({ env: {} });
  const logs = createLogs(join(server.folder, 'logs'));
  let made = 0;
  const step = async (host: ReturnType<typeof direct.host>): Promise<void> => {
    const order = orderOf((made += 1));
    const log = await logs.open(order.run, order.job);
    const report = await host.ensureJob(order, log, () => undefined);
    if (report.kind !== 'finished' || report.end !== 'done')
      throw new Error(`a step went wrong: ${JSON.stringify(report)}`);
    await log.seal();
  };
  try {
    const host = direct.host(server.planHost('thurst'));
    await step(host);
    const times: number[] = [];
    const processes: number[] = [];
    for (let count = 0; count < STEPS * ROUNDS; count += 1) {
      const [before, start] = [processesSoFar(), performance.now()];
      await step(host);
      times.push(performance.now() - start);
      processes.push(processesSoFar() - before);
    }
    const far = counting.host(server.planHost('thurst', { port: proxy.port }));
    await step(far);
    const trips = proxy.roundTrips();
    for (let count = 0; count < STEPS; count += 1) await step(far);
    const perStep = (proxy.roundTrips() - trips) / STEPS;
    const row = {
      name: 'Changeover, crash-safe',
      step: median(times),
      note: `fastest ${Math.min(...times).toFixed(1)} ms`,
    };
    return [
      row,
      `${perStep.toFixed(2)} network round trips and ${Math.min(...processes)} process starts a step (all on this machine counted, fewest taken)`,
    ];
  } finally {
    await direct.end();
    await counting.end();
    await proxy.stop();
  }
}

/** The difference between many steps and one, so that starting up and connecting do not count. */
async function measure(peer: Peer): Promise<Row> {
  if (peer.missing !== undefined) return { name: peer.name, step: Number.NaN, note: `not here: ${peer.missing}` };
  try {
    await peer.run(1);
    const steps: number[] = [];
    const all: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const one = await timed(async () => peer.run(1));
      const many = await timed(async () => peer.run(STEPS + 1));
      steps.push((many - one) / STEPS);
      all.push(many);
    }
    return {
      name: peer.name,
      step: median(steps),
      note: `${STEPS + 1} steps with start-up ${(median(all) / 1000).toFixed(1)} s`,
    };
  } finally {
    await peer.end?.();
  }
}

function print(rows: readonly Row[], counted: string): void {
  const ours = rows[0]?.step ?? Number.NaN;
  console.log(`${STEPS} \`true\` steps over loopback, medians of ${ROUNDS} rounds, Node ${process.version}\n`);
  console.log(`${'a step'.padEnd(42)}${'ms'.padStart(8)}${'times ours'.padStart(12)}`);
  for (const { name, step, note } of rows) {
    const [ms, times] = Number.isNaN(step) ? ['-', '-'] : [step.toFixed(1), (step / ours).toFixed(1)];
    console.log(`${name.padEnd(42)}${ms.padStart(8)}${times.padStart(12)}   ${note}`);
  }
  console.log(`\nChangeover: ${counted}`);
}

function orderOf(number: number): JobOrder {
  return {
    run: '20261122-7k3f',
    epoch: 1,
    job: { step: `step-${number}`, item: '-', host: 'thurst', phase: 'apply', attempt: 1 },
    env: {},
    apply: { shell: 'sh', text: 'true' },
    timeoutMs: 600_000,
    capBytes: 10_000_000,
  };
}

/** Processes started on this machine since it booted. */
function processesSoFar(): number {
  return Number(/^processes (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
