import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { MARK } from './host-folder.ts';

/**
 * Process ids of a local host: all whose environment carries the mark, and their descendants, which may have cleaned
 * their environment. Whoever cleans it and also outlives all its marked ancestors is not found.
 */
export async function processesOf(mark: string): Promise<readonly number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const marked = new Set<number>();
  const parents = new Map<number, number>();
  await Promise.all(
    all.map(async (pid) => {
      if (pid === process.pid) return;
      const [environment, stat] = await Promise.all([readProc(pid, 'environ'), readProc(pid, 'stat')]);
      // The name in brackets may itself hold brackets and blanks: count from the last one.
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === undefined || state === 'Z' || state === 'X') return;
      parents.set(pid, Number(parent));
      if (environment.split('\0').includes(`${MARK}=${mark}`)) marked.add(pid);
    }),
  );
  for (let grown = true; grown;) {
    grown = false;
    for (const [pid, parent] of parents) {
      if (!marked.has(parent) || marked.has(pid)) continue;
      marked.add(pid);
      grown = true;
    }
  }
  return [...marked];
}

/** Kills all processes of a local host, again and again until none is left that could start another. */
export async function killProcessesOf(mark: string): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    const alive = await processesOf(mark);
    if (alive.length === 0) return;
    for (const pid of alive) kill(pid);
    await sleep(10);
  }
  throw new Error(`processes of a local host cannot be killed: ${(await processesOf(mark)).join(', ')}`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was gone before: that is what was wanted.
  }
}

/** A process that ended, or that belongs to somebody else, reads as empty. */
async function readProc(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${String(pid)}/${name}`, 'latin1').catch(() => '');
}
