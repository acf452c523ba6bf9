import { randomInt } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { command, LONG_MS, must, type CommandOptions, type Done } from './command.ts';
import { image } from './image.ts';
import { removeCgroups } from './run.js';

/**
 * Where hosts live: mounts, processes and networks of its own, so that with its first process all of it is gone, and
 * that process ends with whoever started it, a crash included.
 */
export interface House {
  readonly folder: string;
  /** The hosts' processes are counted below it. */
  readonly cgroup: string;
  /** Runs a program inside. */
  run(words: readonly string[], options?: CommandOptions): Promise<Done>;
  /** The same where it must exit with 0; gives its standard output. */
  must(words: readonly string[]): Promise<string>;
  readonly podmanWords: readonly string[];
  /** What programs are started with there. */
  readonly env: Readonly<Record<string, string>>;
  podman(...words: readonly string[]): Promise<string>;
  /** This machine's address in the hosts' network. */
  readonly gateway: string;
  /** An address in the hosts' network that nobody has yet. */
  readonly freshAddress: () => string;
  readonly remove: () => Promise<void>;
}

export const IMAGE = 'localhost/changeover-lab';
/** Addresses that documents use and nobody has (RFC 5737). */
const NETWORKS = ['198.51.100', '203.0.113'];
const SIZE = 32;

/** Its first process waits for the end of its input, which comes with the end of whoever holds it. */
const FIRST = `
set -eu
# On hybrid cgroups systemd in a container would take the wrong half; elsewhere there is no such mount.
umount /sys/fs/cgroup/unified 2>/dev/null || true
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /dev/shm
# Podman's layers cannot lie on layers, as they would where this machine is a container itself.
if [ "$(stat -f -c %T "$1")" = overlayfs ]; then mount -t tmpfs tmpfs "$1"; fi
ip link set lo up
ip link add lab0 type bridge
ip link set lab0 up
echo ready
while read -r _; do :; done
`;

export async function makeHouse(): Promise<House> {
  const root = await image();
  const folder = await mkdtemp(join(root, '../house-'));
  await chmod(folder, 0o711);
  const store = join(folder, 'store');
  await mkdir(store);
  const own = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--net'];
  const holder = spawn('unshare', [...own, 'bash', '-c', FIRST, 'bash', store], { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(holder, 'exit');
  await Promise.race([
    once(holder.stdout, 'data'),
    gone.then(() => Promise.reject(new Error('no namespaces could be made'))),
  ]);
  const pid = childOf(holder.pid ?? 0);
  const net = await joinNetworks(pid);
  const enter = ['nsenter', `--target=${pid}`, '--mount', '--pid', '--net', '--'];
  const env = { HOME: folder, CONTAINERS_CONF: join(folder, 'containers.conf'), TMPDIR: folder };
  const run: House['run'] = (words, options = {}) => command([...enter, ...words], { env, ...options });
  const inside: House['must'] = (words) => must([...enter, ...words], { env });
  const podmanWords = [
    ...['podman', '--root', store, '--runroot', '/run/lab', '--tmpdir', '/run/lab-tmp'],
    ...['--cgroup-manager=cgroupfs', '--runtime=runc', '--events-backend=none'],
  ];
  const podman: House['podman'] = (...words) => inside([...podmanWords, ...words]);
  await writeFile(env.CONTAINERS_CONF, '[containers]\ndefault_ulimits = []\n');
  const cgroup = `/${basename(dirname(root))}-${randomInt(2 ** 32).toString(16)}`;
  const tar = join(folder, 'image.tar');
  await must(['tar', '-C', root, '-cf', tar, '.'], { patienceMs: LONG_MS });
  await must([...enter, ...podmanWords, 'import', '--quiet', tar, IMAGE], { env, patienceMs: LONG_MS });
  await rm(tar);
  return {
    folder,
    cgroup,
    env,
    run,
    must: inside,
    podmanWords,
    podman,
    gateway: net.gateway,
    freshAddress: net.freshAddress,
    remove: async () => {
      // What hangs goes with the first process too.
      await run([...podmanWords, 'rm', '--all', '--force', '--time=0'], { patienceMs: 30_000 }).catch(() => '');
      holder.stdin.end();
      await gone;
      removeCgroups(cgroup);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** `unshare` waits in the old namespace for its child, which is the first process of the new one. */
const childOf = (pid: number): string =>
  readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim();

/** A pair of interfaces from this machine to the bridge inside; it goes when the inside does. */
async function joinNetworks(pid: string): Promise<{ readonly gateway: string; readonly freshAddress: () => string }> {
  const { name, prefix, first } = await claimNetwork(pid);
  const gateway = `${prefix}.${String(first + 1)}`;
  let last = first + 1;
  await must(['ip', 'addr', 'add', `${gateway}/27`, 'dev', name]);
  await must(['ip', 'link', 'set', name, 'up']);
  const inside = ['nsenter', `--target=${pid}`, '--net', '--'];
  await must([...inside, 'ip', 'link', 'set', 'uplink', 'master', 'lab0']);
  await must([...inside, 'ip', 'link', 'set', 'uplink', 'up']);
  return {
    gateway,
    freshAddress: () => {
      last += 1;
      if (last > first + SIZE - 2) throw new Error("the lab's network has no more addresses");
      return `${prefix}.${String(last)}`;
    },
  };
}

/** The interface is called by its network, so of two who want the same one only one can make it. */
async function claimNetwork(
  pid: string,
): Promise<{ readonly name: string; readonly prefix: string; readonly first: number }> {
  for (let tries = 0; tries < 100; tries += 1) {
    const prefix = NETWORKS[randomInt(NETWORKS.length)] ?? '';
    const first = randomInt(256 / SIZE) * SIZE;
    const name = `colab${prefix.slice(0, 3)}-${String(first)}`;
    if ((await must(['ip', 'route', 'show', 'root', `${prefix}.${String(first)}/27`])) !== '') continue;
    const made = ['ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'uplink', 'netns', pid];
    if ((await command(made)).code === 0) return { name, prefix, first };
  }
  throw new Error(`no network is free in ${NETWORKS.map((prefix) => `${prefix}.0/24`).join(' or ')}`);
}
