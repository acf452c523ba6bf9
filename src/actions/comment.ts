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
};
