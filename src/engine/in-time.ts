import { Script, createContext } from 'node:vm';
import { wholePattern } from '../language/params.ts';

/** Of a processor's time: far more than an honest pattern takes for the longest value there is. */
const MOST_MS = 100;
/** However busy the machine is. */
const MOST_WAITED_MS = 10_000;

/** Compiled in a context of its own, because only what runs in one can be stopped. */
const MATCH = new Script(`new RegExp(source, 'u').test(value)`);

/**
 * As `matchesWhole`, but a pattern that goes astray in a value, as `(\d+\.?)+` does in thirty digits and a letter, is
 * given up: it would hold up every other run of this process, for hours. On a busy machine time passes in which nothing
 * of ours is done: only the processor's time counts against a pattern, and it is tried twice at least.
 * @returns undefined where it took too long
 */
export function matchesInTime(pattern: string, value: string): boolean | undefined {
  const { source } = wholePattern(pattern);
  for (let ms = MOST_MS; ms < MOST_WAITED_MS; ms *= 2) {
    const begun = process.cpuUsage();
    try {
      return MATCH.runInContext(createContext({ source, value }), { timeout: ms }) === true;
    } catch (error) {
      if (!isTimeUp(error)) throw error;
    }
    const { user, system } = process.cpuUsage(begun);
    if (ms > MOST_MS && (user + system) / 1000 >= MOST_MS) return undefined;
  }
  return undefined;
}

const isTimeUp = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
