import { mkdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { put } from './host-folder.ts';
import { BOX_DOCKER, BTRFS } from './stand-ins/box-docker.ts';
import { CURL, PING, SSH } from './stand-ins/box-network.ts';
import { DNF, PIP, PYTHON } from './stand-ins/dnf.ts';
import type { Seed } from './start-local-host.ts';

const COMMANDS = {
  dnf: DNF,
  python3: PYTHON,
  pip3: PIP,
  docker: BOX_DOCKER,
  btrfs: BTRFS,
  ping: PING,
  curl: CURL,
  ssh: SSH,
};

/** The addresses that move between the boxes, and what the site is called there. None of them is anybody's. */
const FUNCTIONS = {
  production: { unit: 'nbhosting-addr', address: '192.0.2.1', name: 'nbhosting.example.org' },
  development: { unit: 'nbhosting-dev-addr', address: '192.0.2.14', name: 'nbhosting-dev.example.org' },
} as const;

export type BoxFunction = keyof typeof FUNCTIONS;

/** What the boxes of one pair share. */
export interface BoxPair {
  /** A folder that is their network; made by whichever is seeded first. */
  readonly network: string;
  /** Where the other box keeps its data. */
  readonly otherData: string;
}

/**
 * Seeds a box as the nbhosting page describes it: Fedora 27, the site and its services, user data, and the address of its
 * function. What it reaches over the network are stand-ins, but for ssh, whose keys `introduce` gives.
 */
export function seedBox(function_: BoxFunction, { network, otherData }: BoxPair): Seed {
  return async (folder) => {
    for (const [name, script] of Object.entries(COMMANDS)) await put(folder, `bin/${name}`, script, 0o755);
    await putNetwork(folder, network, function_);
    await putSite(folder, function_);
    await putData(folder, function_);
    await put(folder, 'etc/os-release', 'NAME=Fedora\nVERSION_ID=27\n');
    await put(folder, 'state/python', '3.6\n');
    await put(folder, 'lib/python3.6/site-packages/Django-2.1.dist-info/METADATA', 'Name: Django\n');
    return {
      data: join(folder, 'nbhosting'),
      other_data: otherData,
      source: join(folder, 'root/nbhosting'),
      settings: join(folder, 'root/nbhosting/django/nbh_main/sitesettings.py'),
      os_release: join(folder, 'etc/os-release'),
      packages: folder,
      free_gb: '0',
      python_root: join(folder, 'lib'),
      python_root64: join(folder, 'lib64'),
      dockers: join(folder, 'nbhosting/dockers'),
      production_address: FUNCTIONS.production.address,
      url: `https://${FUNCTIONS.production.name}/`,
      ...siteVars(folder),
    };
  };
}

/** What lets a box reach the other by its own SSH trust: a private key that is let in there, and the other's host key. */
export async function introduce(folder: string, key: string, knownHosts: string): Promise<void> {
  await put(folder, 'keys/box', key, 0o600);
  await put(folder, 'keys/known_hosts', knownHosts);
}

async function putNetwork(folder: string, network: string, function_: BoxFunction): Promise<void> {
  await mkdir(network, { recursive: true });
  await symlink(network, join(folder, 'network'));
  for (const [name, { unit, address, name: host }] of Object.entries(FUNCTIONS)) {
    await put(network, `names/${host}`, `${address}\n`);
    await mkdir(join(network, address), { recursive: true });
    const link = join(network, address, basename(folder));
    const holds = name === function_;
    if (holds) await symlink(folder, link);
    await putUnit(folder, unit, holds);
    const start = `#!/bin/sh\n# The box takes the address ${address}, as far as its stand-ins can see.\n`;
    await put(folder, `state/units/${unit}.service/on-start`, `${start}ln -s '${folder}' '${link}'\n`, 0o755);
    await put(folder, `state/units/${unit}.service/on-stop`, `#!/bin/sh\nrm '${link}'\n`, 0o755);
  }
  for (const service of ['nginx', 'nbh-monitor', 'nbh-uwsgi', 'docker']) await putUnit(folder, service, true);
}

async function putUnit(folder: string, unit: string, on: boolean): Promise<void> {
  await put(folder, `state/units/${unit}.service/active`, on ? 'active\n' : 'inactive\n');
  await put(folder, `state/units/${unit}.service/enabled`, on ? 'enabled\n' : 'disabled\n');
}

const CERTIFICATES = { production: 'root/ssl-certificate', development: 'root/ssl-certificate-dev' } as const;

const certificate = (folder: string, of: BoxFunction): string => join(folder, CERTIFICATES[of], 'bundle.crt');
const key = (folder: string, of: BoxFunction): string => join(folder, CERTIFICATES[of], `${FUNCTIONS[of].name}.key`);

function siteVars(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (['production', 'development'] as const).flatMap((of) => [
      [`${of}_name`, FUNCTIONS[of].name],
      [`${of}_certificate`, certificate(folder, of)],
      [`${of}_key`, key(folder, of)],
    ]),
  );
}

const INSTALL = `#!/bin/sh
# Stands in for the script of this name that nbhosting ships: gives nginx the server's name, and restarts the services.
set -eu
folder=$(cd ../.. && pwd -P)
if [ -e "$folder/faults/install-fails" ]; then echo 'stand-in install.sh fails as it was told' >&2; exit 1; fi
mkdir -p "$folder/etc/nginx"
sed -n 's/^server_name *= *"\\(.*\\)"/server_name \\1/p' django/nbh_main/sitesettings.py >"$folder/etc/nginx/nginx.conf"
systemctl restart nginx nbh-uwsgi nbh-monitor
`;

async function putSite(folder: string, function_: BoxFunction): Promise<void> {
  for (const each of ['production', 'development'] as const) {
    await put(folder, `${CERTIFICATES[each]}/bundle.crt`, 'stand-in for a certificate\n');
    await put(folder, `${CERTIFICATES[each]}/${FUNCTIONS[each].name}.key`, 'stand-in for a key\n', 0o600);
  }
  const { name } = FUNCTIONS[function_];
  const settings = [
    '# stand-in for the settings of the site',
    `server_name = "${name}"`,
    `ssl_certificate = "${certificate(folder, function_)}"`,
    `ssl_certificate_key = "${key(folder, function_)}"`,
    'DEBUG = False',
    '',
  ];
  await put(folder, 'root/nbhosting/django/nbh_main/sitesettings.py', settings.join('\n'));
  await put(folder, 'root/nbhosting/install.sh', INSTALL, 0o755);
  await put(folder, 'etc/nginx/nginx.conf', `server_name ${name}\n`);
}

/** Production has what students work on; the development box what was theirs a while ago, and some containers. */
async function putData(folder: string, function_: BoxFunction): Promise<void> {
  const age = function_ === 'production' ? 'of today' : 'of last year';
  for (const student of ['amelie', 'bruno', 'chiara']) {
    await put(folder, `nbhosting/students/${student}/python/week1.ipynb`, `{"cells": "${student}, ${age}"}\n`);
  }
  await put(folder, 'nbhosting/raw/events.csv', `amelie,week1,${age}\n`);
  const own = function_ === 'production' ? 'daniel/python/week7.ipynb' : 'zoe/python/week0.ipynb';
  await put(folder, `nbhosting/students/${own}`, `{"cells": "${age}"}\n`);
  for (const volume of ['0a1b', '2c3d'])
    await mkdir(join(folder, 'nbhosting/dockers/btrfs/subvolumes', volume), { recursive: true });
  await put(folder, 'state/notebooks/python-amelie', '');
  await put(folder, 'state/images/python-notebook', '');
}
