import { condition, duration, keys } from '../language/fields.ts';
import type { Action } from './types.ts';

/** Between two looks, where the step does not say (`delay`). */
const EVERY_MS = 2000;

const input = keys({ wait_for: condition(), delay: duration().optional() });

export const waitFor: Action = {
  name: 'wait_for',
  summary: 'waits until a condition holds, at most for the step’s timeout',
  schema: input.shape.wait_for,
  siblings: { delay: input.shape.delay },
  changes: false,
  undoesItself: () => false,
  work(given, { timeoutMs }) {
    const { wait_for: until, delay } = input.parse(given);
    return { kind: 'wait', until, everyMs: delay ?? EVERY_MS, atMostMs: timeoutMs };
  },
  byHand(given) {
    const { wait_for: holds } = input.parse(given);
    return { work: [{ say: 'Look again and again until this holds.', holds }], undo: [] };
  },
};
