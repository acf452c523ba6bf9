import { describe, expect, it } from '@jest/globals';
import { PLANTS } from './plants.js';
import { play, PROCESSES, TIME_OUT_MS } from './play.ts';

/** Within so many histories each planted fault must be found. */
const PLANTED = 20_000;

describe('histories of bots, hosts and GitHub', () => {
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
