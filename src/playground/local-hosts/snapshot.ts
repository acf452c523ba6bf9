import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Path below the folder → type, mode, owner, and link target or digest of the content. */
export type Snapshot = ReadonlyMap<string, string>;

/** What a run may leave behind without having changed the host: its own state, logs, and the fault switches. */
const LEFT_OUT = new Set(['home/.changeover', 'root/.changeover', 'logs', 'faults']);

/** Looks at everything below a local host's folder but job folders, logs and fault switches. Times do not count. */
export async function snapshot(folder: string): Promise<Snapshot> {
  const seen = new Map<string, string>();
  const look = async (below: string): Promise<void> => {
    for (const name of (await readdir(join(folder, below))).sort()) {
      const path = below === '' ? name : `${below}/${name}`;
      if (LEFT_OUT.has(path)) continue;
      const stat = await lstat(join(folder, path));
      const owner = `${(stat.mode & 0o7777).toString(8)} ${String(stat.uid)}:${String(stat.gid)}`;
      if (stat.isSymbolicLink()) {
        seen.set(path, `link to ${await readlink(join(folder, path))}`);
      } else if (stat.isDirectory()) {
        seen.set(path, `folder ${owner}`);
        await look(path);
      } else {
        const digest = stat.isFile()
          ? createHash('sha256')
              .update(await readFile(join(folder, path)))
              .digest('hex')
          : '';
        seen.set(path, `${stat.isFile() ? 'file' : 'other'} ${owner} ${digest}`);
      }
    }
  };
  await look('');
  return seen;
}

/** One line for each path that is not the same in both, e.g. `+ var/pryv1.6/conf: folder 755 0:0`. */
export function differences(before: Snapshot, after: Snapshot): readonly string[] {
  const lines: string[] = [];
  for (const [path, was] of before) {
    const is = after.get(path);
    if (is === undefined) lines.push(`- ${path}: ${was}`);
    else if (is !== was) lines.push(`~ ${path}: ${was} → ${is}`);
  }
  for (const [path, is] of after) if (!before.has(path)) lines.push(`+ ${path}: ${is}`);
  return lines;
}

/** One digest for all of it. */
export function hashOf(seen: Snapshot): string {
  return createHash('sha256')
    .update(JSON.stringify([...seen]))
    .digest('hex');
}
