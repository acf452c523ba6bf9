import { Script, createContext } from 'node:vm';
import { wholePattern } from '../language/params.ts';

/** Far more than an honest pattern takes for the longest value there is. */
const MOST_MS = 100;

/** Compiled in a context of its own, because only what runs in one can be stopped. */
const MATCH = new Script(`new RegExp(source, 'u').test(value)`);

/**
 * As `matchesWhole`, but a pattern that goes astray in a value, as `(\d+\.?)+` does in thirty digits and a letter, is
 * given up: it would hold up every other run of this process, for hours.
 * @returns undefined where it took too long
 */
export function matchesInTime(pattern: string, value: string): boolean | undefined {
  try {
    return (
      MATCH.runInContext(createContext({ source: wholePattern(pattern).source, value }), { timeout: MOST_MS }) === true
    );
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      return undefined;
    throw error;
  }
}
