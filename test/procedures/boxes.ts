/** The two nbhosting boxes behind real sshds, each with a machine id and a process 1 of its own, and what they hold. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { introduce, seedBox, type BoxFunction } from '../../src/playground/local-hosts/seed-nbhosting.ts';
import { startMachine, type Machine } from '../acceptance/machine.ts';
import { makeWorkplace, type Workplace } from '../acceptance/workplace.ts';
import { needs } from '../support/needs.ts';
import { ownMachineIds } from '../support/sshd.ts';

export interface Boxes {
  readonly thurst: Machine;
  readonly thermals: Machine;
  /** Their entries in an inventory. */
  entries(): Readonly<Record<string, unknown>>;
  /** What a box holds and runs, by its stand-ins: function, release, server's name. */
  state(box: Machine): readonly string[];
  /** Paths below a box's user data, with the first word of what stands in each. */
  data(box: Machine): readonly string[];
  /** Runs `act` and says what it changed on both boxes. */
  changed(act: () => Promise<unknown>): Promise<readonly string[]>;
  remove(): Promise<void>;
}

const able = userInfo().uid === 0 && ownMachineIds();
if (!able) process.stderr.write('skipped: the nbhosting procedures (run as root)\n');

/** A `describe` for tests that need two boxes which can be restarted; skipped where they cannot be had. */
export const boxTests = able ? needs('sshd', 'ssh', 'rsync', 'unshare') : describe.skip;

/** The shipped procedures, but that they look more often; `edit` may change more of them. */
export function shipped(edit: (text: string) => string = (text) => text): Readonly<Record<string, string>> {
  const verbs = ['report', 'upgrade-box', 'settings', 'handover', 'swap', 'epilogue'];
  const read = (verb: string): string =>
    readFileSync(`procedures/nbhosting/${verb}.yml`, 'utf8')
      .replaceAll(/delay: 1[sm]/g, 'delay: 100ms')
      .replaceAll('stable_for: 1m', 'stable_for: 1s');
  return Object.fromEntries(verbs.map((verb) => [`nbhosting/${verb}`, edit(read(verb))]));
}

/** Boxes, and an operator who has the shipped procedures. */
export async function openBoxes(
  edit?: (text: string) => string,
): Promise<{ readonly boxes: Boxes; readonly work: Workplace; readonly close: () => Promise<void> }> {
  const boxes = await startBoxes();
  const work = makeWorkplace();
  work.inventory(boxes.entries(), GROUPS);
  for (const [name, text] of Object.entries(shipped(edit))) work.procedure(name, text);
  const close = async (): Promise<void> => {
    work.remove();
    await boxes.remove();
  };
  return { boxes, work, close };
}

export const GROUPS = { nbhosting: ['thurst', 'thermals'] };

/** Two boxes; `dnf system-upgrade reboot` ends their process 1, and they start anew. */
export async function startBoxes(): Promise<Boxes> {
  const network = mkdtempSync(join(tmpdir(), 'changeover-network-'));
  const box = async (function_: BoxFunction): Promise<Machine> => {
    const machineId = randomBytes(16).toString('hex');
    const machine = await startMachine(seedBox(function_, { network, otherData: '' }), {
      machineId,
      container: true,
      restarts: true,
    });
    writeFileSync(machine.path('sbin/restart'), '#!/bin/sh\nkill 1\n', { mode: 0o755 });
    return machine;
  };
  const [thurst, thermals] = await Promise.all([box('production'), box('development')]);
  await meet(thurst, thermals);
  await meet(thermals, thurst);
  return {
    thurst,
    thermals,
    entries: () => ({ thurst: entryOf(thurst, thermals), thermals: entryOf(thermals, thurst) }),
    state: (machine) => [
      functionOf(machine),
      `f${/VERSION_ID=(\d+)/.exec(machine.content('etc/os-release'))?.[1] ?? ''}`,
      machine.content('etc/nginx/nginx.conf').trim(),
    ],
    data: (machine) => filesBelow(machine.path('nbhosting')),
    changed: async (act) => {
      let inner: readonly string[] = [];
      const outer = await thurst.changedBy(async () => {
        inner = await thermals.changedBy(act);
      });
      return [...outer.map((line) => `thurst: ${line}`), ...inner.map((line) => `thermals: ${line}`)];
    },
    remove: async () => {
      for (const machine of [thurst, thermals]) await machine.remove();
      rmSync(network, { recursive: true, force: true });
    },
  };
}

/** Gives a box the key that the other lets in, and the other's host key. */
const meet = (one: Machine, other: Machine): Promise<void> =>
  introduce(one.folder, readFileSync(other.sshd.keyFile, 'utf8'), readFileSync(other.sshd.knownHosts, 'utf8'));

function entryOf(box: Machine, other: Machine): unknown {
  const entry = box.entry();
  const vars = typeof entry['vars'] === 'object' ? entry['vars'] : {};
  return { ...entry, vars: { ...vars, other_data: other.path('nbhosting') } };
}

function functionOf(machine: Machine): string {
  const on = (unit: string): boolean => machine.content(`state/units/${unit}.service/active`) === 'active\n';
  const held = [...(on('nbhosting-addr') ? ['production'] : []), ...(on('nbhosting-dev-addr') ? ['development'] : [])];
  return held.join(' and ') || 'none';
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${join(entry.parentPath, entry.name).slice(folder.length + 1)}: ${ageOf(entry)}`)
    .sort();

  function ageOf({ parentPath, name }: { readonly parentPath: string; readonly name: string }): string {
    return /of (?:today|last year)/.exec(readFileSync(join(parentPath, name), 'utf8'))?.[0] ?? '';
  }
}
