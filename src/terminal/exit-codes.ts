import type { DriveEnd } from '../engine/drive.ts';
import { allSteps } from '../run/steps.ts';
import type { RunState } from '../run/types.ts';

/** What the shell is told. */
export const EXIT = { ok: 0, failed: 1, invalid: 2, waiting: 3, unknown: 4 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Exit code of a run as a worker left it. A run that waits because a job's end is unknown says so. */
export function exitOf(end: DriveEnd): ExitCode {
  if (end.kind === 'finished') return wentWell(end.state) ? EXIT.ok : EXIT.failed;
  return hasUnknown(end.state) ? EXIT.unknown : EXIT.waiting;
}

/** A rehearsal is to end rolled back. */
const wentWell = ({ status, rollback }: RunState): boolean =>
  status === 'succeeded' || (status === 'rolled_back' && rollback?.rehearsed === true);

function hasUnknown(state: RunState): boolean {
  const open = state.prompts.find((prompt) => prompt.answer === undefined);
  if (open === undefined) return false;
  return allSteps(state)
    .filter((step) => step.id === open.step && step.phase === open.phase)
    .some((step) => step.tasks.some((task) => task.outcome === 'unknown'));
}
