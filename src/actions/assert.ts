import { written } from '../language/by-hand.ts';
import { condition, keys, text } from '../language/fields.ts';
import type { Action } from './types.ts';

const input = keys({ assert: condition(), fail_msg: text().optional() });

export const assert: Action = {
  name: 'assert',
  summary: 'stops the run where a condition does not hold',
  schema: input.shape.assert,
  siblings: { fail_msg: input.shape.fail_msg },
  changes: false,
  checks: true,
  undoesItself: () => false,
  work(given) {
    const { assert: holds, fail_msg: failMessage } = input.parse(given);
    return { kind: 'check', holds, ...(failMessage === undefined ? {} : { failMessage }) };
  },
  byHand(given) {
    const { assert: holds, fail_msg: failMessage } = input.parse(given);
    const otherwise = failMessage === undefined ? [] : [{ say: 'Otherwise:' }, { show: written(failMessage) }];
    return { work: [{ say: 'This must hold; if it does not, stop here.', holds }, ...otherwise], undo: [] };
  },
};
