import type { RunState } from '../run/types.ts';
import { mistakeText } from '../thread/mistake-text.ts';

/** The runs that are talked about in an issue of this repository. */
export const ofIssue = (states: readonly RunState[], issue: number): readonly RunState[] =>
  states.filter(({ where }) => where.kind === 'issue' && where.issue === issue);

/** That an issue has no such run, with the nearest it has. */
export const noRun = (run: string, here: readonly RunState[]): string =>
  mistakeText({ kind: 'no_run', run, known: here.map((state) => state.run) });
