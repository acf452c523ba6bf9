import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { differences } from '../../src/playground/local-hosts/snapshot.ts';
import { until } from '../acceptance/workplace.ts';
import { command, must } from './support/command.ts';
import type { LabHost } from './support/host.ts';
import { describeInLab, type Lab, LAB_MS, openLab } from './support/lab.ts';
import { removeCgroups } from './support/run.js';

describeInLab('hosts of the lab', () => {
  let lab: Lab;
  let one: LabHost;
  let two: LabHost;
  beforeAll(async () => {
    lab = await openLab();
    [one, two] = await Promise.all([lab.host('one'), lab.host('two')]);
  }, LAB_MS);
  afterAll(() => lab.remove());

  it('have systemd as process 1, an id, a name and an address of their own', async () => {
    for (const host of [one, two]) {
      expect(await host.must('cat /proc/1/comm; hostname')).toBe(`systemd\n${host.name}\n`);
      expect(await host.must('systemctl is-system-running --wait')).toBe('running\n');
      expect(await host.must('ip -4 -o addr show dev eth0')).toContain(` ${host.address}/27 `);
    }
    const ids = await Promise.all([one, two].map((host) => host.read('/etc/machine-id')));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}\n$/);
  });

  it('let the key in by way of SSH, with sudo, and reach each other', async () => {
    const known = await lab.knownHosts(one, two);
    const options = ['-F', 'none', '-o', `UserKnownHostsFile=${known}`, '-o', 'BatchMode=yes', '-i', lab.keyFile];
    const ssh = ['ssh', ...options, `ops@${one.address}`, `sudo -n id -u; head -c 4 </dev/tcp/${two.address}/22`];
    expect(await command(ssh)).toMatchObject({ code: 0, out: '0\nSSH-' });
  });

  it('show what was changed in their files', async () => {
    await one.write('/srv/a/b', 'before\n', '640');
    await one.must('ln -s b /srv/a/link');
    const before = await one.snapshot('/srv/a');
    await one.write('/srv/a/b', 'after\n', '640');
    await one.write('/srv/a/c', '', '600');
    expect(differences(before, await one.snapshot('/srv/a'))).toEqual([
      expect.stringMatching(/^~ \/srv\/a\/b: file 640 0:0 [0-9a-f]{64} → file 640 0:0 [0-9a-f]{64}$/),
      expect.stringMatching(/^\+ \/srv\/a\/c: file 600 0:0 /),
    ]);
  });

  it('restart with their files and their own address alone', async () => {
    const moved = lab.freshAddress();
    await one.must('ip addr add "$1/27" dev eth0; echo there >/srv/kept', [moved]);
    await one.reboot();
    expect(await one.read('/srv/kept')).toBe('there\n');
    expect(await one.must('ip -4 -o addr show dev eth0')).not.toContain(moved);
    expect(await one.must('ip -4 -o addr show dev eth0')).toContain(one.address);
  });

  it('restart although somebody is at work in them', async () => {
    const work = two.run('echo begun >/srv/begun; sleep 1000');
    await two.until('[ -e /srv/begun ]');
    await two.reboot();
    expect((await work).code).not.toBe(0);
  });

  it('are gone with their processes and networks once who made them is killed', async () => {
    const script = join(import.meta.dirname, 'support/killed.ts');
    const maker = spawn(process.execPath, ['--import', './scripts/ts.js', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const ended = once(maker, 'exit').then(([code]) =>
        Promise.reject(new Error(`${script} has ended before it had made a host: exit ${String(code)}`)),
      );
      const [said] = (await Promise.race([once(maker.stdout, 'data'), ended])) as [Buffer];
      const { folder, gateway, cgroup } = JSON.parse(said.toString()) as Record<
        'folder' | 'gateway' | 'cgroup',
        string
      >;
      // Other hosts' groups come and go meanwhile, which makes `find` exit with 1.
      const procs = ['-path', `*${cgroup}*`, '-name', 'cgroup.procs', '-exec', 'cat', '{}', '+'];
      const left = async (): Promise<readonly boolean[]> => [
        (await command(['pgrep', '--full', folder])).out !== '',
        (await must(['ip', '-4', 'addr'])).includes(` ${gateway}/`),
        (await command(['find', '/sys/fs/cgroup', '-ignore_readdir_race', ...procs])).out !== '',
      ];
      expect(await left()).toEqual([true, true, true]);
      maker.kill('SIGKILL');
      await until(async () => !(await left()).includes(true));
      removeCgroups(cgroup);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    } finally {
      // It would live on, and Jest with it.
      maker.kill('SIGKILL');
    }
  }, 300_000);
});
