import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Host, Hosts } from '../../src/engine/ports.ts';
import { needs } from '../support/needs.ts';
import { spawnSync } from '../support/run-sync.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { HEAD, memorySink, nothing, order, quickHosts, RUN } from './support.ts';

const TRY = 'd=$(mktemp -d) && mount -t tmpfs none "$d" && umount "$d"; tried=$?; rmdir "$d"; exit $tried';
const canMount = userInfo().uid === 0 && spawnSync('sh', ['-c', TRY]).status === 0;
const asRoot = canMount ? needs('sshd', 'mount', 'umount') : needs('sshd', 'a test run by root, who may mount');

asRoot('a disk that is full', () => {
  let folder: string;
  let sshd: Sshd;
  let hosts: Hosts;
  let host: Host;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-full-'));
    const home = join(folder, 'home');
    mkdirSync(home);
    const mounted = spawnSync('sh', ['-c', `mount -t tmpfs -o size=512k,nr_inodes=200 changeover-test ${home}`], {
      encoding: 'utf8',
    });
    if (mounted.status !== 0) throw new Error(`no small disk could be made: ${mounted.stderr}`);
    sshd = await startSshd({ home });
    hosts = quickHosts(sshd);
    host = hosts.host(sshd.planHost('thurst'));
  });
  afterAll(async () => {
    await hosts.end();
    await sshd.stop();
    spawnSync('sh', ['-c', `umount --lazy ${join(folder, 'home')}`]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('does not lose how a job ended that filled it', async () => {
    const sink = memorySink();

    const report = await host.ensureJob(order('fill', 'head -c 2000000 /dev/zero; exit 7'), sink, nothing);

    expect(report).toMatchObject({ kind: 'finished', end: 'failed', exitCode: expect.any(Number) });
    expect(report.kind === 'finished' && report.bytes.out).toBe(sink.out().length);
    expect(sink.out().length).toBeGreaterThan(100_000);
  });

  it('starts nothing more, says why, and half a script is never run', async () => {
    const marker = join(sshd.folder, 'half');

    const report = await host.ensureJob(
      order('too-late', `touch ${marker}; : ${'x'.repeat(50_000)}`),
      memorySink(),
      nothing,
    );

    expect(report).toMatchObject({ kind: 'refused', why: expect.stringContaining('full') });
    expect(spawnSync('test', ['-e', marker]).status).toBe(1);
  });

  it('is usable again once there is room', async () => {
    await host.read({ shell: 'sh', text: 'rm -r "$HOME"/.changeover/runs/*/thurst/fill' }, { env: {} }, 60_000);

    expect(await host.ensureJob(order('again', 'echo on'), memorySink(), nothing)).toMatchObject({ end: 'done' });
  });

  /** So that neither a byte nor a file more goes onto it. */
  const fill = (): void => {
    sh('cat /dev/zero >filler 2>/dev/null; i=0; while : >"inode.$i"; do i=$((i + 1)); done 2>/dev/null; true');
  };
  const empty = (): void => {
    sh('rm -f filler inode.*');
  };
  function sh(text: string): void {
    spawnSync('sh', ['-c', text], { cwd: join(folder, 'home') });
  }
  const NOTE = { who: 'william', why: 'upgrade demo', since: '2026-11-22T06:00:00.000Z', where: 'a terminal' };
  const isFull = expect.stringMatching(/thurst.*disk (?:there )?is full/);

  it('is named by whatever could not be written: lock, epoch, job, proof that it never started', async () => {
    const given = order('kept-out', 'true');
    fill();
    try {
      expect(await host.lock(RUN, NOTE)).toEqual({
        kind: 'ok',
        value: { held: expect.stringContaining('disk is full') },
      });
      expect(await host.raiseEpoch(RUN, 2)).toEqual({ kind: 'unreachable', why: isFull });
      expect(await host.ensureJob(given, memorySink(), nothing)).toMatchObject({
        kind: 'refused',
        why: expect.stringContaining('disk is full'),
      });
      expect(await host.settle(given, memorySink())).toMatchObject({
        kind: 'refused',
        why: expect.stringContaining('disk is full'),
      });
      const report = await host.preflight({ run: RUN, programs: [], becomeUsers: [], scripts: [] });
      expect(report).toMatchObject({
        kind: 'ok',
        value: { troubles: expect.arrayContaining([expect.stringContaining('disk is full')]) },
      });
    } finally {
      empty();
    }
    expect(await host.lock(RUN, NOTE)).toEqual({ kind: 'ok', value: {} });
  });

  it('keeps nobody from looking, giving the lock back and tidying; closing waits for room', async () => {
    await host.ensureJob(order('before', 'echo before'), memorySink(), nothing);
    expect(await host.lock(RUN, NOTE)).toEqual({ kind: 'ok', value: {} });
    fill();
    try {
      expect(await host.read({ shell: 'sh', text: 'echo seen' }, { env: {} }, 60_000)).toMatchObject({
        value: { exit_code: 0, stdout: 'seen\n' },
      });
      expect(await host.jobs(RUN)).toMatchObject({ kind: 'ok' });
      expect(await host.tidyJob(RUN, order('before', '').job, true)).toEqual({ kind: 'ok', value: null });
      expect(await host.unlock(RUN, 1)).toEqual({ kind: 'ok', value: {} });
    } finally {
      empty();
    }
    expect(await host.lock(RUN, NOTE)).toEqual({ kind: 'ok', value: {} });
    fill();
    const closed = await host.closeRun(RUN, HEAD);
    empty();
    // Not even the mark finds room: that is said, nothing is removed without it, and closing once more does it.
    expect(closed).toEqual({ kind: 'unreachable', why: isFull });
    expect(await host.closeRun(RUN, HEAD)).toEqual({ kind: 'ok', value: null });
    expect(await host.jobs(RUN)).toMatchObject({ value: { jobs: [] } });
  });
});
