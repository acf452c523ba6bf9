/** An nbhosting box in the lab: real units, addresses, web server, rsync and restarts; what else is a stand-in says so. */
import { readFileSync } from 'node:fs';
import type { Snapshot } from '../../../src/playground/local-hosts/snapshot.ts';
import type { LabHost } from '../support/host.ts';
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
ExecStart=arping -c 1 -U -I eth0 ${address}
ExecStop=ip addr del ${address}/27 dev eth0

[Install]
WantedBy=multi-user.target
`;

const service = (command: string, more = ''): string => `[Unit]
Description=Stand-in: ${command}
After=lab-network.service
${more}
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
  const files: readonly (readonly [path: string, text: string, mode?: string])[] = [
    ['/usr/local/sbin/site', standIn('site.py'), '755'],
    ['/usr/local/sbin/notebooks', standIn('notebooks.sh'), '755'],
    ['/usr/local/bin/dnf', standIn('dnf.sh'), '755'],
    ['/usr/local/bin/pip3', standIn('pip3.sh'), '755'],
    ['/usr/local/sbin/stand-in-upgrade', standIn('upgrade.sh'), '755'],
    ['/root/nbhosting/install.sh', standIn('install.sh'), '755'],
    ['/root/nbhosting/django/nbh_main/sitesettings.py', settings(which)],
    ['/etc/nginx/nginx.conf', `server_name ${which}.example\n`],
    ['/etc/fedora-stand-in', 'VERSION_ID=27\n'],
    ...(['production', 'development'] as const).flatMap((each) => [
      [`/root/${each}.crt`, 'stand-in for a certificate\n'] as const,
      [`/root/${each}.key`, 'stand-in for a key\n'] as const,
      [`/etc/systemd/system/${UNIT[each]}.service`, addressUnit(addresses[each])] as const,
    ]),
    ['/etc/systemd/system/nginx.service', service(`/usr/local/sbin/site ${addresses.production}`)],
    ['/etc/systemd/system/docker.service', service('/usr/local/sbin/notebooks', `After=${UNIT.production}.service`)],
    ['/etc/systemd/system/nbh-uwsgi.service', service('/usr/bin/sleep infinity')],
    ['/etc/systemd/system/nbh-monitor.service', service('/usr/bin/sleep infinity')],
    ['/etc/systemd/system/stand-in-upgrade.service', EARLY],
    ['/usr/local/lib/python3.6/site-packages/Django-2.1.dist-info/METADATA', 'Name: Django\n'],
    ['/root/.ssh/id_ed25519', readFileSync(lab.keyFile, 'utf8'), '600'],
    ...userData(which),
  ];
  for (const [path, text, mode] of files) await host.write(path, text, mode);
  await host.must(`systemctl daemon-reload
systemctl enable --now --quiet nginx docker nbh-uwsgi nbh-monitor stand-in-upgrade ${UNIT[which]}`);
  return host;
}

/** Students' files: some are in both, newer in production, and some in one alone. */
function userData(which: Which): readonly (readonly [string, string])[] {
  const students = Array.from({ length: 200 }, (_, n) => `student${String(which === 'production' ? n : n + 5)}`);
  return [
    ['/nbhosting/students/amelie/notebook.txt', ''],
    ['/nbhosting/raw/events.csv', `${which}\n`],
    // One after the other would be as many ways in.
    [
      '/nbhosting/students/seed.sh',
      `for s in ${students.join(' ')}; do echo ${which} >/nbhosting/students/$s.ipynb; done\n`,
    ],
  ];
}

/** Boxes that let each other in, by their own addresses. */
export async function introduceBoxes(...boxes: readonly LabHost[]): Promise<void> {
  const known = boxes.map(({ knownHost }) => `${knownHost}\n`).join('');
  for (const box of boxes) {
    await box.write('/root/.ssh/known_hosts', known);
    await box.must('sh /nbhosting/students/seed.sh; rm /nbhosting/students/seed.sh');
  }
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

/** What a box holds now: its addresses, its units, its release. */
export const standing = (box: LabHost): Promise<string> =>
  box.must(`ip -4 -o addr show dev eth0 | awk '{ print $4 }' | sort
for unit in nbhosting-addr nbhosting-dev-addr nginx docker nbh-uwsgi nbh-monitor; do
  echo "$unit $(systemctl is-active $unit || true) $(systemctl is-enabled $unit || true)"
done
cat /etc/fedora-stand-in /etc/nginx/nginx.conf`);

/** Settings and user data, but for the notebook that is written without pause. */
export async function trees(box: LabHost): Promise<Snapshot> {
  const seen = await box.snapshot('/nbhosting', '/root/nbhosting', '/etc/nginx', '/usr/local/lib');
  return new Map([...seen].filter(([path]) => !path.endsWith('/notebook.txt')));
}
