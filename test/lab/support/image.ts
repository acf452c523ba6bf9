import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LONG_MS, must } from './command.ts';

const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'openssh-server', 'sudo', 'util-linux', 'procps'],
  ...['iproute2', 'iputils-ping', 'iputils-arping', 'curl', 'rsync', 'redis-server', 'python3', 'libstdc++6'],
];
const MIRROR = 'http://deb.debian.org/debian';
/** A mirror may fail or hang, and a busy machine needs three minutes for what takes one. */
const TRIES = 3;
const TRY_MS = 300_000;
/** Whoever has the image built by another waits as long. */
export const IMAGE_MS = TRIES * TRY_MS + 100_000;
/** A silent server is given up, and asked again, before a try is over. */
const WGETRC = 'timeout = 30\ntries = 3\nretry_connrefused = on\n';
/** Who logs in; sudo asks for no password. */
export const USER = 'ops';

/**
 * Folder of the hosts' system: Debian with systemd, sshd, sudo, rsync, Redis. Whoever of a run of the tests comes first
 * builds it, the others wait for that; it is removed when the run ends.
 */
export async function image(): Promise<string> {
  const folder = process.env['CHANGEOVER_LAB'];
  if (folder === undefined) throw new Error('CHANGEOVER_LAB is not set: run these tests with Jest and jest.config.js');
  const root = join(folder, 'root');
  const built = join(folder, 'built');
  const failed = join(folder, 'failed');
  if (claimed(folder)) {
    try {
      await build(root);
      writeFileSync(built, '');
    } catch (error) {
      writeFileSync(failed, '');
      throw error;
    }
  }
  for (const until = Date.now() + IMAGE_MS; !existsSync(built);) {
    if (existsSync(failed)) throw new Error("the hosts' image was not built: see the test that says why");
    if (Date.now() > until) throw new Error(`the hosts' image was not built in time: ${root}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return root;
}

/** One makes the folder; for all others it is there. */
function claimed(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o711 });
    return true;
  } catch {
    return false;
  }
}

async function build(root: string): Promise<void> {
  await writeFile(`${root}.wgetrc`, WGETRC);
  for (let tries = 1; !(await isBootstrapped(root, tries));) tries += 1;
  for (const path of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale', 'usr/share/man']) {
    await rm(join(root, path), { recursive: true, force: true });
  }
  for (const [path, { text, mode }] of Object.entries(FILES)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
    await chmod(join(root, path), mode);
  }
  await must(['chroot', root, 'sh', '-euc', SETUP], { patienceMs: LONG_MS });
}

/** What it starts and mounts goes with its first process, so that a try which was given up leaves a mere folder. */
const ALONE = ['unshare', '--mount', '--pid', '--fork', '--kill-child'];

/** Tries once; false where it is to be tried again. Throws after the last try. */
async function isBootstrapped(root: string, tries: number): Promise<boolean> {
  const words = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, 'bookworm', root, MIRROR];
  const env = { DEBIAN_FRONTEND: 'noninteractive', WGETRC: `${root}.wgetrc` };
  try {
    await must([...ALONE, 'debootstrap', ...words], { env, patienceMs: TRY_MS });
    return true;
  } catch (error) {
    if (tries === TRIES) throw error;
    const why = String(error).slice(-2_000);
    process.stderr.write(`The hosts' image was not built at try ${String(tries)} of ${String(TRIES)}: …${why}\n`);
    await rm(root, { recursive: true, force: true, maxRetries: 10 });
    return false;
  }
}

const SETUP = `
useradd --create-home --shell /bin/bash ${USER}
# Each host gets keys and an id of its own.
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id
: >/etc/machine-id
# Tests start the servers that they need.
systemctl disable redis-server
systemctl enable lab-network
`;

const file = (text: string, mode = 0o644): { readonly text: string; readonly mode: number } => ({ text, mode });

/** What makes a host of the plain system. /etc/lab is the host's own: its keys, who may log in, its address. */
const FILES: Readonly<Record<string, { readonly text: string; readonly mode: number }>> = {
  'etc/ssh/sshd_config.d/lab.conf': file(
    [
      'HostKey /etc/lab/host_key',
      'AuthorizedKeysFile /etc/lab/authorized_keys',
      'PasswordAuthentication no',
      'UseDNS no',
      'MaxStartups 100',
      '',
    ].join('\n'),
  ),
  // There is no name server, and nobody shall wait for one.
  'etc/resolv.conf': file(''),
  'etc/sudoers.d/lab': file(`${USER} ALL=(ALL) NOPASSWD: ALL\n`, 0o440),
  // The network outlives a restart here, as no machine's does: only the host's own address must be there after it.
  'usr/local/sbin/lab-network': file(
    `#!/bin/sh
set -eu
# As systemd does where it is not in a container; credentials of services come to them by such mounts.
mount --make-rshared /
. /etc/lab/network
ip addr flush dev eth0
ip addr add "$address" dev eth0
ip link set lo up
ip link set eth0 up
ip route replace default via "$gateway"
`,
    0o755,
  ),
  'etc/systemd/system/lab-network.service': file(`[Unit]
Description=The host's own address
DefaultDependencies=no
Before=network-pre.target ssh.service
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/lab-network

[Install]
WantedBy=basic.target
`),
};
