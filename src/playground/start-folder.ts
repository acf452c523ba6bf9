import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What statfs(2) calls tmpfs and ramfs. */
const MEMORY: readonly number[] = [0x01021994, 0x858458f6];

/**
 * A fresh temporary folder, on a disk if there is one for it: on many machines /tmp is memory, where a host refuses to
 * keep its state.
 */
export async function makeFolder(): Promise<string> {
  for (const place of [tmpdir(), '/var/tmp']) {
    const made = await onDisk(place);
    if (made !== undefined) return made;
  }
  return mkdtemp(join(tmpdir(), 'changeover-'));
}

async function onDisk(place: string): Promise<string | undefined> {
  try {
    return MEMORY.includes((await statfs(place)).type) ? undefined : await mkdtemp(join(place, 'changeover-'));
  } catch {
    return undefined;
  }
}
