import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loginName, put } from './host-folder.ts';

const SERVICES = ['nginx', 'core', 'mongodb', 'redis'];
const USERS = ['amelie', 'bruno', 'chiara'];

/**
 * Seeds a host as the Pryv page describes it in version 1.5, its layout step done: `var/pryv` is a link to `var/pryv1.5`,
 * whose services run, and `var/pryv1.6` holds the new version's own files, no data yet. Gives the inventory's variables.
 */
export async function seedPryv(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const root = join(folder, 'var/pryv');
  for (const version of ['1.5', '1.6']) await putRelease(folder, version);
  await putData(folder);
  await put(
    folder,
    'sbin/switch_pryv.sh',
    SWITCH.replace('@ROOT@', () => root),
    0o755,
  );
  await symlink(`${root}1.5`, root);
  for (const script of ['start-config-leader', 'start-config-follower', 'run-pryv']) {
    await promisify(execFile)(join(root, script), [], { env });
  }
  return { root, switch_folder: join(folder, 'sbin'), switch_owner: loginName() };
}

/** The page's own script, but never a moment without a link, and never a link inside a real folder. */
const SWITCH = `#!/bin/sh
# Points the root at a version: switch_pryv.sh 1.6. For sudo; refuses what is not a version that is there.
set -eu
root='@ROOT@'
case \${1:-} in '' | *[!0-9.]*) echo "usage: switch_pryv.sh VERSION, for example 1.6" >&2; exit 2 ;; esac
[ -d "$root$1" ] || { echo "switch_pryv.sh: $root$1 is not there" >&2; exit 1; }
[ -L "$root" ] || { echo "switch_pryv.sh: $root is no link" >&2; exit 1; }
ln -s "$root$1" "$root.new"
mv -T "$root.new" "$root"
`;

async function putRelease(folder: string, version: string): Promise<void> {
  const tree = `var/pryv${version}`;
  const composed = [
    ['config-leader', 'config-leader/config-leader.yml'],
    ['config-follower', 'config-follower/config-follower.yml'],
  ] as const;
  for (const [service, file] of composed) {
    await put(folder, `${tree}/${file}`, composeFile(version, [service]));
    await put(folder, `${tree}/start-${service}`, composeScript(file, 'up -d'), 0o755);
    await put(folder, `${tree}/stop-${service}`, composeScript(file, 'stop'), 0o755);
  }
  await put(folder, `${tree}/pryv/pryv.yml`, composeFile(version, SERVICES));
  await put(folder, `${tree}/run-pryv`, composeScript('pryv/pryv.yml', 'up -d'), 0o755);
  await put(folder, `${tree}/stop-core`, composeScript('pryv/pryv.yml', 'stop'), 0o755);
  await put(folder, `${tree}/pryv/nginx/conf/nginx.conf`, `# stand-in nginx configuration, Pryv ${version}\n`);
  for (const data of ['core/data', 'mongodb/data', 'mongodb/backup', 'redis/data']) {
    await mkdir(join(folder, tree, 'pryv', data), { recursive: true });
  }
}

/** What version 1.5 has gathered: configuration, keys, attachments, a database, Redis. */
async function putData(folder: string): Promise<void> {
  const tree = 'var/pryv1.5';
  await put(folder, `${tree}/config-leader/conf/config-leader.json`, '{"platform": "pryv.example.com"}\n');
  await put(folder, `${tree}/config-leader/data/platform.yml`, 'DOMAIN: pryv.example.com\n');
  await put(folder, `${tree}/config-follower/conf/config-follower.json`, '{"leader": "http://config-leader:7000"}\n');
  await put(folder, `${tree}/pryv/nginx/conf/secret/pryv.example.com-key.pem`, 'stand-in for a TLS key\n', 0o600);
  await put(folder, `${tree}/pryv/nginx/conf/secret/pryv.example.com-bundle.crt`, 'stand-in for a certificate\n');
  await put(
    folder,
    `${tree}/pryv/redis/data/dump.rdb`,
    [...USERS.map((user) => `${user}:server core`), 'platform:version 1.5']
      .map((line) => `stand-in redis: ${line}\n`)
      .join(''),
  );
  for (const user of USERS) {
    await put(folder, `${tree}/pryv/core/data/attachments/${user}/x-ray of ${user}.dat`, pretendPicture(user));
  }
  await put(folder, `${tree}/pryv/mongodb/data/pryv-node/users.bson`, documents(USERS.length, 'username'));
  await put(folder, `${tree}/pryv/mongodb/data/pryv-node/streams.bson`, documents(12, 'stream'));
  await put(folder, `${tree}/pryv/mongodb/data/pryv-node/events.bson`, documents(2000, 'event'));
}

function documents(count: number, kind: string): string {
  return Array.from(
    { length: count },
    (_, n) => `{"_id":"${kind}-${String(n)}","${kind}":"${String(n * 7919)}"}\n`,
  ).join('');
}

/** 64 KiB that no text tool understands, the same on every start. */
function pretendPicture(user: string): Buffer {
  return Buffer.concat(
    Array.from({ length: 2048 }, (_, n) =>
      createHash('sha256')
        .update(`${user} ${String(n)}`)
        .digest(),
    ),
  );
}

function composeFile(version: string, services: readonly string[]): string {
  const lines = services.flatMap((service) => [
    `  ${service}:`,
    `    image: "pryvio/${service}:${version}"`,
    `    container_name: pryvio_${service.replace('-', '_')}`,
    '    volumes:',
    `      - \${PRYV_CONF_ROOT}/pryv/${service}/data:/app/data`,
  ]);
  return ["version: '3'", 'services:', ...lines, ''].join('\n');
}

function composeScript(file: string, verb: string): string {
  return [
    '#!/bin/sh',
    '# Stands in for the script of this name that Pryv ships.',
    'PRYV_CONF_ROOT=$(cd "$(dirname "$0")" && pwd) || exit',
    'export PRYV_CONF_ROOT',
    `exec docker-compose -f "$PRYV_CONF_ROOT/${file}" ${verb}`,
    '',
  ].join('\n');
}
