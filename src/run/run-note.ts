import type { RunNote, RunState } from './types.ts';
import { approvalsAt } from './approvals.ts';

/** What a host is told of a run that takes its lock: all of the request but the plan itself, which its files give again. */
export function noteOfRun(state: RunState): RunNote {
  const { plan, by, where, requestedAt, onFailure, rehearsed } = state;
  const { verb, system, plan_digest, procedure_digest, commit } = plan;
  return {
    ...{ verb, system, plan_digest, procedure_digest, commit, by, where, at: requestedAt },
    ...(onFailure === undefined ? {} : { on_failure: onFailure }),
    ...(rehearsed === undefined ? {} : { rehearsed }),
    approvals: approvalsAt(state, undefined),
  };
}
