import { mayDo, type Need } from '../policy/rights.ts';
import { countsStill } from '../run/approvals.ts';
import type { Actor, RunEvent, RunState } from '../run/types.ts';
import type { Command } from '../thread/command.ts';
import { parseComment } from '../thread/parse-comment.ts';
import { unrehearsed } from './may-start.ts';
import type { HeardComment, Witness } from './ports.ts';
import { isAskedFor } from './request.ts';
import type { Workshop } from './workshop.ts';

/** What a record says that somebody said. */
type Word = Extract<RunEvent, { readonly type: 'run_requested' | 'run_approved' | 'decision_made' }>;

/** Why a run must not go on. */
export interface Unvouched {
  readonly why: string;
  /** Somebody who may can end it. Not so where others may have made all of it up: then nothing is to be done for it at all. */
  readonly canEnd: boolean;
}

/**
 * Looks whether what a run's record says that people said stands in its thread: a record alone grants nothing, as others
 * may be able to write to where it is. Each word must be a comment of the run's issue, by whom the record says, never
 * edited, that says just that, and its author must still have the right.
 * @returns undefined where all of it holds. Rejects where GitHub cannot be asked.
 */
export async function unvouched(
  workshop: Pick<Workshop, 'source' | 'witness' | 'journal'>,
  state: RunState,
  events: readonly RunEvent[],
): Promise<Unvouched | undefined> {
  const { witness, journal } = workshop;
  if (witness === undefined) return undefined;
  const words = events.filter(isWord);
  const isOpen = journal.open === true;
  if (state.where.kind !== 'issue' && !isOpen) return undefined;
  const twice = usedTwice(words);
  if (twice !== undefined) return { why: `${what(twice)} by a comment that the record uses twice`, canEnd: !isOpen };
  const why = isOpen ? await unrehearsed(workshop, state) : undefined;
  if (why !== undefined) return { why, canEnd: false };
  const found = await Promise.all(words.map((word) => faultOf(workshop, witness, state, word, isOpen)));
  return found.find((each) => each?.canEnd === false) ?? found.find((each) => each !== undefined);
}

const isWord = (event: RunEvent): event is Word =>
  event.type === 'run_requested' || event.type === 'run_approved' || event.type === 'decision_made';

function usedTwice(words: readonly Word[]): Word | undefined {
  const ids = words.map(commentOf);
  return words.find((word, index) => commentOf(word) !== undefined && ids.indexOf(commentOf(word)) < index);
}

const commentOf = (word: Word): number | undefined =>
  word.type !== 'run_requested' ? word.comment : word.where.kind === 'issue' ? word.where.comment : undefined;

/** @param isOpen others can write to the record, so that nothing is to be done for what is not as it says */
async function faultOf(
  workshop: Pick<Workshop, 'source'>,
  witness: Witness,
  state: RunState,
  word: Word,
  isOpen: boolean,
): Promise<Unvouched | undefined> {
  const forged = (more: string): Unvouched => ({ why: `${what(word)}${more}`, canEnd: !isOpen });
  const { by } = word;
  if (by.kind === 'terminal') {
    return isOpen ? forged(' at a terminal, of which nothing but that record tells') : undefined;
  }
  const id = commentOf(word);
  if (id === undefined) return forged(', but names no comment');
  const place = ` by comment ${String(id)}`;
  const comment = await witness.comment(id);
  if (comment === undefined) return forged(`${place}, but that is not there (any more)`);
  const wrong = wrongWith(comment, state, by) ?? (await saysOther(workshop, state, word, comment.body));
  if (wrong !== undefined) return forged(`${place}, but ${wrong}`);
  // By the name that they have now.
  const login = comment.author?.login ?? by.login;
  const right = await witness.right(login);
  const counts = word.type !== 'run_approved' || countsStill(state, word.prompt, { ...by, login, right });
  if (counts && mayDo(needOf(state, word), right).kind === 'ok') return undefined;
  return { why: `${what(word)}${place}, but ${login} has the right "${right}" here now`, canEnd: true };
}

/** What is wrong with the comment itself. */
function wrongWith(
  comment: HeardComment,
  { where }: RunState,
  by: Extract<Actor, { readonly kind: 'github' }>,
): string | undefined {
  if (where.kind !== 'issue' || comment.issue !== where.issue) return 'that stands in another issue';
  if (comment.author?.id !== by.id) return `that is by ${comment.author?.login ?? 'a deleted account'}`;
  return comment.edited ? 'that was edited' : undefined;
}

async function saysOther(
  workshop: Pick<Workshop, 'source'>,
  state: RunState,
  word: Word,
  body: string,
): Promise<string | undefined> {
  const parsed = parseComment(body);
  const command = parsed.kind === 'command' ? parsed.command : undefined;
  const fits = command !== undefined && (await doesSay(workshop, state, word, command));
  return fits ? undefined : 'that says something else';
}

async function doesSay(
  workshop: Pick<Workshop, 'source'>,
  state: RunState,
  word: Word,
  command: Command,
): Promise<boolean> {
  switch (word.type) {
    case 'run_requested':
      return (
        command.kind === 'procedure' &&
        command.dryrun === (word.mode === 'dryrun') &&
        // The values, too, are those of the comment.
        (await isAskedFor(workshop, state.plan, { ...command, named: Object.entries(command.named) }))
      );
    case 'run_approved':
      return (
        command.kind === 'approve' && command.digest.toLowerCase() === word.digest && isMeant(state, word, command)
      );
    case 'decision_made':
      if (command.kind === 'cancel') return word.decision === 'abort' && command.run === state.run;
      return command.kind === 'decision' && command.decision === word.decision && isMeant(state, word, command);
  }
}

/** What a comment names must be what the record says; it need not name it. */
const isMeant = (
  { run }: RunState,
  word: { readonly prompt?: string },
  named: { readonly run?: string; readonly prompt?: string },
): boolean => (named.run ?? run) === run && (named.prompt ?? word.prompt) === word.prompt;

function needOf(state: RunState, word: Word): Need {
  if (word.type === 'run_approved') return 'approve';
  if (word.type === 'decision_made') return 'decide';
  return state.mode === 'dryrun' ? 'dryrun' : 'run';
}

/** `its record says that william asked for it`. */
function what(word: Word): string {
  const who = word.by.kind === 'github' ? word.by.login : word.by.user;
  const did =
    word.type === 'run_requested'
      ? 'asked for it'
      : word.type === 'run_approved'
        ? 'agreed to it'
        : `decided \`/${word.decision}\``;
  return `its record says that ${who} ${did}`;
}
