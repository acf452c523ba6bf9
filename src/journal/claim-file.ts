import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { type FileHandle, link, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode } from './durable.ts';
import { holderIn, numbers } from './numbered.ts';
import { fate, type Holder, holderSchema, thisProcess } from './this-process.ts';

/** A claim on a run, held by this process. */
export interface FileClaim {
  /** False once another worker has taken over. Asked before every append, so it is two quick looks at a local folder. */
  isOurs(): boolean;
  release(): Promise<void>;
}

export type Claimed =
  { readonly kind: 'ours'; readonly claim: FileClaim } | { readonly kind: 'held'; readonly by: string };

/** Tries after which something is wrong with the folder rather than with our luck. */
const MOST_TRIES = 20;

/**
 * Claims are numbered files in the run's lock folder, and the highest holds. A new claim is a link to the number after
 * the highest, which only one process can make; and only once the highest is given back or its owner is dead. Numbers
 * are never used again while a higher one is there, so that who looked long ago cannot take over from the living.
 */
export async function takeClaim(folder: string, worker: string, now: string): Promise<Claimed> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const highest = Math.max(0, ...(await numbers(folder)));
    const holder = highest === 0 ? undefined : await holderOf(join(folder, String(highest)));
    if (holder === 'gone') continue;
    const held = holder && heldBy(holder, folder);
    if (held !== undefined) return { kind: 'held', by: held };
    const number = highest + 1;
    const mine = await linkClaim(folder, number, thisProcess(worker, now));
    if (mine === undefined) continue;
    const all = await numbers(folder);
    if (all.some((each) => each > number)) {
      await mine.close();
      await rm(join(folder, String(number)), { force: true });
      continue;
    }
    // The lowest first: who lost its claim then finds its own gone, or the one after it there.
    for (const old of all.filter((each) => each < number).sort((a, b) => a - b)) {
      await rm(join(folder, String(old)), { force: true });
    }
    const { ino } = await mine.stat({ bigint: true });
    return { kind: 'ours', claim: claimOf({ folder, number, mine, ino }, thisProcess(worker, now)) };
  }
  throw new Error(`The run could not be claimed in ${folder}: others keep claiming it. Try again.`);
}

/** Whether the last who held it was a process of this machine that has died without giving it back. */
export async function wasLeft(folder: string): Promise<boolean> {
  const highest = Math.max(0, ...(await numbers(folder)));
  const holder = highest === 0 ? 'gone' : await holderOf(join(folder, String(highest)));
  return holder !== 'gone' && !holder.released && fate(holder) === 'dead';
}

/** Whether the run's worker lives, without taking anything; `unsure`: it is on another machine. */
export async function workerIn(folder: string): Promise<'yes' | 'no' | 'unsure'> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const highest = Math.max(0, ...(await numbers(folder)));
    if (highest === 0) return 'no';
    const holder = await holderOf(join(folder, String(highest)));
    if (holder === 'gone') continue;
    if (holder.released) return 'no';
    return ({ alive: 'yes', dead: 'no', elsewhere: 'unsure' } as const)[fate(holder)];
  }
  return 'yes';
}

/** @returns the claim, kept open, so that no other file can have its inode; undefined where another was first */
async function linkClaim(folder: string, number: number, holder: Holder): Promise<FileHandle | undefined> {
  const draft = join(folder, `draft.${randomBytes(8).toString('hex')}`);
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify(holder));
    await handle.sync();
    await link(draft, join(folder, String(number)));
    return handle;
  } catch (error) {
    await handle.close();
    if (isCode(error, 'EEXIST')) return undefined;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

const holderOf = (path: string): Promise<Holder | 'gone'> =>
  holderIn(
    path,
    holderSchema,
    'does not say who holds the run. If nobody works on it, delete that file and try again.',
  );

/** Who holds it, in words; undefined where it may be taken. */
function heldBy(holder: Holder, folder: string): string | undefined {
  if (holder.released) return undefined;
  const who = `${holder.worker} (process ${String(holder.pid)} on ${holder.machine}, since ${holder.since})`;
  switch (fate(holder)) {
    case 'dead':
      return undefined;
    case 'alive':
      return who;
    case 'elsewhere':
      return `${who}; whether it lives cannot be told from here. If it does not, delete ${folder} and try again`;
  }
}

function claimOf(
  of: { readonly folder: string; readonly number: number; readonly mine: FileHandle; readonly ino: bigint },
  holder: Holder,
): FileClaim {
  const { folder, number, mine, ino } = of;
  const path = join(folder, String(number));
  const after = join(folder, String(number + 1));
  // By its inode too: somebody may have cleared the folder by hand, and another have begun to count anew.
  const isOurs = (): boolean => inodeOf(path) === ino && inodeOf(after) === undefined;
  return {
    isOurs,
    release: async () => {
      if (isOurs()) {
        const draft = join(folder, `draft.${randomBytes(8).toString('hex')}`);
        await writeFile(draft, JSON.stringify({ ...holder, released: true }), { mode: 0o600 });
        await rename(draft, path);
      }
      await mine.close();
    },
  };
}

const inodeOf = (path: string): bigint | undefined => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
