import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { needs } from '../../support/needs.ts';
import { startHost, type LabHost } from './host.ts';
import { type House, makeHouse } from './house.ts';
import { IMAGE_MS } from './image.ts';
import { makeKey } from './keys.ts';

/** A network of real hosts on this machine. */
export interface Lab {
  /** Private key that all of them let in. */
  readonly keyFile: string;
  /** Starts a host; its name is its host name too. Several may be started at once. */
  host(name: string): Promise<LabHost>;
  /** Where its hosts live, for what is no host of the lab's. */
  readonly house: House;
  /** An address in the hosts' network that nobody has yet, for services that move. */
  readonly freshAddress: () => string;
  /** Writes a known_hosts file that knows these, and gives its path. */
  knownHosts(...hosts: readonly LabHost[]): Promise<string>;
  readonly remove: () => Promise<void>;
}

/** What opens a lab, or hosts in it, may take so long: the first of all has the image built. */
export const LAB_MS = IMAGE_MS + 200_000;

export async function openLab(): Promise<Lab> {
  const house = await makeHouse();
  const keyFile = join(house.folder, 'key');
  const key = { ...(await makeKey(keyFile)), file: keyFile };
  return {
    keyFile,
    host: (name) => startHost(house, name, key),
    house,
    freshAddress: house.freshAddress,
    knownHosts: async (...hosts) => {
      const file = join(house.folder, 'known_hosts');
      await writeFile(file, hosts.map(({ knownHost }) => `${knownHost}\n`).join(''));
      return file;
    },
    remove: house.remove,
  };
}

const PROGRAMS = ['podman', 'runc', 'debootstrap', 'ip', 'unshare', 'nsenter', 'ssh-keygen', 'tar'];

/** A `describe` for tests on real hosts: only root can make them. With `CI=true` it is an error if it cannot. */
export function describeInLab(name: string, tests: () => void): void {
  if (userInfo().uid === 0 || process.env['CI'] === 'true') needs(...PROGRAMS)(name, tests);
  else {
    process.stderr.write(`skipped: ${name} (only root can make hosts)\n`);
    describe.skip(`${name} (only root can make hosts)`, tests);
  }
}
