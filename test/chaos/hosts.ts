import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { startMachine, type Machine } from '../acceptance/machine.ts';
import { contentOf } from './record.ts';
import { makeNetwork, type Network } from './network.ts';

/** A host with a network, a machine id, a home and an sshd of its own. */
export interface ChaosHost {
  readonly name: string;
  readonly machine: Machine;
  readonly network: Network;
  /** The lines that the steps have appended. */
  lines(): string;
  /** As before the first run. Its marks of closed runs stay. */
  clear(): void;
}

export interface ChaosHosts {
  readonly all: readonly ChaosHost[];
  named(name: string): ChaosHost;
  /** For inventory.yml. */
  readonly entries: Readonly<Record<string, unknown>>;
  remove(): Promise<void>;
}

export async function startHosts(names: readonly string[]): Promise<ChaosHosts> {
  const all: ChaosHost[] = [];
  const remove = async (): Promise<void> => {
    // All of them, whatever one has to say.
    const ended = await Promise.allSettled(
      all.map(async ({ machine, network }) => {
        network.restore();
        await machine.remove().finally(() => {
          network.remove();
        });
      }),
    );
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  };
  try {
    for (const name of names) all.push(await startHost(name));
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    all,
    named: (name) => {
      const found = all.find((host) => host.name === name);
      if (found === undefined) throw new Error(`there is no host ${name}`);
      return found;
    },
    entries: Object.fromEntries(all.map(({ name, machine }) => [name, machine.entry()])),
    remove,
  };
}

async function startHost(name: string): Promise<ChaosHost> {
  const network = makeNetwork();
  const own = { machineId: randomBytes(16).toString('hex'), restarts: true, network };
  const machine = await startMachine(undefined, own).catch((error: unknown) => {
    network.remove();
    throw error;
  });
  return {
    name,
    machine,
    network,
    lines: () => contentOf(machine.path('home/lines')),
    clear: () => {
      rmSync(machine.path('home/lines'), { force: true });
    },
  };
}
