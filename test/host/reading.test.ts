import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import type { PreflightNeeds } from '../../src/engine/ports.ts';
import { preflightScript, readPreflight } from '../../src/host/preflight.ts';
import { needs } from '../support/needs.ts';
import { HEAD, hostBench, job, memorySink, nothing, order, quickHosts, RUN, until } from './support.ts';

const NEEDS: PreflightNeeds = { run: RUN, programs: [], becomeUsers: [], scripts: [] };

needs('sshd')('looking at a host', () => {
  const { sshd, host } = hostBench();
  beforeAll(() => {
    // Login files that print, as many do.
    writeFileSync(join(sshd().home, '.bashrc'), 'echo "Welcome to thurst"; echo "mind the gap" >&2\n');
  });

  it('finds nothing wrong with a good host, and writes nothing on it', async () => {
    const answer = await host().preflight({
      ...NEEDS,
      programs: ['sh'],
      scripts: [{ name: 'step a', script: { shell: 'bash', text: 'true' } }],
    });

    expect(answer).toEqual({
      kind: 'ok',
      value: {
        troubles: [],
        machine_id: readFileSync('/etc/machine-id', 'utf8').trim(),
        boot_id: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
        login_user: sshd().user,
      },
    });
    expect(readdirSync(sshd().home)).toEqual(['.bashrc']);
  });

  it('names programs that are missing and scripts that no shell can read', async () => {
    const answer = await host().preflight({
      ...NEEDS,
      programs: ['no-such-program'],
      scripts: [
        { name: 'step good', script: { shell: 'sh', text: "echo 'a'" } },
        { name: 'step bad', script: { shell: 'sh', text: 'if true; then' } },
        { name: 'step worse', script: { shell: 'bash', text: 'echo $((' } },
        { name: 'step with what might end it', script: { shell: 'sh', text: 'cat <<END\nEND_\nEND\nEND_\n)\nfi' } },
        { name: 'step after it', script: { shell: 'sh', text: ': "$(\nEND\n)"' } },
      ],
    });

    expect(answer).toMatchObject({
      value: {
        troubles: [
          'missing on the host: no-such-program; install them',
          expect.stringMatching(/^step bad: the shell cannot read this script: /),
          expect.stringMatching(/^step worse: the shell cannot read this script: /),
          expect.stringMatching(/^step with what might end it: the shell cannot read this script: .*"\)" unexpected/),
        ],
      },
    });
  });

  it('refuses a state folder that a reboot would empty or another machine serves', () => {
    const report = (type: string) => readPreflight(`files ${type}\ndone\n`, NEEDS).troubles;

    expect(report('ext2/ext3')).toEqual([]);
    for (const type of ['tmpfs', 'ramfs']) expect(report(type)).toEqual([expect.stringContaining('in memory')]);
    for (const type of ['nfs', 'nfs4', 'cifs', 'smb2', 'fuseblk']) {
      expect(report(type)).toEqual([expect.stringContaining('network')]);
    }
  });

  it('says what to set where logging out would kill a job', () => {
    expect(readPreflight('user olivia\nkills\ndone\n', NEEDS).troubles).toEqual([
      expect.stringContaining('KillExcludeUsers=olivia'),
    ]);
  });

  it('takes a look that broke off for no good news', () => {
    expect(readPreflight('boot x\n', NEEDS).troubles).toEqual([expect.stringContaining('try again')]);
    expect(preflightScript(NEEDS, 'root')).not.toContain('>"$HOME');
  });

  it('reads with exit code, both streams and nothing of the login files', async () => {
    const answer = await host().read({ shell: 'sh', text: 'echo out; echo err >&2; exit 7' }, { env: {} }, 60_000);

    expect(answer).toEqual({ kind: 'ok', value: { exit_code: 7, stdout: 'out\n', stderr: 'err\n' } });
  });

  it('reads in a missing folder as no answer', async () => {
    const answer = await host().read({ shell: 'sh', text: 'true' }, { env: {}, chdir: '/nowhere' }, 60_000);

    expect(answer).toMatchObject({
      kind: 'ok',
      value: { exit_code: 126, stderr: expect.stringContaining('/nowhere') },
    });
  });

  it('keeps 64 KiB of what a script prints, and ends it in time', async () => {
    const much = await host().read({ shell: 'sh', text: 'yes | head -c 1000000' }, { env: {} }, 60_000);
    const endless = await host().read({ shell: 'sh', text: 'exec yes' }, { env: {} }, 400);
    const left = await host().read({ shell: 'sh', text: 'sleep 3 & echo on' }, { env: {} }, 60_000);

    expect(much).toMatchObject({ kind: 'ok', value: { exit_code: 0, stdout: 'y\n'.repeat(32_768) } });
    expect(endless).toMatchObject({ kind: 'ok', value: { exit_code: 142, stderr: expect.stringContaining('0.4 s') } });
    expect(left).toEqual({ kind: 'ok', value: { exit_code: 0, stdout: 'on\n', stderr: '' } });
  });

  it.each([
    ['before it began', 30, 60],
    ['at work', 800, 250],
  ])('takes what was ended in time %s for no answer, however late it hears of it', async (_when, most, pause) => {
    const ask = (text: string, ms: number) => host().read({ shell: 'sh', text }, { env: {} }, ms);
    await ask('true', 60_000);
    const asked = Array.from({ length: 4 }, async () => ask('sleep 60', most));
    let heard = 0;
    for (const each of asked) void each.then(() => (heard += 1));
    // This process comes to nothing but seldom, as on a busy machine.
    while (heard < asked.length) {
      await new Promise((resolve) => setImmediate(resolve));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    }

    for (const answer of await Promise.all(asked)) {
      expect(answer).toMatchObject({ kind: 'ok', value: { exit_code: expect.any(Number) } });
      expect(answer.kind === 'ok' && answer.value.exit_code).toBeGreaterThan(125);
    }
  });

  it('reads many at once, and beside a job', async () => {
    const running = host().ensureJob(order('beside', 'sleep 1'), memorySink(), nothing);

    const answers = await Promise.all(
      Array.from({ length: 25 }, async (_, index) =>
        host().read({ shell: 'sh', text: `echo ${index}` }, { env: {} }, 60_000),
      ),
    );

    expect(answers.map((answer) => answer.kind === 'ok' && answer.value.stdout)).toEqual(
      answers.map((_, index) => `${index}\n`),
    );
    expect(await running).toMatchObject({ kind: 'finished', end: 'done' });
  });

  it('looks whether programs and folder are there', async () => {
    expect(await host().look(['sh', 'no-such-program'], { env: {}, chdir: '/nowhere' })).toEqual({
      kind: 'ok',
      value: { missingPrograms: ['no-such-program'], chdirMissing: true, sudoMissing: false },
    });
  });
});

needs('sshd')('what a run leaves on a host', () => {
  const { sshd, host } = hostBench();
  const note = { who: 'olivia', why: 'upgrade pryv 1.6', since: '2026-11-22T06:00:00.000Z', where: 'acme/ops#1' };

  it('belongs to one run at a time, and says whose it is', async () => {
    expect(await host().lock('20261122-aaaa', note)).toEqual({ kind: 'ok', value: {} });
    expect(await host().lock('20261122-aaaa', note)).toEqual({ kind: 'ok', value: {} });
    const held = await host().lock('20261122-bbbb', { ...note, who: 'william' });
    expect(await host().holder()).toEqual(held);
    expect(held).toEqual({
      kind: 'ok',
      value: {
        by: { run: '20261122-aaaa', note },
        held: 'run 20261122-aaaa (olivia, upgrade pryv 1.6, 2026-11-22T06:00:00.000Z, acme/ops#1)',
      },
    });
  });

  it('is given back by the run that has it, and by no other', async () => {
    await host().closeRun('20261122-bbbb', HEAD);
    expect(await host().lock('20261122-cccc', note)).toMatchObject({
      value: { held: expect.stringContaining('20261122-aaaa') },
    });

    await host().closeRun('20261122-aaaa', HEAD);

    expect(await host().lock('20261122-cccc', note)).toEqual({ kind: 'ok', value: {} });
    expect(readdirSync(join(sshd().home, '.changeover'))).toEqual(['closed', 'lock']);
  });

  it('goes to one of many that ask at once', async () => {
    await host().closeRun('20261122-cccc', HEAD);
    const other = quickHosts(sshd());
    const bots = [host(), other.host(sshd().planHost('thurst'))];

    const answers = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => bots[index % 2]!.lock(`20261122-r${index}r${index}`, note)),
    );
    await other.end();

    expect(answers.filter((answer) => answer.kind === 'ok' && answer.value.held === undefined)).toHaveLength(1);
  });

  it('shrinks to start and exit once a job is tidied', async () => {
    await host().ensureJob(
      order('tidy', 'echo secret', { env: { password: 'secret' }, stdin: 'x' }),
      memorySink(),
      nothing,
    );

    expect(await host().tidyJob(RUN, job('tidy'))).toEqual({ kind: 'ok', value: null });

    const folder = join(sshd().home, '.changeover/runs', RUN, 'thurst/tidy/-/apply.1');
    expect(readdirSync(folder).sort()).toEqual(['exit', 'start']);
    expect(await host().settle(order('tidy', ''), memorySink())).toMatchObject({ kind: 'unknown' });
  });

  it('is not tidied while the job runs', async () => {
    const go = join(sshd().folder, 'go');
    const running = host().ensureJob(
      order('busy', `while [ ! -e ${go} ]; do sleep 0.05; done; echo said`),
      memorySink(),
      nothing,
    );
    const folder = join(sshd().home, '.changeover/runs', RUN, 'thurst/busy/-/apply.1');
    await until(() => existsSync(join(folder, 'start')));

    await host().tidyJob(RUN, job('busy'));
    writeFileSync(go, '');

    expect(await running).toMatchObject({ end: 'done', bytes: { out: 5 } });
  });

  it('is the closed mark alone at its end', async () => {
    const marks = (): string[] => readdirSync(join(sshd().home, '.changeover/closed')).sort();
    const before = marks();
    await host().ensureJob(order('last', 'true'), memorySink(), nothing);

    expect(await host().closeRun(RUN, HEAD)).toEqual({ kind: 'ok', value: null });

    // Runs that other tests closed on this host have left theirs.
    expect(marks()).toEqual([...before, RUN].sort());
    expect(readdirSync(join(sshd().home, '.changeover/runs'))).toEqual([]);
    expect(await host().jobs(RUN)).toEqual({ kind: 'ok', value: { jobs: [], closed: { head: HEAD } } });
  });

  it('keeps in its mark what the first who closed it said', async () => {
    await host().closeRun(RUN, 'f'.repeat(64));

    expect(await host().jobs(RUN)).toMatchObject({ value: { closed: { head: HEAD } } });
  });

  it('leaves a mark for 30 days, and the next run that ends removes older ones', async () => {
    const mark = (run: string, days: number): void => {
      const file = join(sshd().home, '.changeover/closed', run);
      const at = Date.now() / 1000 - days * 86_400;
      writeFileSync(file, '');
      utimesSync(file, at, at);
    };
    mark('20261001-aged', 32);
    mark('20261101-yung', 29);
    const run = '20261122-next';
    await host().ensureJob(order('any', 'true', { run }), memorySink(), nothing);

    await host().closeRun(run, HEAD);

    const left = readdirSync(join(sshd().home, '.changeover/closed'));
    expect(left).not.toContain('20261001-aged');
    expect(left).toEqual(expect.arrayContaining(['20261101-yung', run]));
    expect(await host().jobs('20261101-yung')).toEqual({ kind: 'ok', value: { jobs: [], closed: {} } });
  });
});
