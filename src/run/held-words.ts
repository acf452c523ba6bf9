import type { LockNote, NotedRun } from './types.ts';

/** By whom something is held, for those who wait for it: `run 20261122-7k3f (olivia, upgrade pryv, 2026-…, acme/ops#1)`. */
export const runWords = ({ run, note }: NotedRun): string =>
  note === undefined ? `run ${run}` : `run ${run} (${noteWords(note)})`;

const noteWords = ({ who, why, since, where }: LockNote): string => [who, why, since, where].join(', ');
