import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from 'ssh2';
import { actions } from '../../src/actions/index.ts';
import { parseProcedure } from '../../src/language/procedure.ts';
import { seedPryv } from '../../src/playground/local-hosts/seed-pryv.ts';
import { differences, snapshot } from '../../src/playground/local-hosts/snapshot.ts';
import type { LocalHost } from '../../src/playground/local-hosts/start-local-host.ts';
import { connect, run, startTestHost } from '../playground/local-hosts-client.ts';
import { readProcedure, runSteps, scriptsOf, type Step, undoSteps } from './runner.ts';
import { execFileSync } from '../support/run-sync.ts';

const FILE = 'procedures/pryv/upgrade.yml';
const { steps, rollback, vars } = readProcedure(FILE);

let host: LocalHost;
let end: () => Promise<void>;
let client: Client;
let env: Record<string, string>;
let old: string;

beforeEach(async () => {
  ({ host, end } = await startTestHost(seedPryv));
  client = await connect(host);
  const root = join(host.folder, 'var/pryv');
  old = `${root}1.5`;
  env = { ...vars, version: '1.6', from: '1.5', root };
});
afterEach(async () => {
  client.end();
  await end();
});

const at = (path: string): string => join(host.folder, path);
const commands = (): string => readFileSync(at('logs/commands.log'), 'utf8');
/** What `core-data` says it leaves, and nothing else. */
const LEFT = '+ var/pryv1.6/pryv/core/data/';

/** Undoes steps, and takes what follows that in a rollback. */
async function takeBack(begun: readonly Step[]): Promise<void> {
  await undoSteps(client, begun, env, old);
  expect(await runSteps(client, rollback, env)).not.toHaveProperty('failed');
}

it('is a procedure in the language as it is', () => {
  const origin = { file: FILE, system: 'pryv', verb: 'upgrade', actions };
  expect(parseProcedure(readFileSync(FILE, 'utf8'), origin)).toMatchObject({ ok: true });
  expect(readFileSync(FILE, 'utf8').split('\n')[0]).toMatch(/^# yaml-language-server: \$schema=/);
});

it('has scripts that every POSIX shell can read', () => {
  const scripts = scriptsOf([...steps, ...rollback]);
  expect(scripts.length).toBeGreaterThan(30);
  for (const { text } of scripts) {
    expect(text).not.toContain('${{');
    execFileSync('/bin/sh', ['-n'], { input: text });
  }
});

it('says for every step that changes something how it is undone, or why not', () => {
  for (const step of steps.filter((each) => each.run !== undefined)) {
    expect([step.id, step.on_rollback]).toEqual([step.id, expect.anything()]);
  }
});

describe('run through', () => {
  it('brings the platform to the new version with every document, attachment and key', async () => {
    const tree = async (path: string): Promise<unknown> =>
      [...(await snapshot(at(path)))].map(([name, what]) => `${name} ${what}`);
    const database = await tree('var/pryv1.5/pryv/mongodb/data/pryv-node');
    const before = await snapshot(at('var/pryv1.5'));

    expect(await runSteps(client, steps, env)).not.toHaveProperty('failed');

    expect(readlinkSync(at('var/pryv'))).toBe(at('var/pryv1.6'));
    expect((await run(client, 'docker ps --format "{{.Names}} {{.Image}}"')).out.trimEnd().split('\n')).toEqual(
      ['config_follower', 'config_leader', 'core', 'mongodb', 'nginx', 'redis'].map(
        (name) => `pryvio_${name} pryvio/${name.replace('_', '-')}:1.6`,
      ),
    );
    expect(await tree('var/pryv1.6/pryv/mongodb/data/pryv-node')).toEqual(database);
    for (const path of [...(vars['carried'] ?? '').split(' '), 'pryv/core/data']) {
      expect(await tree(`var/pryv1.6/${path}`)).toEqual(await tree(`var/pryv1.5/${path}`));
    }
    const changed = differences(before, await snapshot(at('var/pryv1.5'))).map((line) => line.replace(/:.*/, ''));
    expect(changed.filter((line) => !line.startsWith('+ pryv/mongodb/backup/pryv-node'))).toEqual([
      '~ pryv/mongodb/data/mongod.lock',
    ]);
    // The mistakes of the page that this procedure was made from.
    expect(commands()).not.toMatch(/mongodump.*--drop/);
    expect(commands()).not.toMatch(/^docker exec -(t|ti|it) /m);
  });

  it('can be taken back whole, and tried again', async () => {
    const before = await snapshot(host.folder);
    const { begun } = await runSteps(client, steps, env);
    await takeBack(begun);
    expect(differences(before, await snapshot(host.folder)).filter((line) => !line.startsWith(LEFT))).toEqual([]);
    expect(await runSteps(client, steps, env)).not.toHaveProperty('failed');
  });
});

it('stops by each of the switches at its step, which can be repeated', async () => {
  let left = steps;
  for (const [fault, id] of [
    ['mongodump-fails', 'dump'],
    ['mongo-not-ready', 'mongo-ready'],
    ['mongorestore-fails', 'restore'],
    ['core-unhealthy', 'core-answers'],
    ['redis-merge-fails', 'redis/replay'],
  ] as const) {
    await host.setFault(fault, true);
    const { begun } = await runSteps(client, left, env);
    expect([fault, begun.at(-1)?.id]).toEqual([fault, id]);
    await host.setFault(fault, false);
    left = steps.slice(steps.findIndex((step) => step.id === id));
  }
  expect(await runSteps(client, left, env)).not.toHaveProperty('failed');
});

describe('the first steps', () => {
  it.each([
    ['layout', 'the root is a real folder', 'rm $root; mv ${root}1.5 $root'],
    ['layout', 'the root leads elsewhere', 'ln -sfn ${root}1.6 $root'],
    ['layout', 'the new folder is missing', 'rm -r ${root}1.6'],
    ['layout', 'the new folder has no run-pryv', 'rm ${root}1.6/run-pryv'],
    ['nothing-left', 'a dump lies there', 'mkdir ${root}1.5/pryv/mongodb/backup/pryv-node'],
    ['nothing-left', 'the new database is not empty', 'touch ${root}1.6/pryv/mongodb/data/WiredTiger'],
    ['nothing-left', 'the new folder has a configuration', 'mkdir ${root}1.6/config-leader/conf'],
    ['healthy-before', 'a service is down', 'docker stop pryvio_config_leader'],
    ['healthy-before', 'core does not answer', 'docker stop pryvio_redis; docker start pryvio_redis; docker restart pryvio_core; docker stop pryvio_mongodb'],
    ['room', 'the disk is full', `printf '#!/bin/sh\\necho F 1 1 1; echo /dev/x 9 9 9 99%% /\\n' > $bin/df; chmod +x $bin/df`],
  ])('refuse in %s when %s, and change nothing', async (id, _, spoil) => {
    await run(client, `root=${at('var/pryv')}; bin=${at('bin')}; ${spoil}`);
    const before = await snapshot(host.folder);
    const { begun, failed } = await runSteps(client, steps, env);
    expect([begun.at(-1)?.id, failed?.code]).toEqual([id, expect.any(Number)]);
    expect(`${failed?.out ?? ''}${failed?.err ?? ''}`).not.toBe('');
    expect(differences(before, await snapshot(host.folder))).toEqual([]);
  });
});
