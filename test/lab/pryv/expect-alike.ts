import { expect } from '@jest/globals';
import { differences } from '../../../src/playground/local-hosts/snapshot.ts';
import { LEFT, type Standing } from './pryv-host.ts';
import { type Entry, unlike } from './redis-data.ts';

/** All stands and runs as before, and Redis holds this; what a step says it leaves may be there. */
export function expectAlike(before: Standing, { trees, redis, ...after }: Standing, holds: readonly Entry[]): void {
  expect(differences(before.trees, trees).filter((line) => !LEFT.test(line))).toEqual([]);
  expect(before).toMatchObject(after);
  expect(unlike(redis, holds)).toEqual([]);
}
