import { actionNamed } from '../actions/index.ts';
import type { View } from '../thread/view.ts';

/** What the thread shows and cannot know by itself: what a step would change, as its action reads the look on the host. */
export const view: View = {
  preview: ({ action }, { look, env, stdin }) => {
    if (look?.probe === undefined) return undefined;
    const { exit_code: exitCode, stdout, stderr } = look.probe;
    return actionNamed(action)?.preview?.({ exitCode, stdout, stderr }, env, stdin);
  },
};
