import type { RunId } from '../run/types.ts';

/** That a run's record is damaged, cannot be read, or is of a newer version, and what to do about it. */
export const damagedText = (of: { readonly run: RunId; readonly why: string; readonly newer?: true }): string =>
  of.newer === true ? newerText(of) : brokenText(of);

const newerText = ({ run, why }: { readonly run: RunId; readonly why: string }): string =>
  `The journal of run ${run} was written by a newer version of Changeover, or changed by somebody: ${why}. This version can ` +
  `neither go on with it nor say how it stands, and has started nothing. Use the newer one: \`changeover resume ${run}\`.`;

const brokenText = ({ run, why }: { readonly run: RunId; readonly why: string }): string =>
  `The journal of run ${run} is damaged: ${why}. Nobody can go on with it or say how it stands. ` +
  `Put the newest good copy of its file back, then type \`changeover verify ${run}\` and \`changeover resume ${run}\` there.`;
