import { describe, expect, it } from '@jest/globals';
import { isOfProduct, PLANTS } from './plants.js';
import { play, PROCESSES, TIME_OUT_MS } from './play.ts';

/** So many at least are taken out of the product itself, and not out of a stand-in for a part of it. */
const OF_PRODUCT = 10;

/** Within so many histories each planted fault must be found. */
const PLANTED = 20_000;

describe('histories of bots, hosts and GitHub', () => {
  it(
    `find each of ${String(Object.keys(PLANTS).length)} planted faults`,
    async () => {
      const left = Object.keys(PLANTS);
      expect(left.filter(isOfProduct).length).toBeGreaterThanOrEqual(OF_PRODUCT);
      const found: string[] = [];
      const missed: string[] = [];
      const work = async (): Promise<void> => {
        for (let plant = left.shift(); plant !== undefined; plant = left.shift()) {
          const seed = String(PLANTS[plant]?.seed);
          const { histories, why } = await play(['--seed', seed, '--histories', String(PLANTED), '--first'], plant);
          const where = isOfProduct(plant) ? '' : ' (in a stand-in)';
          if (why === undefined) missed.push(plant);
          else found.push(`${plant}${where}: found in history ${String(histories)} (${why.split('\n')[0] ?? ''})`);
        }
      };
      await Promise.all(Array.from({ length: PROCESSES }, work));
      process.stdout.write(`${found.join('\n')}\n`);
      expect(missed).toEqual([]);
    },
    TIME_OUT_MS,
  );
});
