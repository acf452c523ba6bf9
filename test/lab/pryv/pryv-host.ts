import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '../../../src/playground/local-hosts/snapshot.ts';
import { type LabHost, LOOK } from '../support/host.ts';
import { asCommands, type Entry, heldIn, type Looked } from './redis-data.ts';

/**
 * What fails: the next command like this, as the shell's `case` compares, or all of them; where a script holds, if one is
 * given, whose `$1` is the command.
 */
export interface Failure {
  readonly command: string;
  readonly stays?: true;
  readonly when?: string;
}

/** How a host stands. */
export interface Standing {
  /** All files of Pryv, whichever version's, without Redis' own, and those where commands and sudo's rules lie. */
  readonly trees: Snapshot;
  /** The database's documents, in the version to which the root leads. */
  readonly documents: string;
  /** Each container with its root, service and image, and whether it runs. */
  readonly services: string;
  /** What nginx answers. */
  readonly answer: string;
  readonly redis: Looked;
}

/** A host of the lab with Pryv on it: real Redis, stand-ins for all that is not to be had. */
export interface PryvHost extends LabHost {
  /** Puts the files that Pryv ships for a version into a folder. */
  release(folder: string, version: string): Promise<void>;
  fail(failure: Failure): Promise<void>;
  failNoMore(): Promise<void>;
  /** What the new version's core writes into an empty Redis when it first starts. */
  newVersionWrites(all: readonly Entry[]): Promise<void>;
  look(): Promise<Standing>;
}

/** What `core-data` says it leaves: the attachments, of which the next try has less to copy. */
export const LEFT = /^\+ \/var\/pryv1\.6\/pryv\/core\/data\/./;

const own = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8');
/** Programs before which the fault stands; docker's two are stand-ins themselves. */
const FAULTY = ['docker', 'docker-compose', 'rsync', 'mv', 'cp', 'install', 'mkdir', 'chown', 'readlink'];
const COMPOSED = {
  'config-leader/config-leader.yml': ['config-leader'],
  'config-follower/config-follower.yml': ['config-follower'],
  'pryv/pryv.yml': ['nginx', 'core', 'mongodb', 'redis'],
};
const SCRIPTS = {
  'start-config-leader': 'config-leader/config-leader.yml up -d',
  'stop-config-leader': 'config-leader/config-leader.yml stop',
  'start-config-follower': 'config-follower/config-follower.yml up -d',
  'stop-config-follower': 'config-follower/config-follower.yml stop',
  'run-pryv': 'pryv/pryv.yml up -d',
  'stop-core': 'pryv/pryv.yml stop',
};

/**
 * Installs the stand-ins, and Pryv 1.5 in /var/pryv, a real folder, with its data; all services run. `laidOut`: the folder
 * is /var/pryv1.5 instead, /var/pryv a link to it, and the files of 1.6 stand beside.
 */
export async function makePryvHost(host: LabHost, redis: readonly Entry[], laidOut: boolean): Promise<PryvHost> {
  const it = pryvHost(host);
  await installStandIns(host);
  await it.release('/var/pryv', '1.5');
  if (laidOut) {
    await host.must('mv /var/pryv /var/pryv1.5; ln -s /var/pryv1.5 /var/pryv');
    await it.release('/var/pryv1.6', '1.6');
  }
  await host.must(DATA);
  await host.must('cd /var/pryv; ./start-config-leader; ./start-config-follower; ./run-pryv');
  await host.until('[ "$(redis-cli PING)" = PONG ] && curl -fsS http://127.0.0.1/');
  await host.must('redis-cli --pipe', [], { input: asCommands(redis) });
  return it;
}

/** The unit of a container. It never changes, as systemd takes its time to read units anew. */
const UNIT = `[Service]
Type=exec
ExecStart=/usr/local/lib/stand-in/container %i
PrivateMounts=yes
`;

async function installStandIns(host: LabHost): Promise<void> {
  const library = '/usr/local/lib/stand-in';
  const mongo = ['mongodump', 'mongorestore', 'mongo'].map((name) => `/app/bin/mongodb/bin/${name}`);
  const all = (paths: readonly string[], file: string): Record<string, string> =>
    Object.fromEntries(paths.map((path) => [path, own(file)]));
  await host.writeAll(
    {
      ...all([`${library}/docker`], 'stand-ins/docker.sh'),
      ...all([`${library}/docker-compose`], 'stand-ins/docker-compose.sh'),
      ...all([`${library}/container`], 'stand-ins/container.sh'),
      ...all([`${library}/service.py`], 'stand-ins/service.py'),
      ...all(['/usr/local/lib/redis-keys.py'], 'redis-keys.py'),
      ...all(mongo, 'stand-ins/mongo.sh'),
      ...all(
        FAULTY.map((name) => `/usr/local/bin/${name}`),
        'stand-ins/fault.sh',
      ),
    },
    '755',
  );
  await host.write('/etc/systemd/system/container@.service', UNIT);
  await host.must('mkdir -p /app/data /app/backup /var/lib/stand-in; systemctl daemon-reload');
}

/** What version 1.5 has gathered, beside Redis. */
const DATA = `
cd /var/pryv
put() { mkdir -p "$(dirname "$1")"; cat >"$1"; }
echo '{"platform": "pryv.example.com"}' | put config-leader/conf/config-leader.json
echo 'DOMAIN: pryv.example.com' | put config-leader/data/platform.yml
echo '{"leader": "http://config-leader:7000"}' | put config-follower/conf/config-follower.json
echo 'a key, so to say' | put pryv/nginx/conf/secret/pryv.example.com-key.pem
chmod 600 pryv/nginx/conf/secret/pryv.example.com-key.pem
for user in amelie bruno chiara; do
  head -c 100000 /dev/urandom | put "pryv/core/data/attachments/$user/x-ray of $user.dat"
done
seq 3 | sed 's/.*/{"_id":"user-&"}/' | put pryv/mongodb/data/pryv-node/users.bson
seq 5000 | sed 's/.*/{"_id":"event-&","content":"&&&"}/' | put pryv/mongodb/data/pryv-node/events.bson
`;

function pryvHost(host: LabHost): PryvHost {
  return {
    ...host,
    release: async (folder, version) => {
      await host.writeAll(releaseOf(folder, version), '755');
      const data = ['core/data', 'mongodb/data', 'mongodb/backup', 'redis/data'];
      await host.must('cd "$1/pryv"; shift; mkdir -p -- "$@"', [folder, ...data]);
    },
    fail: async ({ command, stays = false, when = '' }) => {
      await host.must(FAIL, [`${command}\n`, when, stays ? '/run/lab-fault/stays' : '/dev/null']);
    },
    failNoMore: async () => {
      await host.must('rm -rf /run/lab-fault');
    },
    newVersionWrites: (all) => host.write('/usr/local/lib/stand-in/core-1.6.first', asCommands(all)),
    look: async () => {
      const since = Date.now();
      const said = await host.must(STANDING, [LOOK]);
      const [files = '', documents = '', services = '', answer = '', keys = ''] = said.split('\x1e');
      const all = JSON.parse(files) as readonly (readonly [string, string])[];
      return {
        trees: new Map(all.filter(([path]) => !/\/redis\/data\/.|\/redis-bkp\/./.test(path))),
        documents,
        services,
        answer,
        redis: { held: heldIn(keys), since, until: Date.now() },
      };
    },
  };
}

const releaseOf = (folder: string, version: string): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    Object.entries(COMPOSED).map(([file, services]) => [`${folder}/${file}`, composeFile(version, services)]),
  ),
  ...Object.fromEntries(
    Object.entries(SCRIPTS).map(([script, words]) => [`${folder}/${script}`, composeScript(words)]),
  ),
  [`${folder}/pryv/nginx/conf/nginx.conf`]: `# stand-in nginx configuration, Pryv ${version}\n`,
});

/** The pattern last: with it the fault stands. */
const FAIL = `
mkdir -p /run/lab-fault
printf %s "$2" >/run/lab-fault/when
: >"$3"
printf %s "$1" >/run/lab-fault/pattern
`;

/** All in one go, since each way into a host costs more than what is looked at. */
const STANDING = `
next() { printf '\\036'; }
python3 -ISc "$1" /var/pryv* /usr/local/sbin /etc/sudoers.d
next
cd /var/pryv/pryv/mongodb/data/pryv-node
sha256sum -- *
next
cd /var/lib/stand-in
for name in pryvio_*; do
  read -r made <"$name"
  echo "$name of $made: $(systemctl is-active "container@$name" || :)"
done
next
curl -fsS http://127.0.0.1/
next
python3 -IS /usr/local/lib/redis-keys.py
`;

const composeFile = (version: string, services: readonly string[]): string =>
  [
    "version: '3'",
    'services:',
    ...services.flatMap((service) => [
      `  ${service}:`,
      `    image: pryvio/${service}:${version}`,
      `    container_name: pryvio_${service.replace('-', '_')}`,
    ]),
    '',
  ].join('\n');

const composeScript = (words: string): string => `#!/bin/sh
# Stands in for the script of this name that Pryv ships.
PRYV_CONF_ROOT=$(cd "$(dirname "$0")" && pwd) || exit
export PRYV_CONF_ROOT
exec docker-compose -f "$PRYV_CONF_ROOT"/${words}
`;
