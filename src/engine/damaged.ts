import type { RunId } from '../run/types.ts';

/** That a run's record is damaged or cannot be read, and what to do about it. */
export const damagedText = ({ run, why }: { readonly run: RunId; readonly why: string }): string =>
  `The journal of run ${run} is damaged: ${why}. Nobody can go on with it or say how it stands. ` +
  `Put the newest good copy of its file back, then type \`changeover verify ${run}\` and \`changeover resume ${run}\` there.`;
