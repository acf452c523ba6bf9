import { approvalsAt, awaited, missingApprovals } from './approvals.ts';
import { doneByPeople } from './evolve-asking.ts';
import type { EventBody, Instant, RunState } from './types.ts';

type Approved = Extract<EventBody, { readonly type: 'run_approved' }>;

/** Somebody has agreed. The last whose agreement is wanted answers the prompt. */
export function approved(state: RunState, { digest, by, prompt: id, comment }: Approved, at: Instant): RunState {
  const more = { ...(id === undefined ? {} : { prompt: id }), ...(comment === undefined ? {} : { comment }) };
  const given = { ...state, approvals: [...state.approvals, { by, at, digest, ...more }] };
  const wanted = awaited(state);
  const prompt = state.prompts.find((each) => each.id === id);
  if (prompt === undefined || wanted === undefined || wanted.prompt !== id) return given;
  if (missingApprovals(wanted.rule, approvalsAt(given, id)) > 0) return given;
  const answer = { decision: 'approve', by, at } as const;
  const prompts = state.prompts.map((each) => (each.id === id ? { ...each, answer } : each));
  return doneByPeople({ ...given, prompts }, prompt, at);
}
