/** The two nbhosting boxes behind real sshds, each with a machine id and a process 1 of its own, and what they hold. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { introduce, seedBox, type BoxFunction } from '../../src/playground/local-hosts/seed-nbhosting.ts';
import { startMachine, type Machine } from '../acceptance/machine.ts';

export interface Boxes {
  readonly thurst: Machine;
  readonly thermals: Machine;
  /** Their entries in an inventory. */
  entries(): Readonly<Record<string, unknown>>;
  /** What a box holds and runs, by its stand-ins: function, release, server's name. */
  state(box: Machine): readonly string[];
  /** Paths below a box's user data, with the first word of what stands in each. */
  data(box: Machine): readonly string[];
  remove(): Promise<void>;
}

export const GROUPS = { nbhosting: ['thurst', 'thermals'] };

/** @param restarts whether the boxes can be restarted: then `dnf system-upgrade reboot` ends process 1 */
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
