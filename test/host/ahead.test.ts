import { readdirSync, readFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { HEAD, hostBench, isAlive, job, memorySink, nothing, order, quickHosts, RUN, until } from './support.ts';

for (const shell of ['dash', 'bash'] as const) {
  needs('sshd', shell)(`what a host makes ready before it is asked for, whose sh is ${shell}`, () => {
    const { sshd, host } = hostBench({ sh: shell });
    const folderOf = (step: string): string => join(sshd().home, '.changeover/runs', RUN, 'thurst', step, '-/apply.1');
    /** Wrappers of this server's hosts that have not ended. */
    const wrappers = (): readonly number[] =>
      readdirSync('/proc')
        .map(Number)
        .filter((pid) => pid > 0 && isAlive(pid) && isWrapperIn(pid, sshd().home));

    it('are the folders of the next steps, which start nothing and hold nobody up', async () => {
      const ahead = [job('second'), job('third'), job('fourth')];
      await host().ensureJob(order('first', 'true', { ahead }), memorySink(), nothing);
      await until(() => existsSync(join(folderOf('fourth'), 'err')));

      expect(statSync(folderOf('second')).mode & 0o777).toBe(0o700);
      expect(await host().jobs(RUN)).toMatchObject({
        value: {
          jobs: expect.arrayContaining([
            { job: job('second'), state: 'prepared' },
            { job: job('fourth'), state: 'prepared' },
          ]),
        },
      });
      expect(await host().tidyJob(RUN, job('second'))).toEqual({ kind: 'ok', value: null });
      const sink = memorySink();
      expect(await host().ensureJob(order('second', 'echo done'), sink, nothing)).toMatchObject({ end: 'done' });
      expect(sink.out().toString()).toBe('done\n');
      // It was never ordered: that it never starts can be won, and so can its undo.
      expect(await host().settle(order('third', 'true'), memorySink())).toEqual({ kind: 'void' });
      const undo = order('fourth', 'true', { job: job('fourth', { phase: 'undo' }) });
      expect(await host().ensureJob(undo, memorySink(), nothing)).toMatchObject({ end: 'done' });
      expect(await host().ensureJob(order('fourth', 'true'), memorySink(), nothing)).toEqual({ kind: 'void' });
    });

    it('are no folders of a run that is closed', async () => {
      const run = '20261122-ah3d';
      const ahead = Array.from({ length: 8 }, (_, index) => job(`step-${index}`));
      await host().ensureJob(order('only', 'true', { run, ahead }), memorySink(), nothing);

      expect(await host().closeRun(run, HEAD)).toEqual({ kind: 'ok', value: null });

      expect(existsSync(join(sshd().home, '.changeover/runs', run))).toBe(false);
    });

    it('is a wrapper, which ends with its link while no order has come', async () => {
      const hosts = quickHosts(sshd());
      const other = hosts.host(sshd().planHost('thurst'));
      const before = wrappers();
      await other.ensureJob(order('waits', 'true'), memorySink(), nothing);
      await until(() => wrappers().some((pid) => !before.includes(pid)));

      await hosts.end();

      await until(() => wrappers().every((pid) => before.includes(pid)));
    });

    it('is a wrapper, which is missed by nobody if it is killed', async () => {
      const marks = join(sshd().folder, 'killed-while-waiting');
      await host().ensureJob(order('before', 'true'), memorySink(), nothing);
      // The watchdog of the job before has the same name for a moment.
      await until(() => wrappers().length === 1);
      for (const pid of wrappers()) process.kill(pid, 'SIGKILL');

      const report = await host().ensureJob(order('after', `echo run >>${marks}`), memorySink(), nothing);

      expect(report).toMatchObject({ kind: 'finished', end: 'done', survivors: 0 });
      expect(readFileSync(marks, 'utf8')).toBe('run\n');
    });
  });
}

function isWrapperIn(pid: number, home: string): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/cmdline`, 'utf8') === 'sh\0-s\0changeover-job\0' &&
      readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${home}`)
    );
  } catch {
    return false;
  }
}
