/** An nbhosting box in the lab: real units, addresses, web server, rsync and restarts; what else is a stand-in says so. */
import { readFileSync } from 'node:fs';
import type { Snapshot } from '../../../src/playground/local-hosts/snapshot.ts';
import { LOOK, type LabHost } from '../support/host.ts';
import type { Lab } from '../support/lab.ts';

export type Which = 'production' | 'development';
export type Addresses = Readonly<Record<Which, string>>;

const UNIT = { production: 'nbhosting-addr', development: 'nbhosting-dev-addr' } as const;
const standIn = (name: string): string => readFileSync(new URL(`stand-ins/${name}`, import.meta.url), 'utf8');

/** Takes an address and says so to the network, or gives it back. */
const addressUnit = (address: string): string => `[Unit]
Description=Holds ${address}
After=lab-network.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=ip addr add ${address}/27 dev eth0
# Not waited for: it says so at once, and listens for a second then.
ExecStart=sh -c 'arping -c 1 -U -I eth0 ${address} >/dev/null &'
ExecStop=ip addr del ${address}/27 dev eth0

[Install]
WantedBy=multi-user.target
`;

const service = (command: string): string => `[Unit]
Description=Stand-in: ${command}
After=lab-network.service

[Service]
ExecStart=${command}

[Install]
WantedBy=multi-user.target
`;

const EARLY = `[Unit]
Description=Stand-in: the upgrade between two boots
Before=ssh.service

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/stand-in-upgrade

[Install]
WantedBy=multi-user.target
`;

const settings = (which: Which): string =>
  [
    '# stand-in for the settings of the site',
    `server_name = "${which}.example"`,
    `ssl_certificate = "/root/${which}.crt"`,
    `ssl_certificate_key = "/root/${which}.key"`,
    '',
  ].join('\n');

/** Makes a lab's host a box of that function, with user data of an age. */
export async function makeBox(lab: Lab, name: string, which: Which, addresses: Addresses): Promise<LabHost> {
  const host = await lab.host(name);
  const programs: Readonly<Record<string, string>> = {
    '/usr/local/sbin/site': standIn('site.py'),
    '/usr/local/sbin/notebooks': standIn('notebooks.py'),
    '/usr/local/sbin/stand-in-upgrade': standIn('upgrade.sh'),
    '/usr/local/bin/dnf': standIn('dnf.sh'),
    '/usr/local/bin/pip3': standIn('pip3.sh'),
    '/usr/local/bin/docker': standIn('docker.sh'),
    '/usr/local/bin/btrfs': standIn('btrfs.sh'),
    '/root/nbhosting/install.sh': standIn('install.sh'),
  };
  const files: Readonly<Record<string, string>> = {
    '/root/nbhosting/django/nbh_main/sitesettings.py': settings(which),
    '/etc/nginx/nginx.conf': `server_name ${which}.example\n`,
    '/etc/fedora-stand-in': 'VERSION_ID=27\n',
    '/etc/production-address': `${addresses.production}\n`,
    ...Object.fromEntries(
      (['production', 'development'] as const).flatMap((each) => [
        [`/root/${each}.crt`, 'stand-in for a certificate\n'],
        [`/root/${each}.key`, 'stand-in for a key\n'],
        [`/etc/systemd/system/${UNIT[each]}.service`, addressUnit(addresses[each])],
      ]),
    ),
    '/etc/systemd/system/nginx.service': service(`/usr/local/sbin/site ${addresses.production}`),
    '/etc/systemd/system/docker.service': service(`/usr/local/sbin/notebooks ${addresses.production}`),
    '/etc/systemd/system/nbh-uwsgi.service': service('/usr/bin/sleep infinity'),
    '/etc/systemd/system/nbh-monitor.service': service('/usr/bin/sleep infinity'),
    '/etc/systemd/system/stand-in-upgrade.service': EARLY,
    // Another spelling than today's, and compiled parts.
    '/usr/local/lib/python3.6/site-packages/Django-2.1.dist-info/METADATA': 'Name: Django\n',
    '/usr/local/lib/python3.6/site-packages/ruamel.yaml-0.15-py3.6.egg-info': 'Name: ruamel.yaml\n',
    '/usr/local/lib64/python3.6/site-packages/numpy-1.14.dist-info/METADATA': 'Name: numpy\n',
    '/var/lib/stand-in-docker/containers/python-amelie': '',
    '/var/lib/stand-in-docker/images/python-notebook': '',
    '/nbhosting/dockers/btrfs/subvolumes/0a1b/layer': '',
    '/nbhosting/dockers/btrfs/subvolumes/2c3d/layer': '',
    '/nbhosting/dockers/of-somebody-else/notes': '',
    ...userData(which),
  };
  await host.writeAll(programs, '755');
  await host.writeAll(files);
  await host.writeAll({ '/root/.ssh/id_ed25519': readFileSync(lab.keyFile, 'utf8') }, '600');
  await host.must(`systemctl daemon-reload
systemctl enable --now --quiet nginx docker nbh-uwsgi nbh-monitor stand-in-upgrade ${UNIT[which]}`);
  return host;
}

/** Students' files: some are in both, newer in production, and some in one alone. */
function userData(which: Which): Readonly<Record<string, string>> {
  const students = Array.from({ length: 12 }, (_, n) => `student${String(which === 'production' ? n : n + 5)}`);
  return {
    '/nbhosting/students/amelie/notebook.txt': '',
    '/nbhosting/raw/events.csv': 'the same on both\n',
    ...Object.fromEntries(students.map((student) => [`/nbhosting/students/${student}.ipynb`, `${which}\n`])),
  };
}

/** Boxes that let each other in, by their own addresses. */
export async function introduceBoxes(...boxes: readonly LabHost[]): Promise<void> {
  const known = boxes.map(({ knownHost }) => `${knownHost}\n`).join('');
  // The exchange that no quantum computer could break takes thrice as much of the processor, for each way in.
  const config = boxes.map(({ name, address }) => `Host ${name}\n  HostName ${address}\n`).join('');
  const files = { '/root/.ssh/known_hosts': known, '/root/.ssh/config': `KexAlgorithms curve25519-sha256\n${config}` };
  await Promise.all(
    boxes.map(async (box) => {
      await box.writeAll(files, '600');
      // A copy would take what is of another time for another.
      await box.must('find /nbhosting/students /nbhosting/raw -exec touch -d @1600000000 {} +');
    }),
  );
}

/** The inventory that leads to them, as root, which may copy what belongs to others. */
export function inventoryOf(boxes: Readonly<Record<string, LabHost>>, addresses: Addresses): string {
  const vars = {
    production_address: addresses.production,
    url: `http://${addresses.production}/`,
    os_release: '/etc/fedora-stand-in',
    free_gb: 0,
    ...Object.fromEntries(
      (['production', 'development'] as const).flatMap((each) => [
        [`${each}_name`, `${each}.example`],
        [`${each}_certificate`, `/root/${each}.crt`],
        [`${each}_key`, `/root/${each}.key`],
      ]),
    ),
  };
  const hosts = Object.entries(boxes).map(([name, box]) => [name, box.entry({ user: 'root', vars })] as const);
  return JSON.stringify({ hosts: Object.fromEntries(hosts), groups: { nbhosting: Object.keys(boxes) } });
}

const UNITS = ['nbhosting-addr', 'nbhosting-dev-addr', 'nginx', 'docker', 'nbh-uwsgi', 'nbh-monitor'];

/** Its addresses, its units, its release and the server's name: a line of the form `what: how` each. */
const STANDING = `
echo "addresses: $(ip -4 -o addr show dev eth0 | awk '{ print $4 }' | sort | tr '\\n' ' ')"
show() { systemctl show -p Id,ActiveState,UnitFileState ${UNITS.join(' ')} | sed '/^$/d; s/.*=//' | paste -d ' ' - - -; }
show | sed 's/^\\([^ ]*\\) /\\1: /'
echo "release: $(sed -n 's/VERSION_ID=/f/p' /etc/fedora-stand-in)"
sed 's/ /: /' /etc/nginx/nginx.conf
`;

/**
 * All that a box holds and is, by one look: what `standing` says, settings, user data, packages, containers and images;
 * but for the notebook that is written without pause.
 */
export async function look(box: LabHost): Promise<Snapshot> {
  const packages = ['/usr/local/lib', '/usr/local/lib64'];
  const paths = ['/nbhosting', '/root/nbhosting', '/etc/nginx', ...packages, '/var/lib/stand-in-docker'];
  const seen = await box.must(`look=$1; shift; ${STANDING}\necho; python3 -c "$look" "$@"`, [LOOK, ...paths]);
  const [lines = '', trees = ''] = seen.split('\n\n');
  const found = JSON.parse(trees) as readonly (readonly [string, string])[];
  const standing = lines
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const);
  return new Map([...standing, ...found.filter(([path]) => !path.endsWith('/notebook.txt'))]);
}
