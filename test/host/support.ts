import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll } from '@jest/globals';
import type { Host, Hosts, LogSink } from '../../src/engine/ports.ts';
import type { JobKey, JobOrder } from '../../src/run/types.ts';
import { startSshd, type Sshd, type SshdOptions } from '../support/sshd.ts';
import { createHosts } from '../../src/host/hosts.ts';
import type { HostsOptions } from '../../src/host/options.ts';

export const RUN = '20261122-7k3f';
/** The journal's head that orders name. */
export const HEAD = 'a1'.repeat(32);

/** Takes a job's output into memory. */
export interface MemorySink extends LogSink {
  out(): Buffer;
  err(): Buffer;
}

export function memorySink(): MemorySink {
  const kept = { out: [] as Buffer[], err: [] as Buffer[] };
  const size = { out: 0, err: 0 };
  return {
    offsets: () => ({ ...size }),
    write: async (stream, bytes) => {
      kept[stream].push(Buffer.from(bytes));
      size[stream] += bytes.length;
    },
    out: () => Buffer.concat(kept.out),
    err: () => Buffer.concat(kept.err),
  };
}

/** Counts and hashes output instead of keeping it. */
export function countingSink(): LogSink & { digest(): string } {
  const size = { out: 0, err: 0 };
  const hash = createHash('sha256');
  return {
    offsets: () => ({ ...size }),
    write: async (stream, bytes) => {
      if (stream === 'out') hash.update(bytes);
      size[stream] += bytes.length;
    },
    digest: () => hash.copy().digest('hex'),
  };
}

export function job(step: string, changes: Partial<JobKey> = {}): JobKey {
  return { step, item: '-', host: 'thurst', phase: 'apply', attempt: 1, ...changes };
}

/** An order for a step that runs `text`. */
export function order(step: string, text: string, changes: Partial<JobOrder> = {}): JobOrder {
  return {
    run: RUN,
    epoch: 1,
    head: HEAD,
    job: job(step),
    env: {},
    apply: { shell: 'sh', text },
    timeoutMs: 60_000,
    capBytes: 1_000_000,
    ...changes,
  };
}

export const nothing = (): void => undefined;

/** Hosts that give up quickly, so that tests of lost links are short. */
export function quickHosts(sshd: Sshd, options: HostsOptions = {}): Hosts {
  return createHosts({
    env: {},
    knownHosts: sshd.knownHosts,
    connectTimeoutMs: 30_000,
    keepaliveMs: 300,
    reconnectWaitsMs: [50, 100, 200, 400],
    timeoutGraceMs: 300,
    ...options,
  });
}

/** One host behind a real sshd, for the tests of a `describe`. */
export interface HostBench {
  readonly sshd: () => Sshd;
  readonly host: () => Host;
}

export function hostBench(options: SshdOptions = {}): HostBench {
  let sshd: Sshd;
  let hosts: Hosts;
  beforeAll(async () => {
    sshd = await startSshd(options);
    hosts = quickHosts(sshd);
  });
  afterAll(async () => {
    await hosts.end();
    await sshd.stop();
  });
  return { sshd: () => sshd, host: () => hosts.host(sshd.planHost('thurst')) };
}

/** Waits until it holds, for at most forty seconds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1600; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come about within forty seconds');
}

/** False for a zombie: it has ended, and only waits for its parent to notice. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
