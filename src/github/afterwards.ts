import type { DriveEnd } from '../engine/drive.ts';
import { worded } from './worded.ts';

/** What the run's own words cannot tell, since it is not in the journal. */
export function afterwards(end: DriveEnd): string | undefined {
  const { run } = end.state;
  const resume = `Type \`changeover resume ${run}\` at a terminal on the machine of the journal`;
  if (end.kind === 'lost') {
    return `This process has stopped working on run ${run}: ${worded([end.why])}\n\n${resume} to go on, if nobody else does.`;
  }
  if (end.kind !== 'finished' || end.untidied.length === 0) return undefined;
  return `Run ${run} is over, but these hosts could not be told so and stay locked:\n\n${worded(end.untidied)}\n\n${resume} once they can be reached.`;
}
