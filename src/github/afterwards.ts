import type { DriveEnd } from '../engine/drive.ts';
import type { RunId } from '../run/types.ts';
import { worded } from './worded.ts';

/** What the run's own words cannot tell, since it is not in the journal. */
export function afterwards(end: DriveEnd): string | undefined {
  const { run } = end.state;
  if (end.kind === 'lost') {
    return `This process has stopped working on run ${run}: ${worded([end.why])}\n\n${resume(run)} to go on, if nobody else does.`;
  }
  if (end.kind !== 'finished' || end.untidied.length === 0) return undefined;
  return `Run ${run} is over, but these hosts could not be told so and stay locked:\n\n${worded(end.untidied)}\n\n${resume(run)} once they can be reached.`;
}

/** That a run which an earlier process left under way cannot be taken up. */
export const notTakenUp = (run: RunId, why: string): string =>
  `Changeover was started anew and could not take up run ${run} again: ${worded([why])}\n\n` +
  `What is under way on its hosts goes on there. ${resume(run)} to go on, if nobody else does.`;

const resume = (run: RunId): string => `Type \`changeover resume ${run}\` at a terminal on the machine of the journal`;
