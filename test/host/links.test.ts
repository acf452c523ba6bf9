import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Host, Hosts } from '../../src/engine/ports.ts';
import { createLogs } from '../../src/host/logs.ts';
import { needs } from '../support/needs.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { countingSink, job, memorySink, nothing, order, quickHosts, RUN, until } from './support.ts';

needs('sshd')('a link that breaks', () => {
  let sshd: Sshd;
  let proxy: Proxy;
  let hosts: Hosts;
  let host: Host;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => {
    await sshd.stop();
  });
  beforeEach(async () => {
    proxy = await startProxy(sshd.port);
    hosts = quickHosts(sshd);
    host = hosts.host(sshd.planHost('thurst', { port: proxy.port }));
  });
  afterEach(async () => {
    await hosts.end();
    await proxy.stop();
  });
  /** Thirty lines, in the midst of which it stays until that file is there. */
  const counting = (go: string): string =>
    `i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo "line $i"; [ $i -ne 15 ] || until [ -e '${go}' ]; do sleep 0.05; done; sleep 0.02; done`;
  const counted = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`).join('');

  for (const [name, harm] of [
    [
      'is reset',
      () => {
        proxy.reset();
      },
    ],
    [
      'dies with the server process behind it',
      () => {
        sshd.killConnections();
      },
    ],
    [
      'hangs without a word',
      () => {
        proxy.hang();
      },
    ],
  ] as const) {
    it(`that ${name} in mid-job neither ends the job nor loses or doubles a byte`, async () => {
      const sink = memorySink();
      const go = join(sshd.folder, name);
      const running = host.ensureJob(order(`link ${name}`, counting(go)), sink, nothing);
      await until(() => sink.offsets().out > 0);

      harm();
      writeFileSync(go, '');
      if (name === 'hangs without a word')
        setTimeout(() => {
          proxy.resume();
        }, 1_500);

      expect(await running).toMatchObject({ kind: 'finished', end: 'done', exitCode: 0 });
      expect(sink.out().toString()).toBe(counted);
    });
  }

  it('is unknown when it cannot be had back, and found ended later', async () => {
    const go = join(sshd.folder, 'lost');
    const lost = order('lost', `until [ -e '${go}' ]; do sleep 0.05; done; echo done`);
    const running = host.ensureJob(lost, memorySink(), nothing);
    await until(() => existsSync(join(sshd.home, '.changeover/runs', RUN, 'thurst/lost/-/apply.1/start')));

    proxy.refuse();
    const report = await running;
    proxy.accept();
    writeFileSync(go, '');
    const sink = memorySink();

    expect(report).toMatchObject({ kind: 'unknown' });
    expect(await host.settle(lost, sink)).toMatchObject({ kind: 'finished', end: 'done' });
    expect(sink.out().toString()).toBe('done\n');
  });

  it('is not what fails when output cannot be kept here, and goes on being used', async () => {
    const full = { ...memorySink(), write: async () => Promise.reject(new Error('no space left')) };

    await expect(host.ensureJob(order('unkept', 'echo out'), full, nothing)).rejects.toThrow('no space left');
    const sink = memorySink();

    expect(await host.ensureJob(order('unkept', 'echo out'), sink, nothing)).toMatchObject({ end: 'done' });
    expect(sink.out().toString()).toBe('out\n');
  });

  it('leaves a job unreachable where nothing was sent', async () => {
    proxy.refuse();

    expect(await host.ensureJob(order('refused', 'true'), memorySink(), nothing)).toMatchObject({
      kind: 'unreachable',
      why: expect.stringContaining('thurst'),
    });
    expect(await host.read({ shell: 'sh', text: 'true' }, { env: {} }, 1_000)).toMatchObject({ kind: 'unreachable' });
    expect(await host.jobs(RUN)).toMatchObject({ kind: 'unreachable' });
  });

  it('is told from a host that is not there', async () => {
    const nobody = hosts.host(sshd.planHost('nobody', { port: 1 }));

    expect(await nobody.ensureJob(order('nobody', 'true'), memorySink(), nothing)).toMatchObject({
      kind: 'unreachable',
      why: expect.stringMatching(/nobody \(127\.0\.0\.1, port 1\) cannot be reached: .*ECONNREFUSED/),
    });
  });

  it('and comes back is used again', async () => {
    await host.read({ shell: 'sh', text: 'true' }, { env: {} }, 1_000);
    proxy.reset();

    expect(await host.read({ shell: 'sh', text: 'echo on' }, { env: {} }, 60_000)).toMatchObject({
      kind: 'ok',
      value: { stdout: 'on\n' },
    });
  });

  it('brings 100 MB in little memory', async () => {
    const sink = countingSink();
    const expected = createHash('sha256');
    const block = Buffer.from('0123456789abcdef'.repeat(65_536));
    for (let count = 0; count < 100; count += 1) expected.update(block);
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 20);

    const report = await host.ensureJob(
      order(
        'big',
        `i=0; b=$(printf '0123456789abcdef%.0s' $(seq 4096)); while [ $i -lt 1600 ]; do printf %s "$b"; i=$((i+1)); done`,
        {
          capBytes: 200_000_000,
        },
      ),
      sink,
      nothing,
    );
    clearInterval(watch);

    process.stderr.write(`100 MiB of output: ${Math.round((most - before) / 1e6)} MB more memory\n`);
    expect(report).toMatchObject({ kind: 'finished', bytes: { out: 104_857_600, err: 0 }, cut: false });
    expect(sink.digest()).toBe(expected.digest('hex'));
  });

  it('is taken up by another bot where one was killed, and every byte is logged once', async () => {
    const folder = join(sshd.folder, 'logs');
    mkdirSync(folder);
    const script = join(sshd.folder, 'bot.ts');
    const go = join(sshd.folder, 'killed');
    writeFileSync(script, botSource(sshd, folder, counting(go)));
    const bot = spawn(process.execPath, ['--import', './scripts/ts.js', script], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const log = join(folder, RUN, 'thurst/killed/-/apply.1.out');
    try {
      await until(() => existsSync(log) && statSync(log).size > 20);
    } finally {
      // Also where it has come to nothing: it would live on, and Jest with it.
      bot.kill('SIGKILL');
    }
    await once(bot, 'exit');
    const jobLog = await createLogs(folder).open(RUN, job('killed'));
    writeFileSync(go, '');
    const report = await host.ensureJob(order('killed', counting(go)), jobLog, nothing);
    const sealed = await jobLog.seal();

    expect(report).toMatchObject({ kind: 'finished', end: 'done', bytes: { out: counted.length } });
    expect(readFileSync(log, 'utf8')).toBe(counted);
    expect(sealed.sha256).toBe(createHash('sha256').update(counted).digest('hex'));
  });
});

/** A bot of its own process, to be killed. */
function botSource(sshd: Sshd, folder: string, text: string): string {
  const root = process.cwd();
  return `
import { createHosts } from '${root}/src/host/hosts.ts';
import { createLogs } from '${root}/src/host/logs.ts';
const host = createHosts({ env: {} }).host(${JSON.stringify(sshd.planHost('thurst'))});
const order = ${JSON.stringify(order('killed', text))};
await host.ensureJob(order, await createLogs(${JSON.stringify(folder)}).open(order.run, order.job), () => {});
`;
}
