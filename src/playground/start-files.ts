import { readdir, readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { LocalHost } from './local-hosts/start-local-host.ts';

/** The files of the playground's repository besides its README: inventory and procedures, by path. */
export type RepositoryFiles = Readonly<Record<string, string>>;

const ABOUT = ` The playground's hosts: stand-ins on this machine behind real SSH, made afresh at each start.
 On real hosts the same entry says where yours is.`;

/** The inventory that leads to these stand-in hosts. */
export function inventoryOf(hosts: readonly LocalHost[], groups: Readonly<Record<string, readonly string[]>>): string {
  const entries = hosts.map(({ name, inventory }) => [name, inventory] as const);
  const about = ABOUT.split('\n').map((line) => `#${line}\n`);
  return about.join('') + stringify({ hosts: Object.fromEntries(entries), groups }, { lineWidth: 0 });
}

/** The shipped procedures as they stand in the package. Throws if the folder holds none. */
export async function shippedProcedures(folder: URL): Promise<RepositoryFiles> {
  const root = fileURLToPath(folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}${sep}${entry.name}`);
  if (files.length === 0) {
    throw new Error(`There are no procedures in ${root}: the package is incomplete. Install it again with npm ci.`);
  }
  const read = files.map(async (file) => {
    const path = relative(root, file).split(sep).join('/');
    return [`procedures/${path}`, await readFile(file, 'utf8')] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}
