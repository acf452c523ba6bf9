import type { Journal } from '../engine/ports.ts';
import type { Instant } from '../run/types.ts';
import type { BranchFiles } from './branch-files.ts';

/** A cursor that stands a little behind only makes somebody look at what is known; to move it is a commit. */
const BEHIND_MS = 300_000;

/** One small file for each place, with a time in it, or with what others have written there. */
export function branchCursors(files: BranchFiles): Pick<Journal, 'cursor' | 'moveCursor'> {
  /** As far as this process has come; on the branch it may stand a little behind. */
  const here = new Map<string, Instant>();
  const pathOf = (place: string): string => `cursors/${encodeURIComponent(place.toLowerCase())}.txt`;

  async function onBranch(path: string): Promise<{ readonly blob?: string; readonly text?: string }> {
    const blob = (await files.list()).get(path);
    if (blob === undefined) return {};
    const [text = ''] = await files.texts([blob]);
    return { blob, text: text.trim() };
  }

  return {
    cursor: async (place) => here.get(place.toLowerCase()) ?? (await onBranch(pathOf(place))).text,
    moveCursor: async (place, to) => {
      const path = pathOf(place);
      const { blob, text = '' } = await onBranch(path);
      // What is no time at all, or one that has not come yet, is not near.
      const near = Math.abs(Date.parse(to) - Date.parse(text)) < BEHIND_MS;
      if (!near) files.later({ path, text: `${to}\n`, before: blob });
      here.set(place.toLowerCase(), to);
    },
  };
}
