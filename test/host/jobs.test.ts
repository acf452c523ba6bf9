import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { needs } from '../support/needs.ts';
import { HEAD, hostBench, job, memorySink, nothing, order, quickHosts, RUN } from './support.ts';

for (const shell of ['dash', 'bash'] as const) {
  needs('sshd', shell)(`a job on a host whose sh is ${shell}`, () => {
    const { sshd, host } = hostBench({ sh: shell });
    const folderOf = (step: string): string => join(sshd().home, '.changeover/runs', RUN, 'thurst', step, '-');

    it('is started by that shell', async () => {
      const answer = await host().read({ shell: 'sh', text: 'readlink -f /proc/$$/exe' }, { env: {} }, 60_000);

      expect(answer).toMatchObject({ value: { stdout: expect.stringMatching(new RegExp(`/${shell}\\n$`)) } });
    });

    it('gives back output, exit code and sizes', async () => {
      const sink = memorySink();

      const report = await host().ensureJob(order('well', 'echo out; echo err >&2; exit 3'), sink, nothing);

      expect(report).toMatchObject({ kind: 'finished', end: 'failed', reached: 'apply', exitCode: 3, survivors: 0 });
      expect(report).toMatchObject({ bytes: { out: 4, err: 4 }, cut: false });
      expect([sink.out().toString(), sink.err().toString()]).toEqual(['out\n', 'err\n']);
    });

    it('tells whose process it is, once', async () => {
      const claims: { pid: number; bootId: string }[] = [];

      await host().ensureJob(order('claims', 'sleep 0.4'), memorySink(), (claim) => claims.push(claim));

      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      expect(claims).toEqual([{ pid: expect.any(Number), bootId: boot }]);
    });

    it('stops at the first failing command, at unset variables, and in bash within pipes', async () => {
      const sink = memorySink();
      const bash = { shell: 'bash', text: 'false | true; echo on' } as const;

      await host().ensureJob(order('strict-1', 'false; echo on'), sink, nothing);
      await host().ensureJob(order('strict-2', 'echo "$nowhere"; echo on'), sink, nothing);
      await host().ensureJob(order('strict-3', '', { apply: bash }), sink, nothing);

      expect(sink.out().toString()).toBe('');
    });

    it('starts it once, however often it is asked to, and shows what it printed again', async () => {
      const marks = join(sshd().folder, 'marks');
      const again = order('once', `echo run >>${marks}; echo seen`);

      const first = await host().ensureJob(again, memorySink(), nothing);
      const sink = memorySink();
      const second = await host().ensureJob(again, sink, nothing);

      expect(second).toEqual(first);
      expect(sink.out().toString()).toBe('seen\n');
      expect(readFileSync(marks, 'utf8')).toBe('run\n');
    });

    it('starts it once when two bots race', async () => {
      const marks = join(sshd().folder, 'race');
      const other = quickHosts(sshd());
      const bots = [host(), other.host(sshd().planHost('thurst'))];
      const sinks = Array.from({ length: 8 }, memorySink);

      const reports = await Promise.all(
        sinks.map(async (sink, index) =>
          bots[index % 2]!.ensureJob(order('race', `echo run >>${marks}; sleep 0.3; echo done`), sink, nothing),
        ),
      );
      await other.end();

      expect(readFileSync(marks, 'utf8')).toBe('run\n');
      expect(new Set(reports.map((report) => JSON.stringify(report))).size).toBe(1);
      expect(sinks.map((sink) => sink.out().toString())).toEqual(sinks.map(() => 'done\n'));
    });

    it('passes binary output and broken characters as they are', async () => {
      const sink = memorySink();
      const bytes = Buffer.from([0, 255, 0xc3, 10, 13, 0xe2, 0x82, 27]);
      const octal = [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

      await host().ensureJob(order('binary', `printf '${octal}'`), sink, nothing);

      expect(sink.out()).toEqual(bytes);
    });

    it('gives standard input exactly, NUL bytes and a missing last newline too, and none where none is given', async () => {
      const sink = memorySink();
      const stdin = `first\n\0${'é'.repeat(100_000)}'"$(reboot)\n\nlast`;

      await host().ensureJob(order('stdin', 'cat', { stdin }), sink, nothing);
      const empty = memorySink();
      await host().ensureJob(order('no-stdin', 'cat; echo end'), empty, nothing);

      expect(sink.out().equals(Buffer.from(stdin))).toBe(true);
      expect(empty.out().toString()).toBe('end\n');
    });

    it('runs nothing where the folder of the step is missing', async () => {
      const sink = memorySink();
      const marks = join(sshd().folder, 'chdir');

      const report = await host().ensureJob(
        order('chdir', `touch ${marks}`, {
          chdir: '/nowhere/at all',
          probe: { shell: 'sh', text: `touch ${marks}; false` },
        }),
        sink,
        nothing,
      );

      expect(report).toMatchObject({ kind: 'finished', end: 'failed', reached: 'prepare' });
      expect(sink.err().toString()).toContain('/nowhere/at all');
      expect(existsSync(marks)).toBe(false);
    });

    it('runs in the folder that is named, else in the home folder', async () => {
      const [inFolder, inHome] = [memorySink(), memorySink()];
      const chdir = join(sshd().folder, "it's a folder");
      mkdirSync(chdir);

      await host().ensureJob(order('in-folder', 'pwd', { chdir }), inFolder, nothing);
      await host().ensureJob(order('in-home', 'pwd; umask', {}), inHome, nothing);

      expect(inFolder.out().toString()).toBe(`${chdir}\n`);
      expect(inHome.out().toString()).toBe(`${sshd().home}\n0022\n`);
    });

    it('keeps its state from everybody else', async () => {
      await host().ensureJob(order('private', 'true'), memorySink(), nothing);

      expect(statSync(join(sshd().home, '.changeover')).mode & 0o777).toBe(0o700);
      expect(statSync(join(folderOf('private'), 'apply.1')).mode & 0o777).toBe(0o700);
    });

    it('finds a call path again by its name', async () => {
      await host().ensureJob(
        order('stop/nginx', 'true', { job: job('stop/nginx', { item: '../ü %' }) }),
        memorySink(),
        nothing,
      );

      const found = await host().jobs(RUN);

      expect(found).toMatchObject({ kind: 'ok' });
      expect(found.kind === 'ok' && found.value.jobs).toContainEqual(
        expect.objectContaining({
          job: job('stop/nginx', { item: '../ü %' }),
          state: 'ended',
          head: HEAD,
          claim: expect.objectContaining({ pid: expect.any(Number) }),
          report: expect.objectContaining({ kind: 'finished', end: 'done', exitCode: 0 }),
        }),
      );
    });

    it('ends at the probe that says there is nothing to do, and fails at one that cannot say', async () => {
      const marks = join(sshd().folder, 'probe');
      const probe = (code: number) => ({ probe: { shell: 'sh', text: `exit ${code}` } }) as const;

      const done = await host().ensureJob(order('probe-0', `touch ${marks}`, probe(0)), memorySink(), nothing);
      const broken = await host().ensureJob(order('probe-2', `touch ${marks}`, probe(2)), memorySink(), nothing);

      expect(done).toMatchObject({ end: 'nothing', reached: 'probe', exitCode: 0 });
      expect(broken).toMatchObject({ end: 'failed', reached: 'probe', exitCode: 2 });
      expect(existsSync(marks)).toBe(false);
      expect(await host().ensureJob(order('probe-1', `touch ${marks}`, probe(1)), memorySink(), nothing)).toMatchObject(
        {
          end: 'done',
          reached: 'apply',
        },
      );
      expect(existsSync(marks)).toBe(true);
    });

    it('says that it failed at verify', async () => {
      const verify = { shell: 'sh', text: 'echo wrong >&2; exit 5' } as const;

      const report = await host().ensureJob(order('verify', 'true', { verify }), memorySink(), nothing);

      expect(report).toMatchObject({ end: 'failed', reached: 'verify', exitCode: 5 });
    });

    it('keeps what the first attempt found, for later attempts and for the undo', async () => {
      const file = join(sshd().folder, 'kept');
      writeFileSync(file, 'before');
      const keep = { shell: 'sh', text: `cp ${file} "$CO_BEFORE/file"` } as const;
      const attempt = (changes: object) => order('keeping', `echo after >${file}; exit 1`, { keep, ...changes });

      await host().ensureJob(attempt({}), memorySink(), nothing);
      await host().ensureJob(attempt({ job: job('keeping', { attempt: 2 }) }), memorySink(), nothing);
      const sink = memorySink();
      await host().ensureJob(
        order('keeping', 'cat "$CO_BEFORE/file"', { job: job('keeping', { phase: 'undo' }) }),
        sink,
        nothing,
      );

      expect(sink.out().toString()).toBe('before');
      expect(statSync(join(folderOf('keeping'), 'before')).mode & 0o777).toBe(0o700);
    });

    it('keeps again what was kept only halfway, since nothing had been changed', async () => {
      const failing = { shell: 'sh', text: 'echo half >"$CO_BEFORE/half"; exit 9' } as const;
      const keep = { shell: 'sh', text: 'echo whole >"$CO_BEFORE/whole"' } as const;

      const first = await host().ensureJob(order('halfway', 'true', { keep: failing }), memorySink(), nothing);
      await host().ensureJob(
        order('halfway', 'true', { keep, job: job('halfway', { attempt: 2 }) }),
        memorySink(),
        nothing,
      );

      expect(first).toMatchObject({ end: 'failed', reached: 'keep', exitCode: 9 });
      expect(readdirSync(join(folderOf('halfway'), 'before'))).toEqual(['whole']);
    });

    it('refuses values that no process can be given, before anything is sent', async () => {
      const long = await host().ensureJob(
        order('long', 'true', { env: { big: 'x'.repeat(131_070) } }),
        memorySink(),
        nothing,
      );
      const name = await host().ensureJob(order('name', 'true', { env: { 'a;b': '' } }), memorySink(), nothing);
      const nul = await host().ensureJob(order('nul', 'true', { env: { a: '\0' } }), memorySink(), nothing);

      expect(long).toMatchObject({ kind: 'refused', why: expect.stringContaining('128 KiB') });
      expect(name).toMatchObject({ kind: 'refused', why: expect.stringContaining('a;b') });
      expect(nul).toMatchObject({ kind: 'refused', why: expect.stringContaining('NUL') });
    });

    it('passes the longest value that fits', async () => {
      const sink = memorySink();
      const env = { big: 'é'.repeat(65_000) };

      await host().ensureJob(order('fits', 'env | grep -c "^big="', { env }), sink, nothing);

      expect(sink.out().toString()).toBe('1\n');
    });
  });
}
