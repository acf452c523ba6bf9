import { approverWords, isRight } from '../language/approval-rule.ts';
import { isEnough } from '../language/rights.ts';
import { openPrompt } from './evolve-decision.ts';
import { planStep } from './steps.ts';
import type { Actor, Approval, ApprovalRule, RunState } from './types.ts';

/** So many digits of the plan's digest name it. */
export const DIGEST_NAMED = 8;

/** An approval that the run waits for: at a step's prompt, or, without one, before it starts. */
export interface Awaited {
  readonly rule: ApprovalRule;
  readonly prompt?: string;
}

/** Whose agreement the run needs before it starts; a dry run needs nobody's. */
export const startApprovals = ({ mode, plan }: RunState): ApprovalRule | undefined =>
  mode === 'dryrun' ? undefined : plan.environment?.approvals;

/** The approval that the run waits for now. */
export function awaited(state: RunState): Awaited | undefined {
  const rule = startApprovals(state);
  const begins = rule !== undefined && state.endedAt === undefined;
  if (begins && missingApprovals(rule, approvalsAt(state, undefined)) > 0) return { rule };
  const prompt = openPrompt(state);
  if (prompt?.answers.includes('approve') !== true) return undefined;
  const { work } = planStep(state.plan, prompt.step, prompt.phase);
  return work.kind === 'ask' && work.how === 'approve' ? { rule: work, prompt: prompt.id } : undefined;
}

/** The approvals that were given at a prompt, or before the run started. */
export const approvalsAt = ({ approvals }: RunState, prompt: string | undefined): readonly Approval[] =>
  approvals.filter((each) => each.prompt === prompt);

/**
 * How many people are missing. Who sits at the terminal where the run was started is alone there: their word, typed out,
 * is all that can be had, and the record says whose it is.
 */
export function missingApprovals({ count }: ApprovalRule, given: readonly Approval[]): number {
  if (given.some(({ by }) => by.kind === 'terminal')) return 0;
  return Math.max(0, count - new Set(given.flatMap(({ by }) => (by.kind === 'github' ? [by.id] : []))).size);
}

/** Why somebody's approval does not count; undefined where it does. */
export type Unfit =
  /** A run that was asked for in an issue is approved there, where people are known. */
  | { readonly kind: 'approve_in_issue' }
  | { readonly kind: 'own_run' }
  | { readonly kind: 'may_not_approve'; readonly by: readonly string[] }
  | { readonly kind: 'approved_already'; readonly missing: number };

/** Judges who approves: by numeric id another than who asked for the run, one who may, and each once. */
export function unfit(state: RunState, { rule, prompt }: Awaited, by: Actor): Unfit | undefined {
  if (by.kind === 'terminal') return state.where.kind === 'terminal' ? undefined : { kind: 'approve_in_issue' };
  if (state.by.kind === 'github' && state.by.id === by.id) return { kind: 'own_run' };
  if (!mayApprove(rule, by)) return { kind: 'may_not_approve', by: rule.by };
  const given = approvalsAt(state, prompt);
  const own = given.some((each) => each.by.kind === 'github' && each.by.id === by.id);
  return own ? { kind: 'approved_already', missing: missingApprovals(rule, given) } : undefined;
}

/**
 * Whether an approval that was given counts by what its giver may do now.
 * @param prompt absent: it was for the run's start
 */
export function countsStill(
  state: RunState,
  prompt: string | undefined,
  by: Extract<Actor, { kind: 'github' }>,
): boolean {
  const rule = prompt === undefined ? startApprovals(state) : ruleAt(state, prompt);
  const isOwn = state.by.kind === 'github' && state.by.id === by.id;
  return rule !== undefined && !isOwn && mayApprove(rule, by);
}

function ruleAt(state: RunState, id: string): ApprovalRule | undefined {
  const prompt = state.prompts.find((each) => each.id === id);
  if (prompt === undefined) return undefined;
  const { work } = planStep(state.plan, prompt.step, prompt.phase);
  return work.kind === 'ask' && work.how === 'approve' ? work : undefined;
}

const mayApprove = ({ by }: ApprovalRule, { login, right }: Extract<Actor, { readonly kind: 'github' }>): boolean =>
  by.some((name) => (isRight(name) ? isEnough(right, name) : name.toLowerCase() === login.toLowerCase()));

/** Whose agreement counts, in words: `whoever has the right "maintain" or more, olivia or william`. */
export function whoMay(by: readonly string[]): string {
  const words = by.map(approverWords);
  return [words.slice(0, -1).join(', '), words.at(-1)].filter(Boolean).join(' or ');
}

/** Whether the typed digits name the plan. */
export const namesPlan = ({ plan }: RunState, digest: string): boolean =>
  digest.length >= DIGEST_NAMED && plan.plan_digest.startsWith(digest.toLowerCase());

/** The digits to type. */
export const digestToType = ({ plan }: Pick<RunState, 'plan'>): string => plan.plan_digest.slice(0, DIGEST_NAMED);
