import { randomBytes } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes into a journal's folder as its events are written, durably, and takes it back.
 * @throws where that fails: the disk is full, read-only or gone
 */
export async function tryToWrite(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, `.ready.${randomBytes(8).toString('hex')}`);
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile('.\n');
    await handle.sync();
  } finally {
    await handle.close();
    await rm(path, { force: true });
  }
}
