import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from 'ssh2';
import { FAULTS } from '../../src/playground/local-hosts/faults.ts';
import { seedPryv } from '../../src/playground/local-hosts/seed-pryv.ts';
import { differences, snapshot } from '../../src/playground/local-hosts/snapshot.ts';
import type { LocalHost } from '../../src/playground/local-hosts/start-local-host.ts';
import { connect, open, run, startTestHost, until, type Ended } from './local-hosts-client.ts';
import { execFileSync } from '../support/run-sync.ts';

let host: LocalHost;
let end: () => Promise<void>;
let client: Client;

beforeEach(async () => {
  ({ host, end } = await startTestHost(seedPryv));
  client = await connect(host);
  client.on('error', () => undefined);
});
afterEach(async () => {
  client.end();
  await end();
});

const at = (path: string): string => join(host.folder, path);
const text = (path: string): string => readFileSync(at(path), 'utf8');
const sh = (command: string): Promise<Ended> => run(client, `root=${at('var/pryv')}; ${command}`);
const MONGO = 'docker exec pryvio_mongodb /app/bin/mongodb/bin';

describe('the host as seeded', () => {
  it('is Pryv 1.5 behind a link, its services running, and the new tree without data', async () => {
    expect(host.inventory).toMatchObject({ vars: { root: at('var/pryv') } });
    expect(readlinkSync(at('var/pryv'))).toBe(at('var/pryv1.5'));
    const { out } = await sh('docker ps --format "{{.Names}} {{.Image}} {{.Status}}"');
    expect(out.trimEnd().split('\n')).toEqual(
      ['config_follower', 'config_leader', 'core', 'mongodb', 'nginx', 'redis'].map(
        (name) => `pryvio_${name} pryvio/${name.replace('_', '-')}:1.5 running`,
      ),
    );
    expect((await sh('find ${root}1.6/pryv/*/data ${root}1.6/pryv/mongodb/backup -mindepth 1')).out).toBe('');
  });

  it('stops and starts with the scripts that the page names, and is afterwards as before', async () => {
    const before = await snapshot(host.folder);
    await sh('$root/stop-core && $root/stop-config-follower && $root/stop-config-leader');
    expect((await sh('docker ps -q')).out).toBe('');
    await sh('$root/start-config-leader && $root/start-config-follower && $root/run-pryv');
    expect(differences(before, await snapshot(host.folder))).toEqual([]);
  });

  it('switches its link by the script that sudo may run, and only to a version that is there', async () => {
    expect(await sh('sudo -n switch_pryv.sh 1.6')).toMatchObject({ code: 0 });
    expect(readlinkSync(at('var/pryv'))).toBe(at('var/pryv1.6'));
    expect(await sh('sudo -n switch_pryv.sh 1.7')).toMatchObject({ code: 1 });
    expect(await sh('sudo -n switch_pryv.sh "1.6; reboot"')).toMatchObject({ code: 2 });
    expect(readlinkSync(at('var/pryv'))).toBe(at('var/pryv1.6'));
  });
});

describe('the stand-in docker', () => {
  it('refuses -t without a terminal, as the real one does', async () => {
    const { code, err } = await sh('docker exec -ti pryvio_mongodb true');
    expect([code, err]).toEqual([1, 'stand-in docker: the input device is not a TTY\n']);
  });

  it('refuses what it does not know, naming itself', async () => {
    for (const command of ['docker', 'docker pull x', 'docker stop nobody', 'docker exec pryvio_core rm -rf /']) {
      const { code, err } = await sh(command);
      expect(code).not.toBe(0);
      expect(err).toMatch(/^stand-in docker: /);
    }
    expect(await sh('docker stop pryvio_core && docker exec pryvio_core true')).toMatchObject({ code: 1 });
  });

  it('leaves a running container on the tree it was started on when the link is switched', async () => {
    await sh('sudo -n switch_pryv.sh 1.6');
    await sh(`${MONGO}/mongodump -d pryv-node -o /app/backup`);
    expect(existsSync(at('var/pryv1.5/pryv/mongodb/backup/pryv-node'))).toBe(true);
    await sh('docker restart pryvio_mongodb');
    expect(text('state/containers/pryvio_mongodb/tree')).toBe(`${at('var/pryv1.6')}\n`);
    expect((await sh('docker inspect -f "{{.Config.Image}} {{.State.Running}}" pryvio_mongodb')).out).toBe(
      'pryvio/mongodb:1.5 true\n',
    );
  });

  it('makes a container anew only where docker-compose finds another image', async () => {
    await sh('sudo -n switch_pryv.sh 1.6; PRYV_CONF_ROOT=$root docker-compose -f $root/pryv/pryv.yml up -d core');
    expect((await sh('docker ps --format {{.Image}} --filter name=core')).out).toBe('pryvio/core:1.6\n');
    expect((await sh('docker ps --format {{.Image}} --filter name=nginx')).out).toBe('pryvio/nginx:1.5\n');
    expect(await sh('docker-compose -f $root/pryv/pryv.yml up -d core')).toMatchObject({
      code: 1,
      err: expect.stringContaining('PRYV_CONF_ROOT is not set'),
    });
  });

  it('has a core that answers only with its own mongodb and redis running', async () => {
    const ask = 'docker exec pryvio_core curl -fsS http://127.0.0.1:3000/';
    expect((await sh(ask)).out).toContain('"apiVersion":"1.5.0"');
    expect(await sh(`docker stop pryvio_redis; ${ask}`)).toMatchObject({ code: 7 });
    expect(await sh(`docker start pryvio_redis; ${ask}`)).toMatchObject({ code: 0 });
  });
});

describe('the stand-in MongoDB', () => {
  it('refuses --drop for a dump, as the real one does', async () => {
    const { code, err } = await sh(`${MONGO}/mongodump --drop -d pryv-node -o /app/backup`);
    expect([code, err]).toEqual([1, expect.stringContaining('unknown option "drop"')]);
    expect(existsSync(at('var/pryv1.5/pryv/mongodb/backup/pryv-node'))).toBe(false);
  });

  it('dumps and restores every document, so that both sides can be compared', async () => {
    const data = 'var/pryv1.5/pryv/mongodb/data/pryv-node/events.bson';
    const before = text(data);
    expect(await sh(`${MONGO}/mongodump -d pryv-node -o /app/backup`)).toMatchObject({ code: 0 });
    expect(text('var/pryv1.5/pryv/mongodb/backup/pryv-node/events.bson')).toBe(before);
    await writeFile(at(data), '{"_id":"event-0","event":"changed"}\n');
    await sh(`${MONGO}/mongorestore --drop -d pryv-node /app/backup/pryv-node`);
    expect(text(data)).toBe(before);
    const count = `'db.getCollectionNames().forEach(function(c){print(c+" "+db[c].count())})'`;
    expect((await sh(`${MONGO}/mongo --quiet pryv-node --eval ${count}`)).out).toBe(
      'events 2000\nstreams 12\nusers 3\n',
    );
    expect(await sh(`${MONGO}/mongorestore -d pryv-node /app/backup/nothing`)).toMatchObject({ code: 1 });
  });

  it('fails a restore once and half done when the switch says so', async () => {
    await sh(`${MONGO}/mongodump -d pryv-node -o /app/backup`);
    await sh('rm $root/pryv/mongodb/data/pryv-node/*');
    await host.setFault('mongorestore-fails', true);
    expect((await host.faults()).find(({ name }) => name === 'mongorestore-fails')?.on).toBe(true);
    const restore = `${MONGO}/mongorestore --drop -d pryv-node /app/backup/pryv-node`;
    expect(await sh(restore)).toMatchObject({ code: 1, err: expect.stringContaining('as the fault switch asked') });
    expect((await sh('ls $root/pryv/mongodb/data/pryv-node')).out).toBe('events.bson\n');
    expect((await host.faults()).some(({ on }) => on)).toBe(false);
    expect(await sh(restore)).toMatchObject({ code: 0 });
    expect((await sh('ls $root/pryv/mongodb/data/pryv-node')).out).toBe('events.bson\nstreams.bson\nusers.bson\n');
  });

  it('leaves half a dump as long as the switch is on', async () => {
    await host.setFault('mongodump-fails', true);
    for (const command of [1, 2].map(() => `${MONGO}/mongodump -d pryv-node -o /app/backup`)) {
      expect(await sh(command)).toMatchObject({ code: 1 });
    }
    expect((await sh('ls $root/pryv/mongodb/backup/pryv-node')).out).toBe('events.bson\n');
    await host.setFault('mongodump-fails', false);
    expect(await sh(`${MONGO}/mongodump -d pryv-node -o /app/backup`)).toMatchObject({ code: 0 });
  });
});

describe('the stand-in sudo', () => {
  it('runs as you, in a clean environment that still finds the stand-ins', async () => {
    const { out } = await sh(
      'SECRET=x LANG=C sudo -n -u root -- sh -c \'id -un; echo "$USER $HOME ${SECRET:-none} $LANG"\'',
    );
    expect(out).toBe(`${host.user}\nroot ${at('root')} none C\n`);
    expect((await sh('sudo -n sh -c "command -v docker"')).out).toBe(`${at('bin/docker')}\n`);
    expect((await sh('sudo -n version=1.6 sh -c \'echo "$version"\'')).out).toBe('1.6\n');
  });

  it('tells what may be run, and refuses what is not there', async () => {
    expect((await sh('sudo -n -l')).out).toContain('NOPASSWD: ALL');
    expect((await sh('sudo -n -l rsync')).out).toBe(`${at('bin/rsync')}\n`);
    expect(await sh('sudo -n -l no-such-program')).toMatchObject({ code: 127 });
    expect(await sh('sudo -n no-such-program')).toMatchObject({ code: 1, err: expect.stringContaining('not found') });
    expect(await sh('sudo -n -u no-such-user true')).toMatchObject({ code: 1 });
  });

  it('asks for a password when the switch says so', async () => {
    await host.setFault('sudo-refused', true);
    for (const command of ['sudo -n true', 'sudo -n -l', 'sudo -n -v']) {
      expect(await sh(command)).toMatchObject({ code: 1, err: expect.stringContaining('a password is required') });
    }
    await host.setFault('sudo-refused', false);
    expect(await sh('sudo -n true')).toMatchObject({ code: 0 });
  });

  it('passes stdin and exit codes through', async () => {
    expect(await run(client, 'sudo -n sh -c "cat; exit 4"', 'in')).toMatchObject({ code: 4, out: 'in' });
  });
});

describe('the stand-in systemctl', () => {
  it('answers in the words and exit codes of systemd', async () => {
    expect(await sh('systemctl is-active docker')).toMatchObject({ code: 0, out: 'active\n' });
    expect(await sh('systemctl is-enabled docker')).toMatchObject({ code: 0, out: 'enabled\n' });
    expect(await sh('systemctl is-active nobody')).toMatchObject({ code: 3, out: 'inactive\n' });
    expect(await sh('systemctl is-enabled nobody')).toMatchObject({ code: 1, out: '' });
    expect(await sh('systemctl start nobody')).toMatchObject({ code: 5 });
    expect((await sh('systemctl show -p LoadState -p ActiveState,UnitFileState cron.service')).out).toBe(
      'LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n',
    );
    expect((await sh('systemctl show --property=LoadState --value nobody')).out).toBe('not-found\n');
  });

  it('changes units for real', async () => {
    await sh('sudo -n systemctl stop cron && sudo -n systemctl disable cron.service');
    expect(await sh('systemctl is-active cron; systemctl is-enabled -q cron')).toMatchObject({
      code: 1,
      out: 'inactive\n',
    });
    await sh('systemctl enable --now cron');
    expect((await sh('systemctl show -p ActiveState -p UnitFileState cron')).out).toBe(
      'ActiveState=active\nUnitFileState=enabled\n',
    );
  });
});

describe('the stand-in rsync', () => {
  const sync = 'rsync -a --delete $root/pryv/core/data/ ${root}1.6/pryv/core/data/';
  const same = 'diff -r $root/pryv/core/data ${root}1.6/pryv/core/data';

  it('copies with the real one where there is one, and says what it does', async () => {
    await sh('echo stale > ${root}1.6/pryv/core/data/stale');
    expect(await sh(`${sync} && ${same}`)).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^stand-in rsync: (hands over to|copies by itself)/),
    });
  });

  it('copies by itself where there is none', async () => {
    await mkdir(at('few'));
    for (const tool of ['cat', 'mv', 'rm', 'cp', 'find', 'mkdir', 'diff', 'sh', 'printf']) {
      await writeFile(at(`few/${tool}`), `#!/bin/sh\nexec $(PATH=/usr/bin:/bin command -v ${tool}) "$@"\n`);
      await chmod(at(`few/${tool}`), 0o755);
    }
    await sh('echo stale > "${root}1.6/pryv/core/data/stale one"');
    const few = `export PATH=${at('bin')}:${at('few')}`;
    expect(await sh(`${few}; ${sync} && ${same}`)).toMatchObject({
      code: 0,
      out: '',
      err: 'stand-in rsync: copies by itself, since there is no real rsync here\n',
    });
    expect(await sh(`${few}; rsync -ni $root/ x/`)).toMatchObject({ code: 1 });
  });
});

describe('faults', () => {
  it('fails the one command that a test names, once', async () => {
    await host.failCommand('docker stop pryvio_core');
    expect(await sh('docker stop pryvio_nginx')).toMatchObject({ code: 0 });
    expect(await sh('docker stop pryvio_core')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^stand-in docker: fails/),
    });
    expect(await sh('docker stop pryvio_core')).toMatchObject({ code: 0 });
  });

  it('hangs one command until it is killed', async () => {
    await host.setFault('command-hangs', true);
    const channel = await open(client, 'docker stop pryvio_core');
    channel.stderr.resume();
    await until(async () => (await host.faults()).every(({ on }) => !on));
    expect(await sh('docker stop pryvio_nginx')).toMatchObject({ code: 0 });
    expect((await sh('docker inspect -f {{.State.Running}} pryvio_core')).out).toBe('true\n');
    channel.signal('KILL');
  });

  it('keeps only the new version from answering', async () => {
    const ask = 'docker exec pryvio_core curl -fsS http://127.0.0.1:3000/';
    const ping = `${MONGO}/mongo --quiet --eval 'db.adminCommand("ping").ok'`;
    await host.setFault('core-unhealthy', true);
    await host.setFault('mongo-not-ready', true);
    expect(await sh(`${ask} && ${ping}`)).toMatchObject({ code: 0 });
    await sh('sudo -n switch_pryv.sh 1.6; $root/run-pryv');
    expect(await sh(ask)).toMatchObject({ code: 7 });
    expect(await sh(ping)).toMatchObject({ code: 1 });
    await host.setFault('core-unhealthy', false);
    await host.setFault('mongo-not-ready', false);
    expect(await sh(`${ask} && ${ping}`)).toMatchObject({ code: 0 });
  });

  it('says of each what it does and how long it lasts', async () => {
    expect((await host.faults()).map(({ name }) => name)).toEqual(FAULTS.map(({ name }) => name));
    for (const fault of await host.faults()) {
      expect(fault).toEqual({ ...fault, on: false, lasts: expect.stringMatching(/^(once|until off)$/) });
      expect(fault.description).not.toBe('');
    }
  });
});

it('has stand-ins that are called so in their first lines, and that any POSIX shell can read', () => {
  const scripts = ['docker', 'docker-compose', 'systemctl', 'sudo', 'rsync'].map((name) => at(`bin/${name}`));
  for (const script of scripts) expect(readFileSync(script, 'utf8')).toMatch(/^#!\/bin\/sh\n# Stand-in for /);
  const library = ['common', 'containers', 'mongo'].map((name) => at(`lib/${name}.sh`));
  const all = [...scripts, ...library, at('sbin/switch_pryv.sh'), at('var/pryv1.5/run-pryv')];
  for (const script of all) execFileSync('/bin/sh', ['-n', script]);
});
