import { createRequire } from 'node:module';

// As CommonJS, which is what its types tell of.
/** @type {unknown} */
const required = createRequire(import.meta.url)('@jest/test-sequencer');
const { default: Sequencer } = /** @type {typeof import('@jest/test-sequencer')} */ (required);

/** Rooms whose tests mostly wait, for hosts, links and processes; the longest first. */
const WAITING = ['lab', 'acceptance', 'chaos', 'playground', 'host'];

/** @typedef {Awaited<ReturnType<InstanceType<typeof Sequencer>['sort']>>[number]} Test */

/**
 * Jest begins with the tests that took longest the last time. Where it does not know, as in CI, it goes by the size of files,
 * which leaves some that wait for minutes to the end, and has the processors wait with them. Here they begin, and each has
 * one that computes beside it.
 */
export default class WaitingFirst extends Sequencer {
  /**
   * @param {Test[]} tests
   * @override
   */
  async sort(tests) {
    const sorted = await super.sort(tests);
    // One file may have been run by itself before, as the simulation in CI.
    const known = sorted.filter(({ duration }) => duration !== undefined);
    if (known.length > sorted.length / 2) return sorted;
    const waiting = WAITING.flatMap((room) => sorted.filter((test) => roomOf(test) === room));
    const computing = sorted.filter((test) => !WAITING.includes(roomOf(test)));
    /** @type {Test[]} */
    const order = [];
    while (waiting.length + computing.length > 0) order.push(...waiting.splice(0, 2), ...computing.splice(0, 1));
    return order;
  }
}

/**
 * @param {Test} test
 * @returns {string} the folder of `test/` that it is in
 */
const roomOf = ({ path, context }) => path.slice(`${context.config.rootDir}/test/`.length).split('/')[0] ?? '';
