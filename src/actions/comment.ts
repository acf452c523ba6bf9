import { written } from '../language/by-hand.ts';
import { text } from '../language/fields.ts';
import type { Action } from './types.ts';

const schema = text();

export const comment: Action = {
  name: 'comment',
  summary: 'says something in the thread',
  schema,
  changes: false,
  undoesItself: () => false,
  work: (given) => ({ kind: 'say', text: schema.parse(given) }),
  byHand: (given) => ({ work: [{ say: 'Tell people:' }, { show: written(schema.parse(given)) }], undo: [] }),
};
