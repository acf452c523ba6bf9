import { randomInt } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlanHost } from '../../src/plan/types.ts';
import { spawnSync } from './run-sync.ts';

export interface SshdOptions {
  /** Home folder of whoever logs in; default a fresh one, removed at the end. */
  readonly home?: string;
  /** More lines for sshd_config. */
  readonly config?: readonly string[];
  /** Type of the host key; default ed25519. */
  readonly hostKeyType?: 'ed25519' | 'rsa' | 'ecdsa';
  /** What `sh` is to those who log in: Debian's is dash, Fedora's is bash. Default: this machine's. */
  readonly sh?: 'dash' | 'bash';
  /** PATH of those who log in, for stand-in programs. */
  readonly path?: string;
  /** More variables of those who log in. */
  readonly env?: Readonly<Record<string, string>>;
  /** What those who log in read in /etc/machine-id, by a mount of their own (`ownMachineIds`); '' for an empty file. */
  readonly machineId?: string;
  /** With `machineId`: a process 1 of its own too, as a container has. Only root can make it. */
  readonly container?: boolean;
  /** It starts anew whenever it has ended, as a machine does (`container`) or a service, until it is held down. */
  readonly restarts?: boolean;
  /** A network of its own: the address at which it listens there, and the words that start a program in it. */
  readonly network?: { readonly address: string; readonly enter: readonly string[] };
}

/** Ways to a mount namespace of one's own: root's, and where the kernel allows it anybody's. */
const NAMESPACES = [['--mount'], ['--map-current-user', '--keep-caps', '--mount']] as const;

const namespace = (): readonly string[] | undefined =>
  NAMESPACES.find(
    (words) => spawnSync('unshare', [...words, 'mount', '--bind', '/dev/null', '/etc/machine-id']).status === 0,
  );

/** Whether a server can have a machine id of its own here. Without, two on one machine are one host. */
export const ownMachineIds = (): boolean => namespace() !== undefined;

/** A real OpenSSH server on loopback with its own port, keys and configuration. */
export interface Sshd {
  readonly port: number;
  readonly user: string;
  readonly home: string;
  /** Private key that is let in. */
  readonly keyFile: string;
  readonly hostKeySha256: string;
  /** Path of a `known_hosts` file that knows this server. */
  readonly knownHosts: string;
  /** Folder for what a test wants to leave beside; removed at the end. */
  readonly folder: string;
  /** A plan's host that leads here, with its host key pinned. */
  planHost(name: string, changes?: Partial<PlanHost>): PlanHost;
  /** Kills the processes behind all present connections, as when a link is reset. */
  killConnections(): void;
  /** Stops them, as when a link hangs; `resume` lets them go on. */
  pause(): void;
  resume(): void;
  /** How often it has been started, and so its process 1. */
  starts(): number;
  /** Ends it with all its processes at once, as a loss of power does. */
  cutPower(): void;
  /** Keeps it from starting anew once it has ended. */
  holdDown(): void;
  /** Lets it start anew, also where it has ended already. */
  letUp(): void;
  stop(): Promise<void>;
}

/** sshd wants to be called by its whole path. Not from needs.ts, so that measurements can use this module without Jest. */
const PROGRAMS = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/sbin/sshd', '/usr/bin/sshd'];

/** The state folder must be on a disk, and /tmp is memory on many machines. */
function diskFolder(): string {
  try {
    return mkdtempSync('/var/tmp/changeover-test-');
  } catch {
    return mkdtempSync(join(tmpdir(), 'changeover-test-'));
  }
}

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const program = PROGRAMS.find((path) => existsSync(path));
  if (program === undefined) throw new Error('sshd is not installed; wrap these tests in needs("sshd")');
  const folder = diskFolder();
  // Somebody whom `become_user` names has to pass through.
  chmodSync(folder, 0o711);
  const home = options.home ?? join(folder, 'home');
  mkdirSync(home, { recursive: true });
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const hostKey = join(folder, 'host_key');
  const keyFile = join(folder, 'key');
  keygen(hostKey, options.hostKeyType ?? 'ed25519');
  keygen(keyFile, 'ed25519');
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(`${keyFile}.pub`), { mode: 0o600 });
  const user = userInfo().username;

  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const config = join(folder, 'sshd_config');
    writeFileSync(config, configText({ folder, port, hostKey, home, options }));
    const inPlace = withMachineId([program, '-D', '-e', '-f', config], folder, options);
    const [command = '', ...words] = [...(options.network?.enter ?? []), ...inPlace];
    const start = (): ChildProcess => spawn(command, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    const child = start();
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-4_000);
    });
    if (await listens(child, join(folder, 'sshd.pid')))
      return running(
        child,
        { address: addressOf(options), port, user, home, keyFile, hostKey, folder },
        options.restarts === true ? start : undefined,
      );
    await ended(child);
    if (tries === 5) {
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`sshd did not start: ${said}`);
    }
  }
}

const addressOf = ({ network }: SshdOptions): string => network?.address ?? '127.0.0.1';

type Command = readonly [string, ...string[]];

/** The same process in a mount namespace of its own, where /etc/machine-id is another. */
function withMachineId(command: Command, folder: string, { machineId, container }: SshdOptions): Command {
  if (machineId === undefined) return command;
  const file = join(folder, 'machine-id');
  writeFileSync(file, machineId === '' ? '' : `${machineId}\n`);
  const script = 'mount --bind "$1" /etc/machine-id && shift && exec "$@"';
  const own = container === true ? ['--pid', '--fork', '--kill-child', '--mount-proc'] : [];
  return ['unshare', ...(namespace() ?? []), ...own, 'sh', '-c', script, 'sh', file, ...command];
}

function running(
  first: ChildProcess,
  it: {
    address: string;
    port: number;
    user: string;
    home: string;
    keyFile: string;
    hostKey: string;
    folder: string;
  },
  again: (() => ChildProcess) | undefined,
): Sshd {
  const power = powered(first, again);
  const knownHosts = join(it.folder, 'known_hosts');
  const [type, key] = readFileSync(`${it.hostKey}.pub`, 'utf8').split(' ');
  writeFileSync(knownHosts, `[${it.address}]:${it.port} ${type} ${key}\n`);
  const printed = spawnSync('ssh-keygen', ['-l', '-f', `${it.hostKey}.pub`], { encoding: 'utf8' }).stdout;
  const hostKeySha256 = /SHA256:\S+/.exec(printed)![0];
  const signal = (name: NodeJS.Signals): void => {
    for (const pid of connectionsOf(power.child().pid!)) kill(pid, name);
  };
  return {
    port: it.port,
    user: it.user,
    home: it.home,
    keyFile: it.keyFile,
    hostKeySha256,
    knownHosts,
    folder: it.folder,
    planHost: (name, changes = {}) => ({
      name,
      address: it.address,
      port: it.port,
      user: it.user,
      key: it.keyFile,
      hostKey: hostKeySha256,
      vars: {},
      ...changes,
    }),
    killConnections: () => {
      signal('SIGKILL');
    },
    pause: () => {
      signal('SIGSTOP');
    },
    resume: () => {
      signal('SIGCONT');
    },
    starts: power.starts,
    cutPower: () => {
      power.child().kill('SIGKILL');
    },
    holdDown: power.holdDown,
    letUp: power.letUp,
    stop: async () => {
      signal('SIGKILL');
      power.holdDown();
      power.child().kill('SIGKILL');
      await ended(power.child());
      await removeWhole(it.folder);
    },
  };
}

/** Somebody who outlives sshd for a moment may still make a file there, and then all of it has to be begun again. */
async function removeWhole(folder: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (tries === 50) throw error;
      await sleep(50);
    }
  }
}

/** A server that is started again whenever it has ended, unless it is held down. */
function powered(first: ChildProcess, again: (() => ChildProcess) | undefined) {
  let child = first;
  let starts = 1;
  let down = again === undefined;
  const up = (): void => {
    if (down || again === undefined || (child.exitCode === null && child.signalCode === null)) return;
    child = again();
    starts += 1;
    child.once('exit', up);
  };
  first.once('exit', up);
  return {
    child: () => child,
    starts: () => starts,
    holdDown: () => {
      down = true;
    },
    letUp: () => {
      down = again === undefined;
      up();
    },
  };
}

function configText(it: { folder: string; port: number; hostKey: string; home: string; options: SshdOptions }): string {
  const { env = {} } = it.options;
  const path = it.options.path ?? (it.options.sh === undefined ? undefined : pathWithSh(it.folder, it.options.sh));
  const variables = { HOME: it.home, ...(path === undefined ? {} : { PATH: path }), ...env };
  const environment = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return [
    `Port ${it.port}`,
    `ListenAddress ${addressOf(it.options)}`,
    `HostKey ${it.hostKey}`,
    `AuthorizedKeysFile ${join(it.folder, 'authorized_keys')}`,
    `PidFile ${join(it.folder, 'sshd.pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'MaxStartups 100',
    'LogLevel ERROR',
    `SetEnv ${environment.map((each) => `"${each}"`).join(' ')}`,
    ...(it.options.config ?? []),
    '',
  ].join('\n');
}

function pathWithSh(folder: string, shell: string): string {
  const first = join(folder, 'bin');
  mkdirSync(first, { recursive: true });
  rmSync(join(first, 'sh'), { force: true });
  symlinkSync(`/bin/${shell}`, join(first, 'sh'));
  return `${first}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
}

function keygen(path: string, type: string): void {
  const done = spawnSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'test', '-f', path], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`ssh-keygen failed: ${done.stderr}`);
}

/**
 * A port on which nobody listens, below those that the kernel gives to whoever asks for any: what begins to listen or
 * connects beside this test comes by it hardly ever.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => {
        resolve(false);
      });
      server.listen(port, '127.0.0.1', () => {
        resolve(true);
      });
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** Whether sshd has come to listen: it writes its pid then. Who asks the port may be answered by somebody else. */
async function listens(child: ChildProcess, pidFile: string): Promise<boolean> {
  for (let tries = 0; tries < 1600 && child.exitCode === null; tries += 1) {
    if (existsSync(pidFile)) return true;
    await sleep(25);
  }
  return false;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
}

/** Processes that sshd has made for its connections: its children, and theirs where it separates privileges. */
function connectionsOf(sshd: number): readonly number[] {
  const children = childrenOf(sshd);
  return children.flatMap((pid) => [pid, ...childrenOf(pid).filter((each) => nameOf(each).startsWith('sshd'))]);
}

function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
          .replace(/^.*\) /s, '')
          .split(' ');
        return Number(fields[1]) === parent;
      } catch {
        return false;
      }
    });
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8');
  } catch {
    return '';
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
