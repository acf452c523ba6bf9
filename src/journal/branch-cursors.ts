import type { Journal } from '../engine/ports.ts';
import type { Instant } from '../run/types.ts';
import type { BranchFiles } from './branch-files.ts';

/** A cursor that stands a little behind only makes somebody look at what is known; to move it is a commit. */
const BEHIND_MS = 300_000;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** One small file for each place, with a time in it. */
export function branchCursors(files: BranchFiles): Pick<Journal, 'cursor' | 'moveCursor'> {
  /** As far as this process has come; on the branch it may stand a little behind. */
  const here = new Map<string, Instant>();
  const pathOf = (place: string): string => `cursors/${encodeURIComponent(place.toLowerCase())}.txt`;

  async function onBranch(path: string): Promise<{ readonly blob?: string; readonly at?: Instant }> {
    const blob = (await files.list()).get(path);
    if (blob === undefined) return {};
    const [text = ''] = await files.texts([blob]);
    if (INSTANT.test(text.trim())) return { blob, at: text.trim() };
    throw new Error(
      `${path} on ${files.name} does not say up to when comments were looked through. ` +
        'Write a time such as 2026-11-22T06:00:00Z into it, or delete it to begin from now.',
    );
  }

  return {
    cursor: async (place) => here.get(place.toLowerCase()) ?? (await onBranch(pathOf(place))).at,
    moveCursor: async (place, to) => {
      const path = pathOf(place);
      const { blob, at } = await onBranch(path);
      const near = at !== undefined && Date.parse(to) - Date.parse(at) < BEHIND_MS;
      if (!near) files.later({ path, text: `${to}\n`, before: blob });
      here.set(place.toLowerCase(), to);
    },
  };
}
