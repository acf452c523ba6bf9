import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Answer, Host, Hosts } from '../../src/engine/ports.ts';
import { needs } from '../support/needs.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { HEAD, job, memorySink, nothing, order, quickHosts, RUN, until } from './support.ts';

/** What networks do to a link: take it away, swallow what is sent, end its connections. */
const HARMS = ['drop', 'hang', 'reset'] as const;
type Harm = (typeof HARMS)[number];
/** Whose words are the last that do not arrive: the request, or its answer once it has been done. */
const SIDES = ['client', 'server'] as const;
type Side = (typeof SIDES)[number];

const NOTE = { who: 'william', why: 'upgrade demo', since: '2026-11-22T06:00:00.000Z', where: 'a terminal' };
const TRUE = { shell: 'sh', text: 'true' } as const;
const NEEDS = { run: RUN, programs: [], becomeUsers: [], scripts: [] };

needs('sshd')('a link that breaks', () => {
  let sshd: Sshd;
  const open: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    sshd = await startSshd();
    mkdirSync(join(sshd.folder, 'done'));
  });
  afterAll(async () => {
    await sshd.stop();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (end) => end()));
  });

  interface Bench {
    readonly proxy: Proxy;
    readonly host: Host;
    /** Harms the link when that side speaks next. */
    readonly harm: (harm: Harm, side: Side, count?: number) => void;
    /** The link is whole again. */
    readonly heal: () => void;
  }

  /**
   * A host behind a proxy of its own. Where nothing comes through any more it is soon given up, by one try less: each has to be
   * long enough for a busy machine once the link is whole again.
   */
  async function bench(harm: Harm): Promise<Bench> {
    const proxy = await startProxy(sshd.port);
    const quick =
      harm === 'hang'
        ? { connectTimeoutMs: 2_000, keepaliveMs: 300, reconnectWaitsMs: [20] }
        : { keepaliveMs: 200, reconnectWaitsMs: [20, 40] };
    const hosts: Hosts = quickHosts(sshd, quick);
    open.push(async () => {
      await hosts.end();
      await proxy.stop();
    });
    return {
      proxy,
      host: hosts.host(sshd.planHost('thurst', { port: proxy.port })),
      harm: (which, side, count) => {
        proxy.when(
          side,
          () => {
            if (which === 'drop') proxy.refuse();
            else proxy[which]();
          },
          count,
        );
      },
      heal: () => {
        proxy.accept();
        proxy.resume();
      },
    };
  }

  let runs = 0;
  const newRun = (): string => `20261122-${String((runs += 1)).padStart(4, '0')}`;
  const file = (name: string): string => join(sshd.folder, 'done', name);
  const content = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
  const folder = (step: string): string => join(sshd.home, '.changeover/runs', RUN, 'thurst', step, '-/apply.1');

  /** All that may be asked twice: what each is called, and how it is asked of a host. */
  const REQUESTS: Readonly<Record<string, (host: Host, run: string) => Promise<Answer<unknown>>>> = {
    preflight: async (host) => host.preflight(NEEDS),
    lock: async (host, run) => host.lock(run, NOTE),
    unlock: async (host, run) => host.unlock(run, 1),
    'raise the epoch': async (host, run) => host.raiseEpoch(run, 2),
    'read a fact': async (host) => host.read(TRUE, { env: {} }, 60_000),
    look: async (host) => host.look(['sh'], { env: {} }),
    'list jobs': async (host, run) => host.jobs(run),
    tidy: async (host, run) => host.tidyJob(run, job('tidied'), true),
    kill: async (host, run) => host.kill(run, job('never'), 100),
    close: async (host, run) => host.closeRun(run, HEAD),
  };
  /** A read opens a channel of its own, so that both sides speak several times. */
  const whereOf = (name: string): readonly (readonly [Side, number])[] =>
    SIDES.flatMap((side) => (name === 'read a fact' ? [1, 2, 3] : [1]).map((count) => [side, count] as const));
  const TABLE = Object.keys(REQUESTS).flatMap((name) => HARMS.map((harm) => [name, harm] as const));

  it.each(TABLE)(
    'while it is asked to %s (%s): asked again, or out of reach; then as if nothing had been',
    async (name, harm) => {
      const ask = REQUESTS[name];
      if (ask === undefined) throw new Error(name);
      for (const [side, count] of whereOf(name)) {
        const { host, harm: harmLink, heal } = await bench(harm);
        const run = newRun();
        await host.jobs(run);
        harmLink(harm, side, count);

        const answer = await ask(host, run);
        heal();

        if (harm === 'reset') expect(answer).toMatchObject({ kind: 'ok' });
        else expect(answer).toEqual({ kind: 'unreachable', why: expect.stringMatching(/thurst|connection|answer/) });
        expect(await ask(host, run)).toMatchObject({ kind: 'ok' });
        // Nobody else is kept out by what became of it.
        await host.unlock(run, 1);
        expect(existsSync(join(sshd.home, '.changeover/lock'))).toBe(false);
      }
    },
  );

  /** So many times a server speaks until it has let somebody in: its name, its keys, and so on. */
  const STAGES = [1, 2, 3, 4, 5];

  it.each(HARMS)('while it is made or the login is proved (%s) is out of reach, and nothing was sent', async (harm) => {
    for (const stage of STAGES) {
      const { host, harm: harmLink, heal } = await bench(harm);
      harmLink(harm, 'server', stage);
      const report = await host.ensureJob(order(`login-${harm}-${stage}`, 'true'), memorySink(), nothing);
      expect([stage, report]).toEqual([
        stage,
        { kind: 'unreachable', why: expect.stringContaining('thurst (127.0.0.1') },
      ]);
      heal();
      expect(existsSync(folder(`login-${harm}-${stage}`))).toBe(false);
      expect(await host.read(TRUE, { env: {} }, 60_000)).toMatchObject({ kind: 'ok' });
    }
  });

  const DONE = { kind: 'finished', end: 'done', exitCode: 0 };

  it.each(HARMS)('before a job has been claimed (%s): it is done once, or never will be', async (harm) => {
    const { host, harm: harmLink, heal } = await bench(harm);
    const step = `order-${harm}`;
    const given = order(step, `echo once >>'${file(step)}'; echo out`);
    await host.ensureJob(order(`warm-${harm}`, 'true'), memorySink(), nothing);
    harmLink(harm, 'client');

    const report = await host.ensureJob(given, memorySink(), nothing);
    if (harm === 'reset') {
      expect(report).toMatchObject(DONE);
      expect(content(step)).toBe('once\n');
      return;
    }
    expect(report).toEqual({ kind: 'unknown', why: expect.any(String) });
    // By another way: what was sent on the first one may still be under way.
    const other = quickHosts(sshd);
    open.push(async () => other.end());
    expect(await other.host(sshd.planHost('thurst')).settle(given, memorySink())).toEqual({ kind: 'void' });
    heal();
    expect(await host.ensureJob(given, memorySink(), nothing)).toEqual({ kind: 'void' });
    await until(() => readdirSync(folder(step)).includes('start'));
    expect(content(step)).toBe('');
  });

  /** Two lines, between which it stays until that file is there. */
  const halves = (step: string): string =>
    `echo once >>'${file(step)}'; echo first; until [ -e '${file(`${step}-go`)}' ]; do sleep 0.05; done; echo second; echo other >&2`;
  const BOTH = 'first\nsecond\n';

  /** When the link breaks, and what is done then. */
  const DURING: Readonly<Record<string, (bench: Bench, harm: Harm, step: string, out: () => string) => Promise<void>>> =
    {
      'its claim': async ({ harm: harmLink }, harm, step) => {
        harmLink(harm, 'server');
        await until(() => existsSync(join(folder(step), 'start')));
      },
      'its output': async ({ harm: harmLink }, harm, _step, out) => {
        await until(() => out() === 'first\n');
        harmLink(harm, 'server');
      },
      'its end': async ({ harm: harmLink }, harm, step, out) => {
        await until(() => out() === 'first\n');
        writeFileSync(file(`${step}-go`), '');
        await until(() => existsSync(join(folder(step), 'exit')) || !existsSync(join(folder(step), 'out')));
        harmLink(harm, 'server');
      },
    };
  const MOMENTS = Object.keys(DURING).flatMap((name) => HARMS.map((harm) => [name, harm] as const));

  it.each(MOMENTS)('as a job tells %s (%s): it is found again, and no byte comes twice', async (name, harm) => {
    const made = await bench(harm);
    const step = `${name.replace(' ', '-')}-${harm}`;
    const sink = memorySink();
    const given = order(step, halves(step));
    await made.host.ensureJob(order(`before-${step}`, 'true'), memorySink(), nothing);
    const running = made.host.ensureJob(given, sink, nothing);
    await DURING[name]?.(made, harm, step, () => sink.out().toString());
    if (harm === 'reset') writeFileSync(file(`${step}-go`), '');

    const report = await running;
    writeFileSync(file(`${step}-go`), '');
    made.heal();
    if (report.kind === 'unknown') expect(await made.host.settle(given, sink)).toMatchObject(DONE);
    else expect(report).toMatchObject(DONE);

    expect([sink.out().toString(), sink.err().toString(), content(step)]).toEqual([BOTH, 'other\n', 'once\n']);
  });

  it.each(HARMS)('while it is settled (%s): it stays unknown or is told, and is not begun', async (harm) => {
    for (const side of SIDES) {
      const { host, harm: harmLink, heal } = await bench(harm);
      const step = `settled-${harm}-${side}`;
      const given = order(step, `echo once >>'${file(step)}'`);
      await host.jobs(RUN);
      harmLink(harm, side);

      const report = await host.settle(given, memorySink());
      heal();
      if (harm === 'reset') expect(report).toEqual({ kind: 'void' });
      else expect(report).toEqual({ kind: 'unknown', why: expect.any(String) });
      expect(await host.settle(given, memorySink())).toEqual({ kind: 'void' });
      expect(content(step)).toBe('');
    }
  });

  it.each(HARMS)('while a job is killed (%s): it is ended by whoever asks again', async (harm) => {
    for (const side of SIDES) {
      const { host, harm: harmLink, heal } = await bench(harm);
      const step = `killed-${harm}-${side}`;
      const given = order(step, `echo once >>'${file(step)}'; sleep 300`);
      const direct = quickHosts(sshd);
      open.push(async () => direct.end());
      const running = direct.host(sshd.planHost('thurst')).ensureJob(given, memorySink(), nothing);
      await until(() => content(step) !== '');
      await host.jobs(RUN);
      harmLink(harm, side);

      const answer = await host.kill(RUN, given.job, 100);
      heal();
      if (harm === 'reset') expect(answer).toMatchObject({ kind: 'ok' });
      else expect(answer).toEqual({ kind: 'unreachable', why: expect.any(String) });
      expect(await host.kill(RUN, given.job, 100)).toMatchObject({ kind: 'ok' });
      expect(await running).toMatchObject({ kind: 'finished', end: 'killed' });
      expect(content(step)).toBe('once\n');
    }
  });
});
