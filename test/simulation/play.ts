import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Counted } from './report.ts';

/** So many processes play at once. */
export const PROCESSES = Math.max(2, availableParallelism());
/** Only so that a test that hangs ends one day. */
export const TIME_OUT_MS = 1_500_000;
/** A little before that: a process that lived on would keep Jest from its end. */
const KILLED_AT = Date.now() + TIME_OUT_MS - 60_000;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Played extends Counted {
  readonly seed: number;
  readonly path?: string;
  /** Which promise was broken, if one was. */
  readonly why?: string;
}

/** Plays histories in a process of its own. */
export async function play(args: readonly string[], plant?: string): Promise<Played> {
  const child = spawn(
    process.execPath,
    [
      // The machine's other processors play as well.
      '--single-threaded-gc',
      '--max-semi-space-size=64',
      '--import',
      './test/simulation/hooks.js',
      'test/simulation/simulate.ts',
      '--json',
      ...args,
    ],
    {
      cwd: ROOT,
      env: { ...process.env, ...(plant === undefined ? {} : { PLANT: plant }) },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: Math.max(1, KILLED_AT - Date.now()),
      killSignal: 'SIGKILL',
    },
  );
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  await new Promise((resolve) => child.once('close', resolve));
  if (child.signalCode !== null)
    throw new Error(`The simulation was ended by ${child.signalCode}, at the latest as its time was over:\n${err}`);
  if (out === '') throw new Error(`The simulation has said nothing:\n${err}`);
  return JSON.parse(out) as Played;
}
