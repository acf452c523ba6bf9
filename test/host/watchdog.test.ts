import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { JobReport } from '../../src/engine/ports.ts';
import type { JobOrder } from '../../src/run/types.ts';
import { needs } from '../support/needs.ts';
import { hostBench, isAlive, memorySink, nothing, order, quickHosts, RUN, until } from './support.ts';

/** What a script prints: its session's leader, and who watches over it there. */
const WHO = `read -r line </proc/self/stat; set -- \${line##*) }; echo "$4"
for p in $(cat "/proc/$PPID/task/$PPID/children"); do [ "$p" = $$ ] || echo "$p"; done`;
const TOO_LONG = `${WHO}; sleep 60`;
/** Long enough for the watchdog of the job before to look in time; shorter ones have one of their own. */
const IN_TIME = { timeoutMs: 2_200 };

for (const shell of ['dash', 'bash'] as const) {
  needs('sshd', shell)(`the watchdog on a host whose sh is ${shell}`, () => {
    const { sshd, host } = hostBench({ sh: shell });
    const run = async (step: string, text: string, changes: Partial<JobOrder> = {}): Promise<Ran> => {
      const sink = memorySink();
      const report = await host().ensureJob(order(step, text, changes), sink, nothing);
      const [wrapper, watchdog] = sink.out().toString().trim().split('\n').map(Number);
      return { report, wrapper, watchdog };
    };

    it('goes on with the next job, and ends that when its time is over', async () => {
      const first = await run('first', WHO);
      const second = await run('second', WHO);
      const late = await run('late', TOO_LONG, IN_TIME);

      expect(first.watchdog).toBeGreaterThan(0);
      expect(second).toMatchObject({ wrapper: first.wrapper, watchdog: first.watchdog });
      expect(late).toMatchObject({ wrapper: first.wrapper, watchdog: first.watchdog });
      expect(late.report).toMatchObject({ end: 'timed_out', survivors: 0 });
      expect(durationOf(late)).toBeGreaterThanOrEqual(2_200);
    });

    it('goes on with the next job, and kills that when it is asked to', async () => {
      const before = await run('before-the-kill', WHO);
      const sink = memorySink();
      const working = host().ensureJob(order('to-kill', TOO_LONG), sink, nothing);
      await until(() => sink.out().length > 0);

      const killed = await host().kill(RUN, order('to-kill', '').job, 100);

      expect(killed).toEqual({ kind: 'ok', value: { killed: true } });
      expect(await working).toMatchObject({ end: 'killed', survivors: 0 });
      expect(sink.out().toString()).toBe(`${before.wrapper}\n${before.watchdog}\n`);
    });

    it('goes on with the next job, and cuts what that prints', async () => {
      const before = await run('before-the-flood', WHO);
      const sink = memorySink();
      const flood = order('flood', `${WHO}; head -c 100000 /dev/zero; sleep 1.5; wc -c <"$OUT"`, {
        capBytes: 1_000,
        env: { OUT: join(sshd().home, '.changeover/runs', RUN, 'thurst/flood/-/apply.1/out') },
      });
      const after = `${flood.apply.text} >"$OUT.seen"`;

      const report = await host().ensureJob({ ...flood, apply: { shell: 'sh', text: after } }, sink, nothing);

      expect(report).toMatchObject({ end: 'done', cut: true, bytes: { out: 1_000 } });
      expect(sink.out().toString().split('\n')[1]).toBe(String(before.watchdog));
      // While it was at work: not only when it had ended.
      expect(await run('seen', `[ "$(cat "$OUT.seen")" = 1000 ]`, { env: flood.env })).toMatchObject({
        report: { end: 'done' },
      });
    });

    it('is another one where the time is short', async () => {
      const first = await run('long', WHO);
      const late = await run('short', TOO_LONG, { timeoutMs: 400 });

      expect(late.wrapper).toBe(first.wrapper);
      expect(late.watchdog).not.toBe(first.watchdog);
      expect(late.report).toMatchObject({ end: 'timed_out' });
    });

    it('leaves when no job comes for a while, and the next one has another', async () => {
      const first = await run('then-nothing', WHO);
      await until(() => !isAlive(numberOf(first.watchdog)));
      const late = await run('much-later', TOO_LONG, IN_TIME);

      expect(late.wrapper).toBe(first.wrapper);
      expect(late.watchdog).not.toBe(first.watchdog);
      expect(late.report).toMatchObject({ end: 'timed_out' });
    });

    it('is another one where the one before was just leaving', async () => {
      const folder = join(sshd().home, '.changeover/runs', RUN);
      const desks = (): readonly string[] => readdirSync(folder).filter((name) => /^=watch\.[0-9a-f]+$/.test(name));
      const before = desks();
      // The job before was ended by force, so this one has a new watchdog, and that a desk, made after the answer.
      const first = await run('leaving', WHO);
      await until(() => desks().length > before.length);
      for (const name of desks()) writeFileSync(join(folder, `${name}.left`), '');
      const late = await run('comes-now', TOO_LONG, IN_TIME);

      expect(late.wrapper).toBe(first.wrapper);
      expect(late.watchdog).not.toBe(first.watchdog);
      expect(late.report).toMatchObject({ end: 'timed_out' });
      expect(isAlive(numberOf(first.watchdog))).toBe(false);
    });

    it('is another one where somebody killed the one before', async () => {
      const first = await run('killed', WHO);
      process.kill(numberOf(first.watchdog), 'SIGKILL');
      const late = await run('unwatched', TOO_LONG, IN_TIME);

      expect(late.watchdog).not.toBe(first.watchdog);
      expect(late.report).toMatchObject({ end: 'timed_out' });
    });

    it('stays where a signal ends its wrapper, and ends the job in time', async () => {
      const pids = join(sshd().home, 'orphan');
      const working = run('orphan', `echo $$ >${pids}; kill -s TERM $PPID; sleep 60`, IN_TIME);
      await until(() => existsSync(pids) && readFileSync(pids, 'utf8') !== '');
      const orphan = Number(readFileSync(pids, 'utf8'));

      expect(isAlive(orphan)).toBe(true);
      await until(() => !isAlive(orphan));

      // Who could have written down how it ended is gone.
      expect((await working).report).toMatchObject({ kind: 'unknown' });
    });

    it('leaves sooner where its wrapper is gone, and holds the connection no longer', async () => {
      const { wrapper, watchdog } = await run('gone', WHO);
      process.kill(numberOf(wrapper), 'SIGKILL');

      const next = await run('next', WHO);

      expect(next.report).toMatchObject({ end: 'done' });
      await until(() => !isAlive(numberOf(watchdog)));
    });

    it('ends with the connection', async () => {
      const hosts = quickHosts(sshd());
      const sink = memorySink();
      await hosts.host(sshd().planHost('thurst')).ensureJob(order('last', WHO), sink, nothing);
      const pids = sink.out().toString().trim().split('\n').map(Number);
      const alive = pids.map(isAlive);
      const runs = join(sshd().home, '.changeover/runs', RUN);
      const left = (): readonly string[] => readdirSync(runs).filter((name) => name.endsWith('.left'));
      const before = left();

      await hosts.end();

      expect(alive).toEqual([true, true]);
      await until(() => !pids.some(isAlive));
      // Because of that, and not since it waited long enough.
      expect(left()).toEqual(before);
    });
  });
}

interface Ran {
  readonly report: JobReport;
  readonly wrapper: number | undefined;
  readonly watchdog: number | undefined;
}

const numberOf = (pid: number | undefined): number => pid ?? Number.NaN;

function durationOf({ report }: Ran): number {
  return report.kind === 'finished' ? report.durationMs : Number.NaN;
}
