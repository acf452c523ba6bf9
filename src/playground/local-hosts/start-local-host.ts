import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readFaults, writeCommandFault, writeFault, type Fault, type FaultName } from './faults.ts';
import { hostEnvironment, loginName, makeHostFolder, put } from './host-folder.ts';
import { makeKeyPair, type KeyPair } from './keys.ts';
import { killProcessesOf, processesOf } from './processes.ts';
import { simulateRestarts } from './restarts.ts';
import { startSshServer } from './ssh-server.ts';

/** Fills a fresh host's folder; gives the variables that the inventory sets for this host. */
export type Seed = (folder: string, env: Readonly<Record<string, string>>) => Promise<Readonly<Record<string, string>>>;

export interface LocalHostOptions {
  /** Its name in the inventory. */
  readonly name: string;
  /** Where all its files lie; must be empty or not there yet. */
  readonly folder: string;
  readonly seed?: Seed;
  /** The key pair that is let in, to share one among hosts; without it the host makes one. */
  readonly clientKey?: KeyPair;
  /** Whether \`sbin/restart\` restarts it, as a simulation; it is not there where that cannot be done. */
  readonly restarts?: boolean;
}

/** A stand-in host: a real SSH server whose commands run as the user who started it, in a folder of their own. */
export interface LocalHost {
  readonly name: string;
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** File with the private key that is let in, mode 600. */
  readonly keyPath: string;
  /** The host key's fingerprint, `SHA256:…`. */
  readonly hostKey: string;
  /** Its line for a `known_hosts`. */
  readonly knownHost: string;
  readonly clientKey: KeyPair;
  /** Its entry below `hosts:` in an inventory. */
  readonly inventory: Readonly<Record<string, string | number | Readonly<Record<string, string>>>>;
  readonly faults: () => Promise<readonly Fault[]>;
  readonly setFault: (name: FaultName, on: boolean) => Promise<void>;
  /** Makes the next stand-in command fail whose line (`docker stop pryvio_core`) contains `text`; once. */
  readonly failCommand: (text: string) => Promise<void>;
  /** Cuts the SSH connections there are; new ones are welcome. */
  readonly dropConnections: () => void;
  /** Ids of all processes that live on the host now. */
  readonly processes: () => Promise<readonly number[]>;
  /** Refuses connections and kills every process of the host, however detached. The folder stays. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a stand-in host on 127.0.0.1, on a free port, with a host key of its own. Throws on a system without Linux's
 * /proc, and if the folder holds anything.
 */
export async function startLocalHost(options: LocalHostOptions): Promise<LocalHost> {
  if (process.platform !== 'linux') {
    throw new Error(
      `Stand-in hosts need Linux or WSL, this is ${process.platform}: their jobs rely on /proc and setsid. ` +
        'On Windows start it inside WSL, on macOS in a Linux virtual machine or container.',
    );
  }
  const folder = resolve(options.folder);
  await refuseUsedFolder(folder);
  await makeHostFolder(folder);
  const mark = randomUUID();
  const env = hostEnvironment(folder, mark);
  const clientKey = options.clientKey ?? makeKeyPair('changeover-playground');
  const hostKey = makeKeyPair(options.name);
  const keyPath = join(folder, 'keys', 'id_ed25519');
  await put(folder, 'keys/id_ed25519', clientKey.privateKey, 0o600);
  const vars = (await options.seed?.(folder, env)) ?? {};
  const user = loginName();
  const restarts = options.restarts === true ? await simulateRestarts(folder, env) : undefined;
  const server = await startSshServer({
    hostKey: hostKey.privateKey,
    user,
    clientKey: clientKey.publicKey,
    cwd: join(folder, 'home'),
    env,
    shell: restarts?.shell ?? ['/bin/sh', '-c'],
  });
  const down = async (): Promise<void> => {
    await server.setDown(true);
    await killProcessesOf(mark);
  };
  const unwatch = restarts?.watch({ down, up: () => server.setDown(false) });
  const address = '127.0.0.1';

  return {
    name: options.name,
    folder,
    address,
    port: server.port,
    user,
    keyPath,
    hostKey: hostKey.fingerprint,
    knownHost: `[${address}]:${String(server.port)} ssh-ed25519 ${hostKey.publicKey.toString('base64')}`,
    clientKey,
    inventory: { address, port: server.port, user, key: keyPath, host_key: hostKey.fingerprint, vars },
    faults: () => readFaults(folder),
    setFault: async (name, on) => {
      await writeFault(folder, name, on);
      if (name === 'host-down') await server.setDown(on);
    },
    failCommand: (text) => writeCommandFault(folder, text),
    dropConnections: server.dropConnections,
    processes: () => processesOf(mark),
    stop: async () => {
      await unwatch?.();
      await down();
    },
  };
}

async function refuseUsedFolder(folder: string): Promise<void> {
  const found = await readdir(folder).catch(() => []);
  if (found.length > 0) {
    throw new Error(`The folder ${folder} of a stand-in host must be empty: name another one, or remove it first.`);
  }
}
