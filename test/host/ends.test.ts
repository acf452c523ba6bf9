import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { hostBench, isAlive, job, memorySink, nothing, order, RUN, until } from './support.ts';

for (const shell of ['dash', 'bash'] as const) {
  needs('sshd', shell)(`how a job ends whose sh is ${shell}`, () => {
    const { sshd, host } = hostBench({ sh: shell });
    const pidsIn = (file: string): readonly number[] => readFileSync(file, 'utf8').trim().split('\n').map(Number);

    it('lets nothing live on past its time-out, not even what ignores TERM', async () => {
      const file = join(sshd().folder, 'timed');
      const text = `trap '' TERM; echo $$ >>${file}; (sleep 60 & echo $! >>${file}; wait) & (trap - TERM; exec sleep 60) & echo $! >>${file}; wait; sleep 60`;

      const report = await host().ensureJob(order('timed', text, { timeoutMs: 4_000 }), memorySink(), nothing);

      expect(report).toMatchObject({
        kind: 'finished',
        end: 'timed_out',
        reached: 'apply',
        exitCode: null,
        survivors: 0,
      });
      const pids = pidsIn(file);
      expect(pids).toHaveLength(3);
      expect(pids.filter(isAlive)).toEqual([]);
    });

    it('counts what it left running', async () => {
      const file = join(sshd().folder, 'left');

      const report = await host().ensureJob(
        order('left', `sleep 60 >/dev/null & echo $! >>${file}; sleep 61 & echo $! >>${file}`),
        memorySink(),
        nothing,
      );

      const pids = pidsIn(file);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      expect(report).toMatchObject({ kind: 'finished', end: 'done', survivors: 2 });
    });

    it('counts it after a long job too', async () => {
      const file = join(sshd().folder, 'left-long');

      const report = await host().ensureJob(
        order('left-long', `sleep 60 & echo $! >>${file}; sleep 2.1`),
        memorySink(),
        nothing,
      );

      for (const pid of pidsIn(file)) process.kill(pid, 'SIGKILL');
      expect(report).toMatchObject({ kind: 'finished', end: 'done', survivors: 1 });
    });

    it('is killed when that is asked for, with all its processes', async () => {
      const file = join(sshd().folder, 'killed');
      const running = host().ensureJob(
        order('killed', `echo $$ >${file}; sleep 60 & echo $! >>${file}; wait`),
        memorySink(),
        nothing,
      );
      await until(() => existsSync(file) && pidsIn(file).length === 2);

      expect(await host().kill(RUN, job('killed'), 200)).toEqual({ kind: 'ok', value: { killed: true } });

      expect(await running).toMatchObject({ kind: 'finished', end: 'killed', exitCode: null });
      expect(pidsIn(file).filter(isAlive)).toEqual([]);
    });

    it('is never killed after its end, nor before its start', async () => {
      await host().ensureJob(order('over', 'true'), memorySink(), nothing);

      expect(await host().kill(RUN, job('over'), 100)).toEqual({ kind: 'ok', value: { killed: false } });
      expect(await host().kill(RUN, job('never'), 100)).toEqual({ kind: 'ok', value: { killed: false } });
    });

    it('lets a script take an interrupt, as at a terminal', async () => {
      const sink = memorySink();

      await host().ensureJob(order('interrupt', `trap 'echo caught' INT; kill -INT $$; echo on`), sink, nothing);

      expect(sink.out().toString()).toBe('caught\non\n');
    });

    it('cuts output past the cap on the host, and says so', async () => {
      const sink = memorySink();

      const report = await host().ensureJob(
        order('cut', 'yes 0123456789 | head -c 300000; head -c 100 /dev/zero >&2', { capBytes: 100_000 }),
        sink,
        nothing,
      );

      expect(report).toMatchObject({ end: 'done', cut: true, bytes: { out: 100_000, err: 100 } });
      expect(sink.out().toString()).toBe('0123456789\n'.repeat(9_091).slice(0, 100_000));
    });

    it('holds no more than the cap on the disk while it runs on', async () => {
      const sink = memorySink();
      const file = join(sshd().folder, 'capped-go');

      const running = host().ensureJob(
        order('capped', `head -c 3000000 /dev/zero; while [ ! -e ${file} ]; do sleep 0.1; done; echo end`, {
          capBytes: 1_000,
        }),
        sink,
        nothing,
      );
      const out = join(sshd().home, '.changeover/runs', RUN, 'thurst/capped/-/apply.1/out');
      await until(() => existsSync(out) && readFileSync(out).length === 1_000);
      await host().read({ shell: 'sh', text: `touch ${file}` }, { env: {} }, 60_000);

      expect(await running).toMatchObject({ end: 'done', cut: true, bytes: { out: 1_000, err: 0 } });
      expect(sink.out()).toEqual(Buffer.alloc(1_000));
    });
  });
}
