import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { PLANTS } from './plants.js';
import { type Counted, told } from './report.ts';

const PROCESSES = Math.max(2, availableParallelism());
/** So many a process takes three minutes on a quiet machine; other than in CI fewer find what is grossly wrong. */
const EACH = process.env['CI'] === 'true' ? 12_500 : 2_500;
/** In CI as many again are played, so often at most, where the first ones did not come to every moment. */
const ROUNDS = process.env['CI'] === 'true' ? 4 : 1;
/** Within so many histories each planted fault must be found. */
const PLANTED = 20_000;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TIME_OUT_MS = 1_500_000;

interface Played extends Counted {
  readonly seed: number;
  readonly path?: string;
  /** Which promise was broken, if one was. */
  readonly why?: string;
}

/** Plays histories in a process of its own. */
async function play(args: readonly string[], plant?: string): Promise<Played> {
  const child = spawn(
    process.execPath,
    [
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
    },
  );
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  await new Promise((resolve) => child.once('close', resolve));
  if (out === '') throw new Error(`The simulation has said nothing:\n${err}`);
  return JSON.parse(out) as Played;
}

const sum = (all: readonly Readonly<Record<string, number>>[]): Record<string, number> => {
  const total: Record<string, number> = {};
  for (const [name, count] of all.flatMap((each) => Object.entries(each))) total[name] = (total[name] ?? 0) + count;
  return total;
};

const never = (counts: Readonly<Record<string, number>>): readonly string[] =>
  Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [name] : []));

const totalOf = (played: readonly Played[]): Counted => ({
  histories: played.reduce((all, { histories }) => all + histories, 0),
  atoms: played.reduce((all, { atoms }) => all + atoms, 0),
  events: sum(played.map(({ events }) => events)),
  crashes: sum(played.map(({ crashes }) => crashes)),
  troubles: sum(played.map(({ troubles }) => troubles)),
});

const unmetIn = ({ events, crashes }: Counted): readonly string[] => [...never(events), ...never(crashes)];

describe('histories of bots, hosts and GitHub', () => {
  it(
    'keep every promise after each event, whatever dies, and meet each event and each moment to die at',
    async () => {
      const played: Played[] = [];
      let total = totalOf(played);
      for (let round = 0; round < ROUNDS && (round === 0 || unmetIn(total).length > 0); round += 1) {
        const seeds = Array.from({ length: PROCESSES }, (_, index) => (Date.now() + index * 7919) % 2_147_483_647);
        const args = seeds.map((seed) => ['--seed', String(seed), '--histories', String(EACH)]);
        played.push(...(await Promise.all(args.map((each) => play(each)))));
        total = totalOf(played);
        if (played.some(({ why }) => why !== undefined)) break;
      }
      process.stdout.write(`${told(total, `seeds ${played.map(({ seed }) => seed).join(', ')}`)}\n`);
      const broken = played.flatMap(({ seed, path, why }) =>
        why === undefined ? [] : [`npm run simulate -- --seed ${String(seed)} --path ${path ?? ''}\n${why}`],
      );
      expect(broken).toEqual([]);
      expect(total.histories).toBe(EACH * played.length);
      // In fewer, what few histories come to may not be among them.
      if (ROUNDS > 1) expect(unmetIn(total)).toEqual([]);
    },
    TIME_OUT_MS,
  );

  it(
    `find each of ${String(Object.keys(PLANTS).length)} planted faults`,
    async () => {
      const left = Object.keys(PLANTS);
      const found: string[] = [];
      const missed: string[] = [];
      const work = async (): Promise<void> => {
        for (let plant = left.shift(); plant !== undefined; plant = left.shift()) {
          const { histories, why } = await play(['--seed', '5', '--histories', String(PLANTED), '--first'], plant);
          if (why === undefined) missed.push(plant);
          else found.push(`${plant}: found in history ${String(histories)} (${why.split('\n')[0] ?? ''})`);
        }
      };
      await Promise.all(Array.from({ length: PROCESSES }, work));
      process.stdout.write(`${found.join('\n')}\n`);
      expect(missed).toEqual([]);
      expect(found.length).toBeGreaterThanOrEqual(10);
    },
    TIME_OUT_MS,
  );
});
