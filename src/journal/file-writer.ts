import { writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Clock, type Follow, type RunWriter, LostClaim } from '../engine/ports.ts';
import { timeFrom } from '../run/steady-time.ts';
import type { EventBody, RunEvent } from '../run/types.ts';
import { chainAll, type ChainHead } from './chain-head.ts';
import type { FileClaim } from './claim-file.ts';
import { inTurns } from './in-turn.ts';

/**
 * Writes to a claimed run's file from `size` on; what stands behind is cut off.
 * @throws LostClaim from `append` once another worker has taken the run over
 */
export async function openWriter(of: {
  readonly path: string;
  readonly size: number;
  readonly head: ChainHead;
  readonly epoch: number;
  readonly claim: FileClaim;
  readonly clock: Clock;
}): Promise<RunWriter> {
  const { path, claim, clock } = of;
  const now = timeFrom(clock, of.head.at);
  const handle = await open(path, 'r+');
  let { size, head } = of;
  let broken: Error | undefined;
  const inTurn = inTurns();
  await cutTo(handle, size);

  async function append(bodies: readonly EventBody[], follow?: Follow): Promise<readonly RunEvent[]> {
    if (broken !== undefined) throw broken;
    if (!claim.isOurs()) throw new LostClaim(head.run);
    const chained = chainAll(head, bodies, now(), follow);
    const bytes = Buffer.from(chained.sealed.map(({ line }) => `${line}\n`).join(''));
    try {
      writeAll(handle, bytes, size);
      await handle.datasync();
    } catch (error) {
      // Half a line must not stand before the next one: a full disk must not break the chain.
      await cutTo(handle, size).catch((cause: unknown) => {
        broken = new Error(`${path} could not be written, nor cut back to its last event. Free its disk and resume.`, {
          cause,
        });
      });
      throw error;
    }
    size += bytes.length;
    ({ head } = chained);
    return chained.sealed.map(({ event }) => event);
  }

  let released: Promise<void> | undefined;
  return {
    run: head.run,
    epoch: of.epoch,
    append: (bodies, follow) => inTurn(() => append(bodies, follow)),
    release: () =>
      (released ??= inTurn(async () => {
        broken ??= new LostClaim(head.run);
        await handle.close();
        await claim.release();
      })),
  };
}

async function cutTo(handle: FileHandle, size: number): Promise<void> {
  if ((await handle.stat()).size === size) return;
  await handle.truncate(size);
  await handle.datasync();
}

/** Into memory, where it takes less time than a turn of the thread pool; what waits for the disk is the sync after it. */
function writeAll(handle: FileHandle, bytes: Buffer, from: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(handle.fd, bytes, written, bytes.length - written, from + written);
  }
}
