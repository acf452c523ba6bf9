import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JobKey, RunId } from '../run/types.ts';
import { placeOf } from './job-text.ts';

/** Hex SHA-256 of a kept log as it stands now: the bytes of its `.out`, then of its `.err`; undefined where it is gone. */
export async function logDigest(folder: string, run: RunId, job: JobKey): Promise<string | undefined> {
  const place = placeOf(run, job);
  const path = join(folder, place.run, place.task, place.job);
  if (!existsSync(`${path}.out`) || !existsSync(`${path}.err`)) return undefined;
  const hash = createHash('sha256');
  for (const stream of ['out', 'err']) {
    for await (const chunk of createReadStream(`${path}.${stream}`)) if (Buffer.isBuffer(chunk)) hash.update(chunk);
  }
  return hash.digest('hex');
}
