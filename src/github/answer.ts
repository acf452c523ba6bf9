import type { Accepted, Journal, KeptAnswer } from '../engine/ports.ts';
import type { GitHubConversation, ReplyOptions } from './conversation.ts';

/** What is needed to answer. */
export interface Answering {
  readonly journal: Pick<Journal, 'acceptOnce' | 'keepAnswer' | 'settle'>;
  readonly conversation: Pick<GitHubConversation, 'reply'>;
  readonly warn: (message: string, error: unknown) => void;
}

/** What is answered: something that was taken up under a key in the journal. */
export type Owed = Omit<Accepted, 'answer'>;

/**
 * Answers what was taken up. The words wait on the disk until GitHub has them: a process that ends before that leaves them
 * to the next. Returns at once: they need not be on the disk before they are said, as who finds a thing taken up and not
 * answered answers for it.
 */
export function answer(by: Answering, owed: Owed, body: string, options: ReplyOptions = {}): void {
  say(by, owed, body, options, (kept) => by.journal.keepAnswer(owed.key, kept));
}

/** Says, in the same way, what is no answer to a command: once for this key and `about`. */
export function announce(by: Answering, owed: Owed, body: string, about: string): void {
  const { journal } = by;
  say(by, owed, body, { about, again: true }, async (kept) => {
    if (await journal.acceptOnce(owed.key, owed.where)) await journal.keepAnswer(owed.key, kept);
  });
}

function say(
  { journal, conversation, warn }: Answering,
  { key, where, at }: Owed,
  body: string,
  options: ReplyOptions,
  keep: (kept: KeptAnswer) => Promise<void>,
): void {
  const { about } = options;
  const kept = keep({ body, ...(about === undefined ? {} : { about }) }).catch((error: unknown) => {
    warn('Words that are to be said could not be kept.', error);
  });
  const said = async (): Promise<void> => {
    await kept;
    await journal.settle(key);
  };
  conversation.reply(where.issue, { id: where.comment, createdAt: at }, body, { ...options, said });
}
