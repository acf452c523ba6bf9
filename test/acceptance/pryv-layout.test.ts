import { lstatSync, readFileSync, readlinkSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { seedPryv } from '../../src/playground/local-hosts/seed-pryv.ts';
import { needs } from '../support/needs.ts';
import { byHand } from './support/by-hand.ts';
import { startMachine, type Machine } from './machine.ts';
import { makeWorkplace, type Workplace } from './workplace.ts';

/** The shipped procedure, but that it looks more often while it waits, and no longer than a command of these tests may take. */
const LAYOUT = readFileSync('procedures/pryv/layout.yml', 'utf8')
  .replaceAll('delay: 1s', 'delay: 100ms')
  .replaceAll('timeout: 2m', 'timeout: 30s');
const SWITCH = readFileSync('procedures/pryv/files/switch_pryv.sh', 'utf8');
const layout = ['run', 'layout', 'pryv', '1.6', '--yes'] as const;

/** Stands in for visudo, which is not everywhere: the rule as it must be. */
const VISUDO = `grep -qx '%pryv ALL=(root) NOPASSWD: /.*/switch_pryv.sh' "$2"`;

let machine: Machine;
let work: Workplace;

beforeEach(async () => {
  machine = await startMachine(seedPryv);
  work = makeWorkplace();
  work.inventory({ pryv: machine.entry() });
  work.procedure('pryv/layout', LAYOUT);
  work.file('procedures/pryv/files/switch_pryv.sh', SWITCH);
  asBefore();
});
afterEach(async () => {
  work.remove();
  await machine.remove();
});

const onHost = (script: string): string => byHand(machine, script);
const running = (): readonly string[] => onHost('docker ps --format "{{.Names}}"').trim().split('\n');

/** The platform before anybody prepared it: one real folder, no command that switches. */
function asBefore(): void {
  onHost('"$root/stop-core"; "$root/stop-config-follower"; "$root/stop-config-leader"');
  unlinkSync(machine.path('var/pryv'));
  renameSync(machine.path('var/pryv1.5'), machine.path('var/pryv'));
  rmSync(machine.path('var/pryv1.6'), { recursive: true });
  rmSync(machine.path('sbin/switch_pryv.sh'));
  onHost('"$root/start-config-leader"; "$root/start-config-follower"; "$root/run-pryv"');
}

needs('sshd')('the layout for Pryv', () => {
  it('changes nothing in a dry run', async () => {
    const changed = await machine.changedBy(async () => {
      expect(await work.changeover('plan', 'layout', 'pryv', '1.6')).toMatchObject({ code: 0, err: '' });
    }, true);
    expect(changed).toEqual([]);
  });

  it('makes the root a link, with the same content, services and owner, and a folder beside it', async () => {
    const before = running();
    const { code, out, err } = await work.changeover(...layout);
    expect([code, err]).toEqual([0, '']);
    expect(readlinkSync(machine.path('var/pryv'))).toBe(machine.path('var/pryv1.5'));
    expect(machine.content('var/pryv1.5/pryv/mongodb/data/pryv-node/users.bson')).toContain('user');
    expect(running()).toEqual(before);
    const [made, old] = ['var/pryv1.6', 'var/pryv1.5'].map((path) => lstatSync(machine.path(path)));
    expect([made?.uid, made?.gid, made?.mode]).toEqual([old?.uid, old?.gid, old?.mode]);
    expect(onHost('ls -A "${root}1.6"')).toBe('');
    expect(out).toContain('Downtime');
    expect(out).toContain('`/upgrade pryv 1.6 dryrun`');
    // What it did is not done again.
    expect(await work.changeover(...layout)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/is a link\s+already/),
    });
  });

  it('installs a command that switches to a version that is there, and to nothing else', async () => {
    expect(await work.changeover(...layout)).toMatchObject({ code: 0 });
    const command = lstatSync(machine.path('sbin/switch_pryv.sh'));
    expect([command.mode & 0o7777, command.uid]).toEqual([0o755, process.getuid?.()]);
    onHost('sudo -n switch_pryv.sh 1.6');
    expect(readlinkSync(machine.path('var/pryv'))).toBe(machine.path('var/pryv1.6'));
    for (const [words, why] of [
      ['', 'usage:'],
      ['"1.6; reboot"', 'usage:'],
      ['../etc', 'usage:'],
      ['1.7', '1.7 is not there'],
    ]) {
      expect(() => onHost(`sudo -n switch_pryv.sh ${words ?? ''}`)).toThrow(why);
    }
    onHost('rm "$root"; mkdir "$root"');
    expect(() => onHost('sudo -n switch_pryv.sh 1.6')).toThrow('is no link');
    expect(onHost('ls -A "$root"')).toBe('');
  });

  it('allows the command to those who are named, by a rule that visudo has read', async () => {
    const { vars } = machine.entry() as { readonly vars: Readonly<Record<string, string>> };
    const named = { ...vars, switchers: '%pryv', sudoers_folder: machine.path('sbin') };
    work.inventory({ pryv: machine.entry({ vars: named }) });
    writeFileSync(machine.path('bin/visudo'), `#!/bin/sh\n${VISUDO}\n`, { mode: 0o755 });
    expect(await work.changeover(...layout)).toMatchObject({ code: 0 });
    expect(machine.content('sbin/switch_pryv')).toBe(
      `%pryv ALL=(root) NOPASSWD: ${machine.path('sbin/switch_pryv.sh')}\n`,
    );
    expect(lstatSync(machine.path('sbin/switch_pryv')).mode & 0o7777).toBe(0o440);
  });

  it('is taken back, tree and services, when its last start fails', async () => {
    const before = running();
    await machine.failCommand('pryv/pryv.yml up -d');
    const changed = await machine.changedBy(async () => {
      expect(await work.changeover(...layout)).toMatchObject({ code: 3 });
      expect(work.events().filter(({ type }) => type === 'prompt_opened')).toMatchObject([{ step: 'run-pryv' }]);
      const back = await work.changeover('rollback', work.runs()[0] ?? '');
      expect([back.code, back.out]).toEqual([1, expect.stringContaining('was rolled back')]);
    });
    expect(changed).toEqual([]);
    expect(running()).toEqual(before);
  });
});
