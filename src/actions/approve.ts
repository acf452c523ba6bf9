import { approvalRule, approverWords } from '../language/approval-rule.ts';
import type { Json } from '../language/types.ts';
import type { Action } from './types.ts';

const schema = approvalRule();

export const approve: Action = {
  name: 'approve',
  summary: 'waits until people other than who asked for the run agree, by `/approve`',
  schema,
  changes: false,
  undoesItself: () => false,
  asks: true,
  byHand(given) {
    const { by, count } = ruleOf(given);
    const people = count === 1 ? 'somebody else' : `${String(count)} others`;
    return {
      work: [{ say: `Go on once ${people} who may have agreed: ${by.map(approverWords).join(' or ')}.` }],
      undo: [],
    };
  },
  work: (given) => ({ kind: 'ask', how: 'approve', ...ruleOf(given) }),
};

function ruleOf(given: Json): { readonly by: readonly string[]; readonly count: number } {
  const { by, count } = schema.parse(given);
  return { by: typeof by === 'string' ? [by] : by, count };
}
