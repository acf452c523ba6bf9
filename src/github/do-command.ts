import { prepareCall } from '../engine/request.ts';
import type { Taking } from '../engine/ports.ts';
import type { Actor, Instant } from '../run/types.ts';
import type { Command, ProcedureCommand } from '../thread/command.ts';
import { mistakeText } from '../thread/mistake-text.ts';
import { answerQuestion } from './answer-question.ts';
import type { CommentEvent } from './boundary.ts';
import { cancel, linkOf, lock, unlock } from './lock-commands.ts';
import { approve, decide } from './decide.ts';
import { problemsText } from './problems-text.ts';
import type { Repository } from './repository.ts';
import { worded } from './worded.ts';

/** A command of somebody who may. */
export interface Order<C extends Command = Command> {
  readonly command: C;
  readonly event: CommentEvent;
  readonly by: Extract<Actor, { kind: 'github' }>;
  /** When the comment came in. */
  readonly heardAt: Instant;
  /** What the comment stands for, where it is Changeover's own. */
  readonly standsFor: string | undefined;
  /** A run that begins, or is taken over, takes the comment up; absent: it is taken up already. */
  readonly taking?: Taking;
}

/**
 * Does what a command says.
 * @returns the answer, or undefined where the run's own words are the answer
 * @throws TakenUp where the run would have taken the comment up, and another process was faster
 */
export async function doCommand(repository: Repository, order: Order): Promise<string | undefined> {
  const { command } = order;
  switch (command.kind) {
    case 'procedure':
      return start(repository, { ...order, command });
    case 'decision':
      return decide(repository, { ...order, command });
    case 'approve':
      return approve(repository, { ...order, command });
    case 'lock':
      return lock(repository, { ...order, command });
    case 'unlock':
      return unlock(repository, { ...order, command });
    case 'cancel':
      return cancel(repository, { ...order, command });
    case 'help':
    case 'procedures':
    case 'hosts':
    case 'queue':
    case 'status':
    case 'logs':
      return answerQuestion(repository, command, order.event.issue);
  }
}

async function start(
  repository: Repository,
  { command, event, by, standsFor, taking }: Order<ProcedureCommand>,
): Promise<string | undefined> {
  const { workshop, runs, conversation, speaker } = repository;
  const { verb, system, positional, named, environment, dryrun } = command;
  if (command.at !== undefined) return mistakeText({ kind: 'later_word', word: 'at' });
  const call = { verb, system, positional, named: Object.entries(named), environment };
  const mode = dryrun ? 'dryrun' : 'apply';
  const planned = await prepareCall(workshop, call, mode);
  if (planned.kind === 'refused' || planned.kind === 'not_now')
    return `Nothing was started.\n\n${worded(planned.texts)}`;
  if (planned.kind === 'faulty') return `Nothing was started.\n\n${problemsText(planned.problems)}`;
  const { owner, repo, issue, comment } = event;
  const standing = standsFor === undefined ? {} : { stands_for: standsFor };
  const drive = await runs.start({
    plan: planned.plan,
    mode,
    start: planned.start,
    ...(taking === undefined ? {} : { taking }),
    by,
    where: { kind: 'issue', owner, repo, issue, comment: comment.id, ...linkOf(event), speaker, ...standing },
  });
  // The engine speaks up with its first event; a host that is slow to answer must not keep the thread silent until then.
  conversation.changed(drive.state());
  return undefined;
}
