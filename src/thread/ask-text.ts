import type { PlanStep } from '../plan/types.ts';
import { wasAsked } from '../run/evolve-asking.ts';
import { closedWords } from '../language/window-words.ts';
import { planStep } from '../run/steps.ts';
import type { Approvals } from '../language/types.ts';
import { approvalsAt, missingApprovals } from '../run/approvals.ts';
import type { Actor, PromptState, RunState, TaskState } from '../run/types.ts';
import { shorten } from './clean.ts';
import { approvalRule } from './environment-text.ts';
import type { Detail } from './fit.ts';
import { clock, jsonText, who } from './format.ts';
import { blocks, code, counted, fence, listed, plain, prose } from './markdown.ts';
import { said } from './said.ts';

type Ask = Extract<PlanStep['work'], { readonly kind: 'ask' }>;
type Manual = Extract<Ask, { readonly how: 'manual' }>;

/**
 * What a prompt wants: what to do about a step that went wrong, a person's doing, people's agreement, what to do about
 * what its guards found, or about a window that is closed, or that somebody looks at a record that was made anew; or a
 * word to go on after a pause; or what to do about who holds what it waits for.
 */
export function wantOf(
  state: RunState,
  prompt: PromptState,
): 'failure' | 'manual' | 'approval' | 'guards' | 'window' | 'look' | 'pause' | 'lock' {
  if (prompt.lock !== undefined) return 'lock';
  if (prompt.rebuilt === true) return 'look';
  if (prompt.paused !== undefined) return 'pause';
  if (prompt.closed === true) return 'window';
  if (!wasAsked(state, prompt)) return 'failure';
  if (prompt.answers.includes('approve')) return 'approval';
  return prompt.found === undefined ? 'manual' : 'guards';
}

/** The instructions as the procedure means them; the same words for several hosts once, others with the hosts they are for. */
export function instructions(tasks: readonly TaskState[], detail: Detail): string {
  const texts = new Map<string, string[]>();
  for (const { text = '', inserted = [], host } of tasks) {
    const shown = said(text, inserted, detail.text);
    texts.set(shown, [...(texts.get(shown) ?? []), host]);
  }
  const all = [...texts];
  const left = all.length - detail.blocks;
  return blocks(
    ...all
      .slice(0, detail.blocks)
      .map(([text, hosts]) => blocks(all.length === 1 ? undefined : `For ${listed(hosts.map(code))}:`, text)),
    left > 0 ? `and ${left} more, for other hosts.` : undefined,
  );
}

/** What was found wrong when the hosts were looked at again. */
export function foundList(found: readonly string[], detail: Detail): string {
  const lines = found.map((trouble) => `- ${prose(trouble)}`);
  const left = lines.length - detail.rows;
  return [...lines.slice(0, detail.rows), ...(left > 0 ? [`- and ${left} more`] : [])].join('\n');
}

/** What becomes of the hosts while a person is asked; plain text. */
export function unlockText(state: RunState, prompt: PromptState): string | undefined {
  if (prompt.lock !== undefined) return undefined;
  const { work } = planStep(state.plan, prompt.step, prompt.phase);
  const isFree = work.kind === 'ask' && work.how === 'manual' && work.unlock === true && prompt.phase === 'apply';
  if (!isFree) return undefined;
  const free = state.released.length === 0 ? [] : [`Others may have ${listed(state.released)} meanwhile.`];
  const kept = state.notReleased === undefined ? [] : [`Not let go, with those before it: ${state.notReleased}.`];
  return [...free, ...kept].join(' ');
}

/** The same in a comment. */
export function unlockLine(state: RunState, prompt: PromptState): string | undefined {
  const text = unlockText(state, prompt);
  return text === undefined ? undefined : plain(text, LONGEST);
}

const LONGEST = 1_000;

/** What a dry run shows of it: the text with its values, or as it is written where they cannot be known yet. */
const asWritten = ({ text }: Manual, task: TaskState): string =>
  task.text ?? ('expr' in text ? text.expr : jsonText(text.lit));

export const dryAsk = (work: Ask, task: TaskState, detail: Detail): string =>
  work.how === 'approve'
    ? `Would wait for an approval. ${plain(approvalRule(work), LONGEST)}`
    : dryManual(work, task, detail);

/** The same at a terminal. */
export const dryAskText = (work: Ask, task: TaskState): string =>
  work.how === 'approve' ? approvalRule(work) : asWritten(work, task);

const dryManual = (work: Manual, task: TaskState, detail: Detail): string =>
  blocks(
    'Would ask, and wait for an answer:',
    fence(shorten(asWritten(work, task), detail.text)),
    work.unlock === true
      ? 'Others may have the hosts meanwhile; then they are taken again, and all that must hold before the first change is looked at again.'
      : undefined,
  );

/** Whose agreement a prompt waits for, and who has given it; plain text, a line each. */
export function approvalLines(state: RunState, prompt: PromptState): readonly string[] {
  const { work } = planStep(state.plan, prompt.step, prompt.phase);
  return work.kind === 'ask' && work.how === 'approve' ? agreedLines(state, work, prompt.id) : [];
}

/** The same of any agreement that is wanted; without a prompt, to the start of the run. */
export function agreedLines(state: RunState, rule: Approvals, prompt: string | undefined): readonly string[] {
  const given = approvalsAt(state, prompt);
  const missing = missingApprovals(rule, given);
  return [
    approvalRule(rule),
    ...(state.where.kind === 'terminal' ? [ALONE] : []),
    ...given.map(({ by, at }) => `${who(by)} has approved it, ${clock(at)}${rightOf(by)}.`),
    ...(given.length > 0 && missing > 0
      ? [`${counted(missing, 'approval')} more ${missing === 1 ? 'is' : 'are'} needed.`]
      : []),
  ];
}

const ALONE =
  'At a terminal nobody else can be asked: whoever types the digits answers for it that they agree, and it is recorded who typed them.';

const rightOf = (by: Actor): string => (by.kind === 'github' ? ` (${by.right})` : ' at the terminal');

/** Why a step waits for the window; plain text. */
export const closedText = ({ plan: { window } }: RunState, { openedAt }: PromptState): string =>
  `This step cannot be undone, and ${window === undefined ? 'the window is closed' : closedWords(window, openedAt)}.`;
