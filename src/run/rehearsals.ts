import type { Requires } from '../language/types.ts';
import type { Plan } from '../plan/types.ts';
import { plannedSteps } from './steps.ts';
import { later } from './time.ts';
import type { Instant, Rehearsed, RunState } from './types.ts';

/** What the runs there have been say of a rehearsal that is required. */
export type Rehearsal =
  | { readonly kind: 'rehearsed'; readonly rehearsed: Rehearsed }
  /** `last`: the newest run in that environment, and why it does not do. */
  | { readonly kind: 'missing'; readonly last?: { readonly run: string; readonly why: string } };

/**
 * Looks for a run that proves a plan: in the environment that is required, of the same files and values, ended well, not
 * too long ago, with no step passed over.
 * @param states runs, newest first
 */
export function findRehearsal(states: readonly RunState[], plan: Plan, requires: Requires, now: Instant): Rehearsal {
  const there = states.filter(
    ({ mode, plan: { file, environment } }) =>
      mode === 'apply' && file === plan.file && environment?.name === requires.environment,
  );
  for (const state of there) {
    const { run, endedAt } = state;
    if (endedAt !== undefined && whyNot(state, plan, requires, now) === undefined) {
      return { kind: 'rehearsed', rehearsed: { environment: requires.environment, run, at: endedAt } };
    }
  }
  const [newest] = there;
  const why = newest && whyNot(newest, plan, requires, now);
  return { kind: 'missing', ...(newest === undefined || why === undefined ? {} : { last: { run: newest.run, why } }) };
}

function whyNot(state: RunState, plan: Plan, { withinMs }: Requires, now: Instant): string | undefined {
  const { endedAt, status, rollback } = state;
  if (endedAt === undefined) return 'has not ended yet';
  if (status !== 'succeeded' && (status !== 'rolled_back' || rollback?.rehearsed !== true)) return 'did not end well';
  const skipped = plannedSteps(state).find(({ tasks }) => tasks.some(({ skippedAt }) => skippedAt !== undefined));
  if (skipped !== undefined) return `proves nothing of step ${skipped.id}, which somebody skipped`;
  if (state.plan.procedure_digest !== plan.procedure_digest) return 'was with other files or values';
  return later(endedAt, withinMs) < now ? 'is too long ago' : undefined;
}

/** It is a rehearsal: what it does is taken back once all of it went well. */
export const isTakenBack = ({ plan }: RunState): boolean => plan.environment?.onSuccess === 'rollback';
