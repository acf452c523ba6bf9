import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode } from './durable.ts';

/** A run's events on the disk of the worker's machine, until they are on the branch. */
export interface Spool {
  /** Durable when it resolves. */
  add(lines: readonly string[]): Promise<void>;
  /** @param done nothing in it is wanted any more */
  close(done: boolean): Promise<void>;
}

const fileOf = (folder: string, run: string): string => join(folder, `${run}.jsonl`);

/** What an earlier worker on this machine has left: its whole lines. */
export async function spooled(folder: string, run: string): Promise<readonly string[]> {
  const text = await readFile(fileOf(folder, run), 'utf8').catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  });
  return text.split('\n').slice(0, -1);
}

/** Begins a run's spool anew. @param lines what is still wanted of an earlier one */
export async function openSpool(folder: string, run: string, lines: readonly string[] = []): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = fileOf(folder, run);
  const handle: FileHandle = await open(path, lines.length === 0 ? 'w' : 'a', 0o600);
  return {
    add: async (more) => {
      await handle.appendFile(more.map((line) => `${line}\n`).join(''));
      await handle.datasync();
    },
    close: async (done) => {
      await handle.close();
      if (done) await rm(path, { force: true });
    },
  };
}
