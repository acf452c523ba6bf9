import { call as schema } from '../language/call.ts';
import type { Action } from './types.ts';

export const call: Action = {
  name: 'call',
  summary: 'takes the steps of another procedure in its place',
  schema: schema(),
  changes: true,
  undoesItself: () => true,
  calls: true,
  // Of itself it only decides, by `when`, whether the steps are taken: that always goes well.
  work: () => ({ kind: 'check', holds: { expr: 'true' } }),
  byHand: () => ({ work: [], undo: [] }),
};
