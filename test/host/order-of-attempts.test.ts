import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Host } from '../../src/engine/ports.ts';
import { needs } from '../support/needs.ts';
import { freePort } from '../support/sshd.ts';
import { HEAD, hostBench, isAlive, job, memorySink, nothing, order, quickHosts, RUN, until } from './support.ts';

for (const shell of ['dash', 'bash'] as const) {
  needs('sshd', shell)(`what may start after what whose sh is ${shell}`, () => {
    const { sshd, host } = hostBench({ sh: shell });

    it('starts nothing for a worker that a later one has taken over from', async () => {
      const run = '20261122-epch';
      const mark = join(sshd().folder, 'fenced');
      await host().raiseEpoch(run, 3);
      await host().raiseEpoch(run, 2);

      const old = await host().ensureJob(order('fenced', `touch ${mark}`, { run, epoch: 2 }), memorySink(), nothing);
      const current = await host().ensureJob(order('current', 'true', { run, epoch: 3 }), memorySink(), nothing);

      expect(old).toEqual({ kind: 'fenced', epoch: 3 });
      expect(existsSync(mark)).toBe(false);
      expect(current).toMatchObject({ kind: 'finished', end: 'done' });
    });

    const takeovers: Readonly<Record<string, (successor: Host, run: string) => Promise<unknown>>> = {
      'starts a job': (successor, run) =>
        successor.ensureJob(order('next', 'true', { run, epoch: 2 }), memorySink(), nothing),
      'attaches to a job that has started': (successor, run) =>
        successor.ensureJob(order('first', 'true', { run, epoch: 2 }), memorySink(), nothing),
      'looks again at a job': (successor, run) =>
        successor.settle(order('first', 'true', { run, epoch: 2 }), memorySink()),
    };
    it.each(Object.keys(takeovers))(
      'starts nothing for a worker whose successor could not reach the host at first, once it %s there',
      async (what) => {
        const run = `20261122-dn${String(Object.keys(takeovers).indexOf(what))}0`;
        const mark = join(sshd().folder, run);
        const old = (step: string, text: string) =>
          host().ensureJob(order(step, text, { run, epoch: 1 }), memorySink(), nothing);
        await old('first', 'true');
        const hosts = quickHosts(sshd());
        const away = hosts.host(sshd().planHost('thurst', { port: await freePort() }));

        const raised = await away.raiseEpoch(run, 2);
        await takeovers[what]?.(hosts.host(sshd().planHost('thurst')), run);
        await hosts.end();

        expect(raised).toMatchObject({ kind: 'unreachable' });
        expect(await old('last', `touch ${mark}`)).toEqual({ kind: 'fenced', epoch: 2 });
        expect(await host().settle(order('last', 'true', { run, epoch: 1 }), memorySink())).toEqual({
          kind: 'fenced',
          epoch: 2,
        });
        expect(existsSync(mark)).toBe(false);
      },
    );

    it('lets the first worker start on a host that knows nothing of the run yet', async () => {
      const run = '20261122-frst';

      await host().ensureJob(order('first', 'true', { run, epoch: 1 }), memorySink(), nothing);

      expect(existsSync(join(sshd().home, '.changeover/runs', run, 'epoch.1'))).toBe(false);
    });

    it('proves that a job never started, and never lets it start after that', async () => {
      const mark = join(sshd().folder, 'void');
      const late = order('void', `touch ${mark}`);

      const settled = await host().settle(late, memorySink());
      const started = await host().ensureJob(late, memorySink(), nothing);

      expect(settled).toEqual({ kind: 'void' });
      expect(started).toEqual({ kind: 'void' });
      expect(existsSync(mark)).toBe(false);
    });

    it('settles what has ended by its exit code', async () => {
      const ended = order('settle-ended', 'echo said; exit 4');
      const report = await host().ensureJob(ended, memorySink(), nothing);
      const sink = memorySink();

      expect(await host().settle(ended, sink)).toEqual(report);
      expect(sink.out().toString()).toBe('said\n');
    });

    it('follows what still runs when it is settled', async () => {
      const go = join(sshd().folder, 'go');
      const running = order('settle-running', `while [ ! -e ${go} ]; do sleep 0.05; done; echo said`);
      const first = host().ensureJob(running, memorySink(), nothing);
      await until(async () => {
        const found = await host().jobs(RUN);
        return (
          found.kind === 'ok' &&
          found.value.jobs.some(({ state, job: each }) => each.step === 'settle-running' && state === 'running')
        );
      });
      const sink = memorySink();
      const settling = host().settle(running, sink);
      mkdirSync(go);

      expect(await settling).toEqual(await first);
      expect(sink.out().toString()).toBe('said\n');
    });

    it('says unknown of a job whose wrapper was killed, and allows the next attempt', async () => {
      let wrapper = 0;
      const begun = join(sshd().folder, 'begun');
      const killed = host().ensureJob(
        order('gone', `echo begun; touch ${begun}; sleep 60`),
        memorySink(),
        (claim) => (wrapper = claim.pid),
      );
      await until(() => wrapper > 0 && existsSync(begun));
      const settledWhileAlive = host().ensureJob(
        order('gone', 'true', { job: job('gone', { attempt: 2 }) }),
        memorySink(),
        nothing,
      );
      expect(await settledWhileAlive).toMatchObject({ kind: 'refused', why: expect.stringContaining('apply.1') });

      process.kill(wrapper, 'SIGKILL');
      // Its script lives on in the session, so the job does.
      await until(() => !isAlive(wrapper));
      expect(
        await host().ensureJob(order('gone', 'true', { job: job('gone', { attempt: 2 }) }), memorySink(), nothing),
      ).toMatchObject({
        kind: 'refused',
      });
      expect(await host().kill(RUN, job('gone'), 100)).toEqual({ kind: 'ok', value: { killed: true } });

      expect(await killed).toMatchObject({ kind: 'unknown', alive: false });
      expect(
        await host().ensureJob(order('gone', 'true', { job: job('gone', { attempt: 2 }) }), memorySink(), nothing),
      ).toMatchObject({
        kind: 'finished',
        end: 'done',
      });
    });

    it('voids an attempt that never came, so that it cannot come late', async () => {
      const mark = join(sshd().folder, 'late');
      const second = await host().ensureJob(
        order('skipped', 'true', { job: job('skipped', { attempt: 2 }) }),
        memorySink(),
        nothing,
      );

      const first = await host().ensureJob(order('skipped', `touch ${mark}`), memorySink(), nothing);

      expect(second).toMatchObject({ kind: 'finished' });
      expect(first).toEqual({ kind: 'void' });
      expect(existsSync(mark)).toBe(false);
    });

    it('starts nothing of a closed run', async () => {
      const run = '20261122-clsd';
      await host().ensureJob(order('first', 'true', { run }), memorySink(), nothing);

      expect(await host().closeRun(run, HEAD)).toEqual({ kind: 'ok', value: null });

      expect(existsSync(join(sshd().home, '.changeover/runs', run))).toBe(false);
      expect(await host().ensureJob(order('second', 'true', { run }), memorySink(), nothing)).toMatchObject({
        kind: 'refused',
        why: expect.stringContaining('closed'),
        // What had begun before went with its folder.
        unseen: true,
      });
      expect(existsSync(join(sshd().home, '.changeover/runs', run))).toBe(false);
    });

    it('starts nothing and locks nothing for a worker that comes after the end, though no job had run there', async () => {
      const run = '20261122-1ate';
      const note = { who: 'olivia', why: 'upgrade pryv', since: '2026-11-22T06:00:00.000Z', where: 'a terminal' };
      expect(await host().lock(run, note)).toEqual({ kind: 'ok', value: {} });
      await host().closeRun(run, HEAD);

      const mark = join(sshd().folder, 'after-the-end');
      expect(await host().ensureJob(order('late', `touch ${mark}`, { run }), memorySink(), nothing)).toMatchObject({
        kind: 'refused',
      });
      expect(await host().lock(run, note)).toMatchObject({
        kind: 'unreachable',
        why: expect.stringContaining('has ended'),
      });
      expect(existsSync(mark)).toBe(false);
      expect(existsSync(join(sshd().home, '.changeover/lock'))).toBe(false);
    });

    it('leaves no mark on a host that it never touched', async () => {
      rmSync(join(sshd().home, '.changeover/closed'), { recursive: true, force: true });

      await host().closeRun('20261122-n0ne', HEAD);

      expect(existsSync(join(sshd().home, '.changeover/closed'))).toBe(false);
    });
  });
}
