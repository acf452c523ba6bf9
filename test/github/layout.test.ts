import { expect, it } from '@jest/globals';
import { laidOut } from '../../src/github/layout.ts';

const FILES = ['hosts.yml', 'inventory.yml', 'ops/run/pryv/upgrade.yml', 'procedures/old/upgrade.yml'];
const source = laidOut(
  {
    head: () => Promise.resolve('c'),
    read: (_commit, path) => Promise.resolve(FILES.includes(path) ? path : undefined),
    list: (_commit, folder) => Promise.resolve(FILES.filter((path) => path.startsWith(`${folder}/`))),
  },
  { inventory: 'hosts.yml', procedures: 'ops/run' },
);

it('finds files where they stand, under the names that they always have', async () => {
  expect(await source.head()).toBe('c');
  expect(await source.read('c', 'inventory.yml')).toBe('hosts.yml');
  expect(await source.read('c', 'procedures/pryv/upgrade.yml')).toBe('ops/run/pryv/upgrade.yml');
  expect(await source.list('c', 'procedures')).toEqual(['procedures/pryv/upgrade.yml']);
  expect(await source.list('c', 'procedures/pryv')).toEqual(['procedures/pryv/upgrade.yml']);
});

it('finds no others', async () => {
  expect(await source.read('c', 'hosts.yml')).toBeUndefined();
  expect(await source.read('c', 'procedures/old/upgrade.yml')).toBeUndefined();
  expect(await source.list('c', 'ops')).toEqual([]);
});
