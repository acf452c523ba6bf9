import { lastAttempt } from '../run/attempts.ts';
import { isJob } from '../run/steps.ts';
import type { RunState } from '../run/types.ts';
import { clock } from './format.ts';
import { capital } from './markdown.ts';
import { isOver } from './marks.ts';
import { fewPlaces } from './places.ts';
import { current, stepKind } from './steps.ts';

/** That the run's worker was told to end, what goes on by itself meanwhile, and who goes on with it; plain text. */
export function stoppedText(state: RunState): string | undefined {
  const { stopped, where, run } = state;
  if (stopped === undefined || isOver(state)) return undefined;
  const next =
    where.kind === 'terminal'
      ? `Nothing new is begun before somebody types: changeover resume ${run}`
      : 'Nothing new is begun until it is started again: then it takes the run up by itself. As a GitHub Action the next comment here starts it.';
  return `Changeover (${stopped.worker}) was stopped at ${clock(stopped.at)}. ${goesOn(state)} ${next}`;
}

/** A job whose start is not known may have begun nevertheless: its order was given. */
function goesOn(state: RunState): string {
  const step = current(state);
  const due = (step?.taken.tasks ?? []).filter(
    (task) => task.outcome === undefined && task.attempts.length > 0 && isJob(state.plan, task),
  );
  if (step === undefined || due.length === 0) return 'Nothing is under way on its hosts.';
  const begun = due.every((task) => lastAttempt(task)?.startedAt !== undefined);
  const title = capital(`${stepKind(state, step.taken)} ${step.number}, ${step.step.name}`);
  return `${title}, ${begun ? 'goes on on' : 'may be under way on'} ${fewPlaces(due, (name) => name)}.`;
}
