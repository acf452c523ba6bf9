import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from 'ssh2';
import { makeKeyPair } from '../../src/playground/local-hosts/keys.ts';
import { differences, hashOf, snapshot } from '../../src/playground/local-hosts/snapshot.ts';
import { startLocalHost, type LocalHost } from '../../src/playground/local-hosts/start-local-host.ts';
import { connect, open, run, startTestHost, until } from './local-hosts-client.ts';
import { spawnSync } from '../support/run-sync.ts';

const canMount = spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'true']).status === 0;
const mounting = canMount ? it : it.skip;
if (!canMount)
  process.stderr.write("skipped: restarts of stand-in hosts (nothing can be mounted in a namespace of one's own)\n");

let host: LocalHost;
let end: () => Promise<void>;
let client: Client;

beforeAll(async () => {
  ({ host, end } = await startTestHost());
});
afterAll(() => end());
beforeEach(async () => {
  client = await connect(host);
  client.on('error', () => undefined);
});
afterEach(() => {
  client.end();
});

/** Whether a process still runs; one that only waits to be reaped does not. */
async function alive(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ') Z');
  return !/\) [ZX]/.test(stat);
}

/** `events.once` would take an error on the way for the answer. */
function closed(emitter: { once: (event: 'close', listener: () => void) => unknown }): Promise<void> {
  return new Promise((resolve) => {
    emitter.once('close', resolve);
  });
}

describe('getting in', () => {
  it('lets nobody in with another key, another name, or a password', async () => {
    await expect(connect(host, { privateKey: makeKeyPair('foreign').privateKey })).rejects.toThrow(/authentication/);
    await expect(connect(host, { username: 'somebody-else' })).rejects.toThrow(/authentication/);
    await expect(connect(host, { password: 'let me in' })).rejects.toThrow(/authentication/);
  });

  it('keeps the key it lets in where only its user reads it, and names everything in its inventory entry', async () => {
    expect((await stat(host.keyPath)).mode & 0o777).toBe(0o600);
    expect(await readFile(host.keyPath, 'utf8')).toBe(host.clientKey.privateKey);
    expect(host.inventory).toEqual({
      address: '127.0.0.1',
      port: host.port,
      user: host.user,
      key: host.keyPath,
      host_key: host.hostKey,
      vars: {},
    });
  });

  it('gives neither a terminal, a shell, SFTP nor a way through', async () => {
    await expect(
      new Promise((resolve, reject) => {
        client.exec('true', { pty: true }, (error) => {
          if (error === undefined) resolve('a terminal');
          else reject(error);
        });
      }),
    ).rejects.toThrow();
    await expect(
      new Promise((resolve, reject) => {
        client.shell(false, (error) => {
          if (error === undefined) resolve('a shell');
          else reject(error);
        });
      }),
    ).rejects.toThrow();
    await expect(
      new Promise((resolve, reject) => {
        client.forwardOut('127.0.0.1', 1, '127.0.0.1', host.port, (error) => {
          if (error === undefined) resolve('a way through');
          else reject(error);
        });
      }),
    ).rejects.toThrow();
  });

  it('refuses a folder that is in use', async () => {
    await expect(startLocalHost({ name: 'second', folder: host.folder })).rejects.toThrow(/must be empty/);
  });
});

describe('running commands', () => {
  it('starts them in the home folder, in a session of their own, with stand-ins first on a clean search path', async () => {
    const { out } = await run(client, 'pwd; echo $HOME; command -v docker; cut -d" " -f6 /proc/$$/stat; echo $$; env');
    const [cwd, home, docker, session, pid, ...variables] = out.trimEnd().split('\n');
    expect([cwd, home, docker]).toEqual([join(host.folder, 'home'), cwd, join(host.folder, 'bin/docker')]);
    expect(session).toBe(pid);
    expect(variables.map((line) => line.replace(/=.*/, '')).sort()).toEqual(
      ['CHANGEOVER_LOCAL_HOST', 'HOME', 'LOGNAME', 'PATH', 'PWD', 'SHELL', 'USER'].sort(),
    );
  });

  it('tells output, errors, exit codes and signals apart', async () => {
    expect(await run(client, 'echo out; echo err >&2; exit 3')).toEqual({
      code: 3,
      signal: undefined,
      out: 'out\n',
      err: 'err\n',
    });
    expect(await run(client, 'kill -KILL $$')).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(await run(client, 'no-such-command')).toMatchObject({ code: 127 });
  });

  it('passes stdin on, its end included', async () => {
    expect(await run(client, 'cat; echo over', 'a\nb')).toMatchObject({ code: 0, out: 'a\nbover\n' });
  });

  it('runs ten at once on one connection, and refuses the eleventh until one has ended', async () => {
    const channels = await Promise.all(Array.from({ length: 10 }, () => open(client, 'cat')));
    await expect(open(client, 'true')).rejects.toThrow(/open failure/);
    const allClosed = Promise.all(channels.map(closed));
    for (const channel of channels) {
      channel.resume();
      channel.end();
    }
    await allClosed;
    expect(await run(client, 'echo again')).toMatchObject({ code: 0, out: 'again\n' });
  });

  it('runs as many as one likes after each other, though they end before their input does', async () => {
    for (let count = 0; count < 25; count += 1) {
      const channel = await open(client, 'true');
      channel.resume();
      await closed(channel);
    }
  });

  it('streams 100 MB each way unchanged', async () => {
    const size = 100 * 1024 * 1024;
    const channel = await open(client, 'cat');
    const hash = createHash('sha256');
    const sent = createHash('sha256');
    let bytes = 0;
    channel.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      hash.update(chunk);
    });
    channel.stderr.resume();
    const end = closed(channel);
    const block = Buffer.alloc(1024 * 1024, 'changeover ');
    for (let n = 0; n < size / block.length; n += 1) {
      block.writeUInt32BE(n, 0);
      sent.update(block);
      if (!channel.write(Buffer.from(block))) await once(channel, 'drain');
    }
    channel.end();
    await end;
    expect(bytes).toBe(size);
    expect(hash.digest('hex')).toBe(sent.digest('hex'));
  });

  it('makes a command wait whose output nobody reads', async () => {
    const channel = await open(client, 'head -c 50000000 /dev/zero; echo done > written-all');
    channel.pause();
    const seen = join(host.folder, 'home/written-all');
    expect(await run(client, 'sleep 0.5; ls').then(({ out }) => out)).not.toContain('written-all');
    const end = closed(channel);
    channel.stderr.resume();
    channel.resume();
    await end;
    expect(existsSync(seen)).toBe(true);
  });

  it('passes bytes, not characters: half a UTF-8 character arrives as it left', async () => {
    const channel = await open(client, `printf '\\303'; sleep 0.1; printf '\\251\\377\\000\\342\\202'`);
    const [bytes] = await Promise.all([buffer(channel), buffer(channel.stderr)]);
    expect(bytes.toString('hex')).toBe('c3a9ff00e282');
  });

  it('hands a signal on while stdin is open, and ignores it afterwards as sshd does', async () => {
    const first = await open(client, 'sleep 86400');
    const exit = once(first, 'exit');
    first.signal('TERM');
    expect((await exit).slice(0, 2)).toEqual([null, 'SIGTERM']);

    const second = await open(client, 'echo started; sleep 0.4; echo ended');
    const out = buffer(second);
    second.stderr.resume();
    second.end();
    second.signal('TERM');
    expect((await out).toString()).toBe('started\nended\n');
  });

  it('keeps a channel open while a background process holds its output, and tells the exit before', async () => {
    expect(await run(client, 'mkfifo gate')).toMatchObject({ code: 0 });
    const channel = await open(client, '(read -r line < gate; echo late) & exit 5');
    const out = buffer(channel);
    channel.stderr.resume();
    expect(await once(channel, 'exit')).toEqual([5]);
    await run(client, 'echo go > gate');
    expect((await out).toString()).toBe('late\n');
  });
});

describe('when the link drops', () => {
  it('lets a silent command run on', async () => {
    await run(client, 'mkfifo after');
    await open(client, 'echo > began; read -r go < after; echo ran on > silent');
    await until(async () => (await run(client, 'test -e began')).code === 0);
    const gone = closed(client);
    host.dropConnections();
    await gone;
    const again = await connect(host);
    await run(again, 'echo go > after');
    await until(async () => (await run(again, 'cat silent')).out === 'ran on\n');
    again.end();
  });

  it('lets a printing command die at its next write', async () => {
    const channel = await open(client, 'echo $$; while :; do sleep 0.05; echo tick; done');
    const [first] = (await once(channel, 'data')) as [Buffer];
    const pid = first.toString().split('\n')[0] ?? '';
    host.dropConnections();
    await until(async () => !(await alive(pid)));
  });

  it('refuses connections while the host is down, and listens on the same port after', async () => {
    await host.setFault('host-down', true);
    await expect(connect(host)).rejects.toThrow(/ECONNREFUSED/);
    expect((await host.faults()).filter(({ on }) => on).map(({ name }) => name)).toEqual(['host-down']);
    await host.setFault('host-down', false);
    const again = await connect(host);
    expect(await run(again, 'echo up')).toMatchObject({ out: 'up\n' });
    again.end();
  });
});

describe('stopping', () => {
  it('leaves nothing alive, however it was detached', async () => {
    const other = await startTestHost();
    const link = await connect(other.host);
    link.on('error', () => undefined);
    const jobs = [
      'sleep 86400 & echo $!',
      `setsid sh -c 'echo $$; exec sleep 86400' 2>/dev/null </dev/null & sleep 0.1`,
      `setsid sh -c 'trap "" TERM HUP; echo $$; while :; do sleep 1; done' &`,
      `sudo -n setsid sh -c 'echo $$; exec sleep 86400' &`,
      `setsid sh -c 'env -i sleep 86400 & echo $!; wait' &`,
      `setsid sh -c '(while :; do sleep 0.01; done) & echo $!; wait' &`,
    ];
    const pids: string[] = [];
    for (const job of jobs) {
      const channel = await open(link, job);
      channel.stderr.resume();
      const [line] = (await once(channel, 'data')) as [Buffer];
      pids.push(line.toString().trim());
    }
    expect(await Promise.all(pids.map(alive))).toEqual(jobs.map(() => true));
    expect((await other.host.processes()).map(String)).toEqual(expect.arrayContaining(pids));
    await other.end();
    expect(await Promise.all(pids.map(alive))).toEqual(jobs.map(() => false));
    expect(await run(client, 'echo the first host lives')).toMatchObject({ code: 0 });
  });
});

describe('a snapshot', () => {
  it('names what changed, and does not see job folders, logs or times', async () => {
    const { host: own, end: endOwn } = await startTestHost();
    const at = (path: string): string => join(own.folder, path);
    await mkdir(at('var'));
    await writeFile(at('var/a'), 'one');
    await symlink('a', at('var/link'));
    const before = await snapshot(own.folder);
    await mkdir(at('home/.changeover/runs'), { recursive: true });
    await writeFile(at('logs/commands.log'), 'docker ps\n');
    await writeFile(at('var/a'), 'one');
    expect(differences(before, await snapshot(own.folder))).toEqual([]);
    expect(hashOf(await snapshot(own.folder))).toBe(hashOf(before));

    const link = await connect(own);
    await run(link, 'cd ../var && echo two > a && ln -sfn b link && chmod 700 . && mkdir new');
    link.end();
    const after = await snapshot(own.folder);
    expect(differences(before, after).map((line) => line.replace(/:.*/, ''))).toEqual([
      '~ var',
      '~ var/a',
      '~ var/link',
      '+ var/new',
    ]);
    expect(hashOf(after)).not.toBe(hashOf(before));
    await endOwn();
  });
});

it('makes keys that can be read back, every time', () => {
  const made = Array.from({ length: 300 }, () => makeKeyPair('many').fingerprint);
  expect(new Set(made).size).toBe(300);
});

describe('a restart, which is simulated', () => {
  const BOOT_ID = 'cat /proc/sys/kernel/random/boot_id';

  mounting(
    'ends what runs there and cuts the connection; then the host has another boot id, and what is enabled is active',
    async () => {
      const { host: box, end: endBox } = await startTestHost(undefined, true);
      try {
        const before = await connect(box);
        before.on('error', () => undefined);
        const first = (await run(before, BOOT_ID)).out;
        expect(first).not.toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
        expect((await run(before, BOOT_ID)).out).toBe(first);
        await run(before, 'systemctl stop docker; systemctl start cron; systemctl disable cron');
        await run(before, '(setsid sleep 600 >/dev/null 2>&1 &)');
        const cut = closed(before);
        await open(before, `${box.folder}/sbin/restart`);
        await cut;
        let again: Client | undefined;
        await until(async () => (again = await connect(box).catch(() => undefined)) !== undefined);
        if (again === undefined) throw new Error('it is not there again');
        expect((await run(again, BOOT_ID)).out).not.toBe(first);
        expect((await run(again, 'systemctl is-active docker; systemctl is-active cron')).out).toBe(
          'active\ninactive\n',
        );
        again.end();
        await until(async () => (await box.processes()).length === 0);
      } finally {
        await endBox();
      }
    },
  );

  it('is not there for a host that is not made for it', () => {
    expect(existsSync(join(host.folder, 'sbin/restart'))).toBe(false);
  });
});
