import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A process that has just taken a comment of acme/ops#1 up, in a journal in a folder. `kill` is as the kernel does it. */
export async function taker(
  dir: string,
  comment: number,
  now: string,
): Promise<{ readonly said: string; kill(): Promise<void> }> {
  const script = fileURLToPath(new URL('./taker.ts', import.meta.url));
  const args = ['--import', join(root, 'scripts/ts.js'), script, dir, String(comment), now];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { said: line, kill: () => kill(child) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
