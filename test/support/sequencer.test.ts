import { describe, expect, it } from '@jest/globals';
import WaitingFirst from './sequencer.js';

const ROOT = '/changeover';
const FILES = ['run/a', 'acceptance/b', 'lab/c', 'run/d', 'lab/e', 'acceptance/f', 'run/g'];

type Sorted = Awaited<ReturnType<WaitingFirst['sort']>>;

/** The order in which they begin, where so many seconds are known of some from the time before. */
async function orderOf(seconds: Readonly<Record<string, number>>): Promise<readonly string[]> {
  const pathOf = (name: string): string => `${ROOT}/test/${name}.test.ts`;
  const sequencer = new WaitingFirst({ contexts: [], globalConfig: {} } as never);
  // The earlier ones are larger.
  const getSize = (path: string): number => 1_000 - FILES.findIndex((name) => path === pathOf(name));
  const context = { config: { rootDir: ROOT, cache: false }, hasteFS: { getSize } };
  const known = Object.entries(seconds).map(([name, s]) => [pathOf(name), [1, s * 1_000]] as const);
  // As Jest reads it from its cache.
  (sequencer as unknown as { readonly _cache: Map<unknown, unknown> })._cache.set(context, Object.fromEntries(known));
  const tests = FILES.map((name) => ({ path: pathOf(name), context })) as unknown as Sorted;
  const sorted = await sequencer.sort(tests);
  return sorted.map(({ path }) => path.slice(`${ROOT}/test/`.length, -'.test.ts'.length));
}

describe('the order of the tests', () => {
  const waitingFirst = ['lab/c', 'lab/e', 'run/a', 'acceptance/b', 'acceptance/f', 'run/d', 'run/g'];

  it('begins with those that wait, and has one that computes beside each two', async () => {
    expect(await orderOf({})).toEqual(waitingFirst);
  });

  it('is the same where one file was run by itself before', async () => {
    const order = await orderOf({ 'run/g': 250 });
    expect(order.filter((name) => name !== 'run/g')).toEqual(waitingFirst.filter((name) => name !== 'run/g'));
  });

  it('goes by what they took the last time, where that is known', async () => {
    const order = await orderOf({
      'run/a': 1,
      'acceptance/b': 2,
      'lab/c': 3,
      'run/d': 9,
      'lab/e': 4,
      'acceptance/f': 5,
      'run/g': 6,
    });
    expect(order).toEqual(['run/d', 'run/g', 'acceptance/f', 'lab/e', 'lab/c', 'acceptance/b', 'run/a']);
  });
});
