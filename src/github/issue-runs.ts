import { damagedText } from '../engine/damaged.ts';
import type { Damaged } from '../engine/find-run.ts';
import type { RunId, RunState } from '../run/types.ts';
import { mistakeText } from '../thread/mistake-text.ts';
import { worded } from './worded.ts';

/** The runs that are talked about in an issue of this repository. */
export const ofIssue = (states: readonly RunState[], issue: number): readonly RunState[] =>
  states.filter(({ where }) => where.kind === 'issue' && where.issue === issue);

/** That an issue has no such run, with the nearest it has. */
export const noRun = (run: string, here: readonly RunState[]): string =>
  mistakeText({ kind: 'no_run', run, known: here.map((state) => state.run) });

/**
 * What is said in an issue about its runs whose record is damaged; '' where there are none.
 * @param named the one run that is asked about. Where a record does not tell any more whose it is, only that names it.
 */
export const damagedIn = (damaged: readonly Damaged[], issue: number, named?: RunId): string => {
  const meant = damaged.filter(({ run, where }) => {
    if (named !== undefined && run !== named) return false;
    return where === undefined ? named !== undefined : where.kind === 'issue' && where.issue === issue;
  });
  return meant.length === 0 ? '' : worded(meant.map(damagedText));
};
