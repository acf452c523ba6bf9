import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobKey, RunId } from '../run/types.ts';
import { placeOf } from './job-text.ts';

/**
 * Digest of a job's log as it lies in `folder` now, read anew: hex SHA-256 of the bytes of `out`, then of `err`.
 * @returns undefined where there is no log
 */
export async function logDigest(folder: string, run: RunId, job: JobKey): Promise<string | undefined> {
  const place = placeOf(run, job);
  const hash = createHash('sha256');
  let found = false;
  for (const stream of ['out', 'err']) {
    const path = join(folder, place.run, place.task, `${place.job}.${stream}`);
    if (!(await isThere(path))) continue;
    found = true;
    for await (const chunk of createReadStream(path)) if (Buffer.isBuffer(chunk)) hash.update(chunk);
  }
  return found ? hash.digest('hex') : undefined;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
