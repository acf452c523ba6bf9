import type { Conversation } from '../engine/ports.ts';
import type { Instant, RunState } from '../run/types.ts';
import type { IssueComment } from './boundary.ts';
import type { Reply } from './next-word.ts';
import { createSpeaker, type Speaker, type SpeakerOptions, type Unsaid } from './speaker.ts';

/** Says in the issues of one repository what runs and the answers to comments have to say. */
export interface GitHubConversation extends Conversation {
  /** Says what an earlier process may have left unsaid about a run. Returns at once. */
  catchUp(state: RunState): void;
  /** Answers a comment, once. Returns at once. */
  reply(issue: number, to: Pick<IssueComment, 'id' | 'createdAt'>, body: string, options?: ReplyOptions): void;
  /** Like `settled`, for every issue. */
  allSettled(): Promise<void>;
  /** Of any issue. */
  unsaid(): Unsaid;
  /** Says nothing more. */
  close(): void;
}

export interface ReplyOptions extends Pick<Reply, 'again' | 'said'> {
  /** When it was given; absent: now. */
  readonly at?: Instant;
  /** Tells this answer from others to the same comment: a word of small letters, digits and "-". */
  readonly about?: string;
}

/** What fails is logged and tried again; it never throws and never holds a run up. */
export function createConversation(options: SpeakerOptions): GitHubConversation {
  const { clock } = options;
  const speakers = new Map<number, Speaker>();
  let closed = false;

  function speakerIn(issue: number): Speaker {
    const speaker = speakers.get(issue) ?? createSpeaker(issue, options);
    speakers.set(issue, speaker);
    if (closed) speaker.close();
    return speaker;
  }

  function hear(state: RunState, unspoken: boolean): void {
    if (state.where.kind === 'issue') speakerIn(state.where.issue).hear(state, unspoken);
  }

  return {
    changed: (state) => {
      // A run in its first epoch was made by this very process.
      hear(state, state.epoch <= 1);
    },
    catchUp: (state) => {
      hear(state, false);
    },
    reply: (issue, to, body, { about, at = clock.now(), ...options } = {}) => {
      const marker = replyMarker(to.id, about);
      speakerIn(issue).reply({ marker, body: `${marker}\n${body}`, since: to.createdAt, at, ...options });
    },
    settled: async (where) => {
      if (where.kind === 'issue') await speakers.get(where.issue)?.settled();
    },
    allSettled: async () => {
      await Promise.all([...speakers.values()].map((speaker) => speaker.settled()));
    },
    unsaid: () => together([...speakers.values()]),
    close: () => {
      closed = true;
      for (const speaker of speakers.values()) speaker.close();
    },
  };
}

/** Hidden from readers: which comment an answer belongs to. */
export const replyMarker = (comment: number, about?: string): string =>
  `<!-- changeover:reply=${String(comment)}${about === undefined ? '' : ` about=${about}`} -->`;

/** Whether all was said in all of them. */
export function together(all: readonly { unsaid(): Unsaid }[]): Unsaid {
  const each = new Set(all.map((one) => one.unsaid()));
  return (['still', 'barred', 'never'] as const).find((word) => each.has(word)) ?? 'no';
}
