import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote, to both streams. */
  readonly said: string;
  /** To its standard error alone. */
  readonly err: string;
}

/** A process of a built file. */
export interface Running {
  readonly pid: number;
  /** Resolves with the match once it has written that; rejects if it ends before. */
  says(wanted: RegExp): Promise<RegExpExecArray>;
  said(): string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** No test may take longer; what does is killed. */
const LONGEST_MS = 600_000;

/**
 * Starts a file of `dist/` with this environment and nothing of whoever runs the tests.
 * @param by a command that starts it: its words come after that one's own
 * @param longestMs what takes longer is killed
 */
export function startBuilt(
  name: string,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  by: readonly string[] = [],
  longestMs = LONGEST_MS,
): Running {
  const file = join(import.meta.dirname, '../../../dist', name);
  if (!existsSync(file)) throw new Error(`dist/${name} is not there; build it first: npm run build`);
  const [program = '', ...rest] = [...by, process.execPath, file, ...words];
  return startProgram(program, rest, env, undefined, longestMs);
}

/** Starts a program in the same way. */
export function startProgram(
  program: string,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd?: string,
  longestMs = LONGEST_MS,
): Running {
  const child = spawn(program, words, {
    cwd,
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return follow(child, longestMs);
}

function follow(child: ChildProcess, longestMs: number): Running {
  let text = '';
  let err = '';
  const listeners = new Set<() => void>();
  const heard = (): void => {
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (stream === child.stderr) err += chunk;
      heard();
    });
  }
  const patience = setTimeout(() => child.kill('SIGKILL'), longestMs);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      clearTimeout(patience);
      resolve({ code, signal, said: text, err });
    });
  });
  return {
    pid: child.pid ?? 0,
    said: () => text,
    says: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = wanted.exec(text);
          if (found === null) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
        void ended.then(() => {
          reject(new Error(`it ended without saying ${String(wanted)}, but: ${text}`));
        });
      }),
    kill: (signal) => {
      child.kill(signal);
    },
    ended,
  };
}
