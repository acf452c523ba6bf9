import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Hosts } from '../../src/engine/ports.ts';
import { knownHostsLine } from '../../src/host/known-hosts.ts';
import type { HostsOptions } from '../../src/host/options.ts';
import { fetchHostKey } from '../../src/host/trust.ts';
import type { PlanHost } from '../../src/plan/types.ts';
import { needs } from '../support/needs.ts';
import { spawnSync } from '../support/run-sync.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { quickHosts, until } from './support.ts';

needs(
  'sshd',
  'ssh-agent',
  'ssh-keygen',
)('connecting', () => {
  let sshd: Sshd;
  const opened: Hosts[] = [];
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (hosts) => hosts.end()));
  });
  afterAll(async () => {
    await sshd.stop();
  });
  const knows = (name: string, text: string): string => {
    const path = join(sshd.folder, name);
    writeFileSync(path, text);
    return path;
  };
  const whoami = async (host: PlanHost, options: HostsOptions = {}) => {
    const hosts = quickHosts(sshd, options);
    opened.push(hosts);
    const answer = await hosts.host(host).read({ shell: 'sh', text: 'id -un' }, { env: {} }, 60_000);
    return answer.kind === 'ok' ? answer.value.stdout.trim() : answer.why;
  };
  /** Without a pinned key: `known_hosts` decides. */
  const unpinned = (changes: Partial<PlanHost> = {}): PlanHost => {
    const { hostKey: _pinned, ...host } = sshd.planHost('thurst', changes);
    return host;
  };
  const keyless = (): PlanHost => {
    const { key: _key, ...host } = sshd.planHost('thurst');
    return host;
  };

  it('trusts a pinned key and a known one', async () => {
    expect(await whoami(sshd.planHost('thurst'), { knownHosts: '/nowhere' })).toBe(sshd.user);
    expect(await whoami(unpinned())).toBe(sshd.user);
  });

  it('knows hashed names', async () => {
    const path = knows('hashed', readFileSync(sshd.knownHosts, 'utf8'));
    spawnSync('ssh-keygen', ['-H', '-f', path]);

    expect(readFileSync(path, 'utf8')).toMatch(/^\|1\|/);
    expect(await whoami(unpinned(), { knownHosts: path })).toBe(sshd.user);
  });

  it('refuses a key that nobody knows, naming it and the command to type', async () => {
    const why = await whoami(unpinned(), { knownHosts: '/nowhere' });

    expect(why).toContain(sshd.hostKeySha256);
    expect(why).toContain('changeover trust thurst');
  });

  it('refuses a key that has changed, louder', async () => {
    const other = await startSshd();
    const [, type, key] = readFileSync(other.knownHosts, 'utf8').split(' ');
    const changed = await whoami(unpinned(), {
      knownHosts: knows('changed', `[127.0.0.1]:${sshd.port} ${type} ${key}`),
    });
    const pinned = await whoami(sshd.planHost('thurst', { hostKey: other.hostKeySha256 }));
    await other.stop();

    for (const why of [changed, pinned]) {
      expect(why).toContain('HAS CHANGED');
      expect(why).toContain(sshd.hostKeySha256);
      expect(why).toContain(other.hostKeySha256);
    }
  });

  it('refuses a revoked key, even if it is pinned or known too', async () => {
    const line = readFileSync(sshd.knownHosts, 'utf8');
    const knownHosts = knows('revoked', `${line}@revoked * ${line.split(' ').slice(1).join(' ')}`);

    expect(await whoami(unpinned(), { knownHosts })).toContain('REVOKED');
    expect(await whoami(sshd.planHost('thurst'), { knownHosts })).toContain('REVOKED');
  });

  it('asks a host with several keys for the one that is known or pinned', async () => {
    const rsa = join(sshd.folder, 'second_host_key');
    spawnSync('ssh-keygen', ['-q', '-t', 'rsa', '-N', '', '-f', rsa]);
    const both = await startSshd({ config: [`HostKey ${rsa}`] });
    const [type, key] = readFileSync(`${rsa}.pub`, 'utf8').split(' ');
    const print = /SHA256:\S+/.exec(
      spawnSync('ssh-keygen', ['-l', '-f', `${rsa}.pub`], { encoding: 'utf8' }).stdout,
    )![0];
    const { hostKey: _pinned, ...host } = both.planHost('both');

    const known = await whoami(host, { knownHosts: knows('rsa', `[127.0.0.1]:${both.port} ${type} ${key}\n`) });
    const pinned = await whoami({ ...host, hostKey: print }, { knownHosts: '/nowhere' });
    await both.stop();

    expect([known, pinned]).toEqual([both.user, both.user]);
  });

  it('shows a key without logging in, so that it can be trusted', async () => {
    const shown = await fetchHostKey(unpinned({ key: '/nowhere' }));
    const knownHosts = knows('trusted', '');
    appendFileSync(knownHosts, `${knownHostsLine(unpinned(), shown.key)}\n`);

    expect(shown).toMatchObject({ type: 'ssh-ed25519', fingerprint: sshd.hostKeySha256 });
    expect(await whoami(unpinned(), { knownHosts })).toBe(sshd.user);
  });

  it('takes the key from CHANGEOVER_SSH_KEY where the inventory names none', async () => {
    const text = readFileSync(sshd.keyFile, 'utf8');

    expect(await whoami(keyless(), { env: { CHANGEOVER_SSH_KEY: text } })).toBe(sshd.user);
    expect(await whoami(keyless(), { env: { CHANGEOVER_SSH_KEY: 'nonsense' } })).toContain(
      'CHANGEOVER_SSH_KEY cannot be used',
    );
  });

  it('asks the agent where there is no key', async () => {
    const socket = join(sshd.folder, 'agent');
    const agent: ChildProcess = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    await until(
      () => spawnSync('ssh-add', [sshd.keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } }).status === 0,
    );

    const user = await whoami(keyless(), { env: { SSH_AUTH_SOCK: socket } });
    agent.kill();
    await new Promise((resolve) => agent.once('exit', resolve));

    expect(user).toBe(sshd.user);
    expect(await whoami(keyless(), { env: { SSH_AUTH_SOCK: socket } })).toContain('agent');
  });

  it('says what is missing to log in', async () => {
    const stranger = join(sshd.folder, 'stranger');
    const locked = join(sshd.folder, 'locked');
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', stranger]);
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret', '-f', locked]);

    expect(await whoami(keyless())).toContain('no key to log in with');
    expect(await whoami(sshd.planHost('thurst', { key: '/nowhere' }))).toContain('/nowhere cannot be read');
    expect(await whoami(sshd.planHost('thurst', { key: stranger }))).toContain('does not let');
    expect(await whoami(sshd.planHost('thurst', { key: locked }))).toContain('ssh-add');
  });

  it('jumps through another host, whose key is checked too', async () => {
    const jump = await startSshd();
    const through = (via: PlanHost): PlanHost => sshd.planHost('thurst', { via });

    const user = await whoami(through(jump.planHost('bastion')));
    const refused = await whoami(through(jump.planHost('bastion', { hostKey: sshd.hostKeySha256 })));
    const nowhere = await whoami(sshd.planHost('thurst', { via: jump.planHost('bastion'), port: 1 }));
    await jump.stop();

    expect(user).toBe(sshd.user);
    expect(refused).toMatch(/^bastion .*HAS CHANGED/);
    expect(nowhere).toContain('cannot be reached from its jump host bastion');
  });
});
