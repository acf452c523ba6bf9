import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import type { JobReport } from '../../src/engine/ports.ts';
import type { JobOrder } from '../../src/run/types.ts';
import { needs } from '../support/needs.ts';
import { hostBench, isAlive, memorySink, nothing, order, quickHosts } from './support.ts';

/** What a script prints of its session: the number of the wrapper that leads it. */
const SESSION = `read -r line </proc/self/stat; set -- \${line##*) }; echo "$4"`;

for (const shell of ['dash', 'bash'] as const) {
  needs('sshd', shell)(`jobs one after the other on a host whose sh is ${shell}`, () => {
    const { sshd, host } = hostBench({ sh: shell });
    const run = async (
      step: string,
      text: string,
      changes: Partial<JobOrder> = {},
    ): Promise<{ report: JobReport; out: string }> => {
      const sink = memorySink();
      const report = await host().ensureJob(order(step, text, changes), sink, nothing);
      return { report, out: sink.out().toString().trim() };
    };

    it('share the wrapper, which costs no start then', async () => {
      const first = await run('shares', SESSION);
      const second = await run('shares-too', SESSION);

      expect(first.out).toMatch(/^\d+$/);
      expect(second.out).toBe(first.out);
    });

    it('share it where the one before failed, or had nothing to do', async () => {
      const before = await run('before', SESSION);
      const failed = await run('fails', 'exit 3');
      const idle = await run('has-nothing-to-do', 'true', { probe: { shell: 'sh', text: 'true' } });
      const after = await run('after', SESSION);

      expect([failed.report, idle.report]).toMatchObject([{ end: 'failed', exitCode: 3 }, { end: 'nothing' }]);
      expect(after.out).toBe(before.out);
    });

    it('begin alike: folder, mask, signals and variables of the one before are gone', async () => {
      const look = `pwd; umask; echo "$(env | sed 's/=.*//' | sort | tr '\\n' ' ')"; grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status`;
      const hosts = quickHosts(sshd());
      const sink = memorySink();
      await hosts.host(sshd().planHost('thurst')).ensureJob(order('fresh', look), sink, nothing);
      await hosts.end();
      const changed = { chdir: '/', env: { LEFT: 'over' }, stdin: 'text', timeoutMs: 5_000 };

      await run('changes', 'umask 000; cd /tmp; LATER=1; export LATER; trap "" TERM PIPE', changed);

      expect((await run('looks', look)).out).toBe(sink.out().toString().trim());
      expect((await run('ends-by-a-closed-pipe', 'kill -s PIPE $$')).report).toMatchObject({
        end: 'failed',
        exitCode: 141,
      });
    });

    it('leave a process that outlives its job to a session of its own', async () => {
      const pids = join(sshd().folder, 'left');
      const left = await run('leaves', `${SESSION}; sleep 60 >/dev/null 2>&1 & echo $! >${pids}`);
      const pid = Number(readFileSync(pids, 'utf8'));

      const next = await run('next', SESSION);
      const late = await run('late', 'sleep 60', { timeoutMs: 300 });

      expect(left.report).toMatchObject({ survivors: 1 });
      expect(next.out).not.toBe(left.out);
      expect(late.report).toMatchObject({ end: 'timed_out' });
      expect(isAlive(pid)).toBe(true);
      process.kill(pid);
    });

    it('have a new one after a job that was given a secret, or was ended by force', async () => {
      const first = await run('secret', SESSION, { secrets: { WORD: 'sesame' } });
      const second = await run('no-secret', `${SESSION}; echo "\${WORD-none}"`);
      const late = await run('slow', `${SESSION}; sleep 60`, { timeoutMs: 300 });
      const last = await run('after-the-slow-one', SESSION);

      expect(second.out.split('\n')).toEqual([expect.not.stringMatching(first.out), 'none']);
      expect(late.report).toMatchObject({ end: 'timed_out' });
      expect(last.out).not.toBe(late.out);
    });

    it('are not taken for one another: an ended one is not killed', async () => {
      const ended = await run('ended', 'true');
      const marks = join(sshd().folder, 'marks');
      const working = run('working', `sleep 0.5; echo done >${marks}`);

      const killed = await host().kill('20261122-7k3f', order('ended', 'true').job, 100);

      expect(ended.report).toMatchObject({ end: 'done' });
      expect(killed).toEqual({ kind: 'ok', value: { killed: false } });
      expect((await working).report).toMatchObject({ end: 'done', survivors: 0 });
      expect(readFileSync(marks, 'utf8')).toBe('done\n');
    });
  });
}
