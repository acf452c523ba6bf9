import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Host, Hosts } from '../../src/engine/ports.ts';
import { needs } from '../support/needs.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { memorySink, nothing, order, quickHosts } from './support.ts';

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
    const mounted = spawnSync('sh', ['-c', `mount -t tmpfs -o size=512k changeover-test ${home}`], {
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
});
