import type { RunState } from './types.ts';

/**
 * The id of the next prompt. In a record made anew they are numbered from so far on (p201) that none is called as one of the
 * record that was lost, whose comments may stand in the thread: it had an earlier epoch.
 */
export const nextPrompt = ({ prompts, rebuilt }: RunState): string =>
  `p${String(prompts.length + 1 + (rebuilt === undefined ? 0 : 100 * Math.min(rebuilt.epoch, 990)))}`;
