import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Host, Hosts } from '../../src/engine/ports.ts';
import { needs } from '../support/needs.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { HEAD, isAlive, job, memorySink, nothing, order, quickHosts, RUN } from './support.ts';

const asRoot = userInfo().uid === 0 ? needs('sshd', 'sudo') : needs('sshd', 'sudo', 'a test run by root');

asRoot('becoming another user', () => {
  let sshd: Sshd;
  let hosts: Hosts;
  let host: Host;
  let shared: string;
  beforeAll(async () => {
    sshd = await startSshd();
    hosts = quickHosts(sshd);
    host = hosts.host(sshd.planHost('thurst'));
    shared = join(sshd.folder, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    // As it is with root's: nobody but its owner may look into it.
    chmodSync(sshd.home, 0o700);
  });
  afterAll(async () => {
    await host.closeRun(RUN, HEAD);
    await hosts.end();
    await sshd.stop();
  });

  it('runs every phase as that user, with variables that sudo would not let through', async () => {
    const sink = memorySink();
    const say = (phase: string) =>
      ({ shell: 'sh', text: `echo "${phase} $(id -un) $value" >>${shared}/phases` }) as const;

    const report = await host.ensureJob(
      order('phases', `cat; ${say('apply').text}; umask`, {
        becomeUser: 'nobody',
        env: { value: "it's $(reboot)" },
        stdin: 'given',
        probe: { shell: 'bash', text: `${say('probe').text}; exit 1` },
        keep: say('keep'),
        verify: say('verify'),
      }),
      sink,
      nothing,
    );

    // Where a machine cannot resolve its own name, sudo says so.
    expect(
      sink
        .err()
        .toString()
        .replaceAll(/^sudo: unable to resolve host .*\n/gm, ''),
    ).toBe('');
    expect(report).toMatchObject({ kind: 'finished', end: 'done', reached: 'verify' });
    expect(sink.out().toString()).toBe('given0022\n');
    expect(readFileSync(join(shared, 'phases'), 'utf8')).toBe(
      ['probe', 'keep', 'apply', 'verify'].map((phase) => `${phase} nobody it's $(reboot)\n`).join(''),
    );
  });

  it('gives secrets to the script alone: not to the other phases, no file, no process list', async () => {
    const secret = "it's a 'secret' $(reboot) \\ `x`\nof two lines";
    const lists = `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c 'of two [l]ines' >&2 || true`;
    for (const [step, user] of [
      ['secret-own', sshd.user],
      ['secret-nobody', 'nobody'],
    ] as const) {
      const sink = memorySink();
      const report = await host.ensureJob(
        order(step, `printf '%s|' "$(id -un)" "$SECRET"; ${lists}`, {
          becomeUser: user,
          secrets: { SECRET: secret },
          probe: { shell: 'sh', text: '[ -z "${SECRET-}" ]; exit 1' },
          verify: { shell: 'sh', text: '[ -z "${SECRET-}" ]' },
        }),
        sink,
        nothing,
      );
      expect(report).toMatchObject({ kind: 'finished', end: 'done', reached: 'verify' });
      expect(
        sink
          .err()
          .toString()
          .replaceAll(/^sudo: unable to resolve host .*\n/gm, ''),
      ).toBe('0\n');
      expect(sink.out().toString()).toBe(`${user}|${secret}|`);
    }
  });

  it('keeps the pre-state where that user can come to it, and only that user, until the run is closed', async () => {
    const run = '20261122-b4nb';
    const sink = memorySink();
    const keep = { shell: 'sh', text: 'echo old >"$CO_BEFORE/file"; echo "$CO_BEFORE"' } as const;

    await host.ensureJob(order('kept', 'true', { run, becomeUser: 'nobody', keep }), sink, nothing);
    const undo = memorySink();
    await host.ensureJob(
      order('kept', 'cat "$CO_BEFORE/file"', { run, becomeUser: 'nobody', job: job('kept', { phase: 'undo' }) }),
      undo,
      nothing,
    );

    const before = sink.out().toString().trim();
    expect(undo.out().toString()).toBe('old\n');
    expect(statSync(before).mode & 0o777).toBe(0o700);
    expect(statSync(before).uid).not.toBe(0);
    expect(await host.closeRun(run, HEAD)).toEqual({ kind: 'ok', value: null });
    expect(existsSync(before)).toBe(false);
    expect(readdirSync('/var/tmp').filter((name) => name.includes(run))).toEqual([]);
  });

  it('keeps nothing where somebody else has made the place before', async () => {
    const run = '20261122-b4rd';
    const keep = { shell: 'sh', text: 'true' } as const;
    const place = `/var/tmp/changeover-${run}-nobody`;
    mkdirSync(place);
    const sink = memorySink();

    const report = await host.ensureJob(order('trap', 'true', { run, becomeUser: 'nobody', keep }), sink, nothing);
    await host.closeRun(run, HEAD);
    rmSync(place, { recursive: true, force: true });

    expect(report).toMatchObject({ end: 'failed', reached: 'keep' });
    expect(sink.err().toString()).toContain(place);
  });

  it('leaves nothing of that user alive past the time-out', async () => {
    const file = join(shared, 'timed');

    const report = await host.ensureJob(
      order('timed', `trap '' TERM; echo $$ >${file}; sleep 60 & echo $! >>${file}; wait`, {
        becomeUser: 'nobody',
        timeoutMs: 4_000,
      }),
      memorySink(),
      nothing,
    );

    expect(report).toMatchObject({ kind: 'finished', end: 'timed_out', survivors: 0 });
    const pids = readFileSync(file, 'utf8').trim().split('\n').map(Number);
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('reads as that user, within its time', async () => {
    const setting = { env: { value: 'v' }, becomeUser: 'nobody', chdir: '/' };

    const answer = await host.read({ shell: 'sh', text: 'id -un; echo "$value"; pwd' }, setting, 60_000);
    const late = await host.read({ shell: 'sh', text: 'echo begun; sleep 60' }, setting, 4_000);

    expect(answer).toEqual({ kind: 'ok', value: { exit_code: 0, stdout: 'nobody\nv\n/\n', stderr: '' } });
    expect(late).toMatchObject({ kind: 'ok', value: { stdout: 'begun\n', exit_code: 142 } });
  });

  it('says where sudo does not let us, and takes that for no answer', async () => {
    const setting = { env: {}, becomeUser: 'no-such-user' };

    const read = await host.read({ shell: 'sh', text: 'true' }, setting, 60_000);
    const look = await host.look(['sh', 'no-such-program'], { ...setting, chdir: '/nowhere' });
    const report = await host.preflight({
      run: RUN,
      programs: [],
      becomeUsers: ['nobody', 'no-such-user'],
      scripts: [],
    });

    expect(read).toMatchObject({
      kind: 'ok',
      value: { exit_code: 126, stderr: expect.stringContaining('no-such-user') },
    });
    expect(look).toEqual({
      kind: 'ok',
      value: { missingPrograms: ['no-such-program'], chdirMissing: true, sudoMissing: true },
    });
    expect(report).toMatchObject({ kind: 'ok', value: { troubles: [expect.stringContaining('become no-such-user')] } });
  });
});
