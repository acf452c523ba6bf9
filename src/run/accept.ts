import { approvalsAt, awaited, digestToType, namesPlan, startApprovals, unfit, type Unfit } from './approvals.ts';
import { unknownAttempt } from './attempts.ts';
import { openPrompt } from './evolve-decision.ts';
import { noPause, type NoPause } from './pausing.ts';
import { awaitsStart, isUnbegun } from './start.ts';
import { listOf, planStep, taskState } from './steps.ts';
import type {
  Actor,
  Agreement,
  Choice,
  Decision,
  DecisionKind,
  EventBody,
  PromptState,
  RunState,
  RunStatus,
  TaskKey,
} from './types.ts';

/** Why a decision is not taken. `refusalText` says it in words. */
export type Refusal =
  | { readonly kind: 'ended'; readonly status: RunStatus }
  /** `open`: what is asked at its end, which one that names it gives up. */
  | { readonly kind: 'aborting'; readonly by: Actor; readonly open?: PromptState }
  /** It was to be dropped only if nothing of it had begun. */
  | { readonly kind: 'begun' }
  /** Nothing is asked now. */
  | {
      readonly kind: 'no_prompt';
      readonly decision: DecisionKind;
      /** The run waits to be approved before it starts: the digits to type for that. */
      readonly approve?: string;
    }
  | { readonly kind: 'no_such_prompt'; readonly prompt: string; readonly open?: PromptState }
  | { readonly kind: 'answered'; readonly prompt: PromptState; readonly open?: PromptState }
  /** It came in before the open prompt was opened, so whoever wrote it cannot have seen that one. */
  | { readonly kind: 'before_prompt'; readonly decision: DecisionKind; readonly prompt: PromptState }
  /** Such an answer does not exist here; `why` where it would elsewhere. */
  | {
      readonly kind: 'not_allowed';
      readonly decision: DecisionKind;
      readonly why?: 'critical' | 'rolling_back' | 'ending' | 'approval' | 'alive' | 'name';
      readonly prompt: PromptState;
    }
  /** Nothing waits for an approval; `open`: what is asked instead. */
  | { readonly kind: 'no_approval_wanted'; readonly open?: PromptState }
  /** All whose agreement was needed for its start have given it. */
  | { readonly kind: 'start_approved'; readonly by: readonly Actor[] }
  /** The digits name another plan, or too few of them were typed. */
  | { readonly kind: 'wrong_digest'; readonly typed: string; readonly wanted: string }
  | Unfit
  | NoPause
  /** A retry would run beside the attempt before: its process lives. */
  | { readonly kind: 'still_running'; readonly tasks: readonly TaskKey[]; readonly prompt: PromptState };

export type Accepted =
  | { readonly ok: true; readonly events: readonly EventBody[] }
  | { readonly ok: false; readonly run: string; readonly refusal: Refusal };

/**
 * Judges a decision of somebody who may decide. Every refusal lives here; who may decide is judged before, at the same
 * moment. The first decision that answers a prompt wins.
 * @param comment id of the comment that decided
 */
export function accept(state: RunState, decision: Decision, by: Actor, comment?: number): Accepted {
  const refusal = refusalOf(state, decision, by);
  if (refusal !== undefined) return { ok: false, run: state.run, refusal };
  const prompt = decision.kind === 'approve' ? awaited(state)?.prompt : openPrompt(state)?.id;
  const more = { ...(prompt === undefined ? {} : { prompt }), ...(comment === undefined ? {} : { comment }) };
  if (decision.kind === 'approve') {
    return { ok: true, events: [{ type: 'run_approved', digest: decision.digest.toLowerCase(), by, ...more }] };
  }
  return {
    ok: true,
    events: [{ type: 'decision_made', decision: decision.kind, by, ...more }],
  };
}

function refusalOf(state: RunState, decision: Decision, by: Actor): Refusal | undefined {
  const { prompt: named } = decision;
  if (state.endedAt !== undefined) return { kind: 'ended', status: state.status };
  const prompt = openPrompt(state);
  const open = prompt === undefined ? {} : { open: prompt };
  if (named !== undefined && named !== prompt?.id) {
    const meant = state.prompts.find((each) => each.id === named);
    return meant === undefined
      ? { kind: 'no_such_prompt', prompt: named, ...open }
      : { kind: 'answered', prompt: meant, ...open };
  }
  if (state.aborting !== undefined) return { kind: 'aborting', by: state.aborting.by };
  return decision.kind === 'approve' ? approvalRefused(state, decision, by) : choiceRefused(state, decision);
}

function choiceRefused(state: RunState, { kind, prompt: named, heardAt, unbegun }: Choice): Refusal | undefined {
  if (unbegun === true && !isUnbegun(state)) return { kind: 'begun' };
  // To abort is possible at any time; but one written before the run's end began was not meant for that. By a clock that
  // is wrong it may only seem so: one that names what is asked there is meant for it.
  if (kind === 'abort') {
    const { aborted, at } = state.ending ?? {};
    const isLate = aborted !== undefined && at !== undefined && heardAt !== undefined && heardAt < at;
    const open = openPrompt(state);
    if (!isLate || named !== undefined) return undefined;
    return { kind: 'aborting', by: aborted.by, ...(open === undefined ? {} : { open }) };
  }
  if (kind === 'pause') return noPause(state);
  const prompt = openPrompt(state);
  // It takes back the pause, whether the run has come to that meanwhile or not.
  const pause = prompt === undefined ? state.pausing : prompt.paused;
  if (kind === 'continue' && pause !== undefined && (heardAt === undefined || heardAt >= pause.at)) return undefined;
  if (prompt === undefined) {
    const last = state.prompts.at(-1);
    if (last !== undefined) return { kind: 'answered', prompt: last };
    return { kind: 'no_prompt', decision: kind, ...(awaitsStart(state) ? { approve: digestToType(state) } : {}) };
  }
  // Two answers to one prompt, and the run was quick: the second must not answer what it was not written for.
  if (named === undefined && heardAt !== undefined && heardAt < prompt.openedAt) {
    return { kind: 'before_prompt', decision: kind, prompt };
  }
  if (!prompt.answers.includes(kind))
    return { kind: 'not_allowed', decision: kind, prompt, ...whyNot(state, prompt, kind) };
  return kind === 'retry' ? stillRunning(state, prompt) : undefined;
}

/** Agreement is to the plan, which stands from the beginning on: it matters little when it was written. */
function approvalRefused(state: RunState, { digest }: Agreement, by: Actor): Refusal | undefined {
  const wanted = awaited(state);
  const prompt = openPrompt(state);
  const last = state.prompts.at(-1);
  // Several people agree at once, and one was the last that was needed.
  if (last?.answer?.decision === 'approve') return { kind: 'answered', prompt: last };
  if (wanted === undefined && prompt === undefined && startApprovals(state) !== undefined) {
    return { kind: 'start_approved', by: approvalsAt(state, undefined).map(({ by: who }) => who) };
  }
  if (wanted === undefined) return { kind: 'no_approval_wanted', ...(prompt === undefined ? {} : { open: prompt }) };
  return (
    unfit(state, wanted, by) ??
    (namesPlan(state, digest) ? undefined : { kind: 'wrong_digest', typed: digest, wanted: digestToType(state) })
  );
}

function whyNot(
  state: RunState,
  prompt: PromptState,
  kind: DecisionKind,
): Pick<Extract<Refusal, { readonly kind: 'not_allowed' }>, 'why'> {
  if (prompt.lock !== undefined) {
    if (kind !== 'continue') return {};
    return { why: prompt.lock.what === 'name' ? 'name' : 'alive' };
  }
  const list = listOf(state, { id: prompt.step, phase: prompt.phase });
  if (kind === 'rollback' && list !== 'steps') return { why: list === 'always' ? 'ending' : 'rolling_back' };
  if (kind === 'skip' && prompt.answers.includes('approve')) return { why: 'approval' };
  return kind === 'skip' && planStep(state.plan, prompt.step, prompt.phase).critical ? { why: 'critical' } : {};
}

function stillRunning(state: RunState, prompt: PromptState): Refusal | undefined {
  const tasks = prompt.tasks.filter((key) => {
    const task = taskState(state, { ...key, phase: prompt.phase });
    return task?.outcome === 'unknown' && unknownAttempt(task)?.alive === true;
  });
  return tasks.length === 0 ? undefined : { kind: 'still_running', tasks, prompt };
}
