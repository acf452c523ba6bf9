import * as z from 'zod';
import { written } from '../language/by-hand.ts';
import { bool, keys, text } from '../language/fields.ts';
import type { Action } from './types.ts';

const schema = z.union([text(), keys({ instructions: text(), unlock: bool().optional() })], {
  error: ({ input }) =>
    (typeof input === 'number' || typeof input === 'boolean' ? 'quote it: ' : '') +
    'what shall be done by hand is wanted here: a text, or {instructions: text, unlock: true}',
});

export const manual: Action = {
  name: 'manual',
  summary: 'asks a person to do something by hand, and waits for `/continue`',
  schema,
  changes: true,
  undoesItself: () => false,
  asks: true,
  byHand(given) {
    const read = schema.parse(given);
    const { instructions, unlock } = 'instructions' in read ? read : { instructions: read, unlock: false };
    const after =
      'Others may work on the hosts meanwhile. Afterwards look again at all that had to hold at the beginning.';
    return {
      work: [
        { say: 'By hand:' },
        { show: written(instructions) },
        ...(unlock === true ? [{ say: after }] : []),
        { say: 'Go on once it is done.' },
      ],
      undo: [
        { say: 'What was done by hand is taken back by hand, as far as it has to be: the procedure says no more.' },
      ],
    };
  },
  work(given) {
    const read = schema.parse(given);
    if (!('instructions' in read)) return { kind: 'ask', how: 'manual', text: read };
    const { instructions, unlock } = read;
    return { kind: 'ask', how: 'manual', text: instructions, ...(unlock === true ? { unlock } : {}) };
  },
};
