import * as node from 'node:child_process';

/** While they wait no timer runs, so that nothing else could end a program that hangs, and with it the tests. */
const BOUND = { timeout: 60_000, killSignal: 'SIGKILL' } as const;

/** Node's `spawnSync`, but what takes a minute is killed: its status is null. */
export const spawnSync = ((program: string, words: readonly string[], options: object = {}) =>
  node.spawnSync(program, words, { ...BOUND, ...options })) as typeof node.spawnSync;

/** Node's `execFileSync`, but what takes a minute is killed, which is thrown. */
export const execFileSync = ((program: string, words: readonly string[], options: object = {}) =>
  node.execFileSync(program, words, { ...BOUND, ...options })) as typeof node.execFileSync;
