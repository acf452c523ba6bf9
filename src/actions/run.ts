import { keys, script, shell } from '../language/fields.ts';
import type { Action } from './types.ts';

const input = keys({ run: script(), shell: shell().optional() });

export const run: Action = {
  name: 'run',
  summary: 'runs a shell script on the host',
  schema: input.shape.run,
  siblings: { shell: input.shape.shell },
  changes: true,
  undoesItself: () => false,
  work(given) {
    const { run: text, shell: chosen } = input.parse(given);
    return {
      kind: 'job',
      env: {},
      apply: { shell: chosen ?? 'sh', text },
      needs: chosen === 'bash' ? ['bash'] : [],
      touches: { paths: [], units: [] },
    };
  },
  byHand(given) {
    const { run: text, shell: chosen } = input.parse(given);
    return { work: [{ script: text, shell: chosen ?? 'sh' }], undo: [] };
  },
};
