import type { Accepted, Journal } from '../engine/ports.ts';
import type { Workshop } from '../engine/workshop.ts';
import type { RunEvent } from '../run/types.ts';
import { parseComment } from '../thread/parse-comment.ts';
import { answer } from './answer.ts';
import type { Repository } from './repository.ts';

/** The key under which a comment is taken up. */
export const keyOfComment = (comment: number): string => `comment-${String(comment)}`;

const LOST =
  'Changeover was stopped before it acted on this. Nothing was started or decided by it. ' +
  'If it is still wanted, write it again, in a new comment.';

/** Who reads them shall know that they need not be Changeover's. */
const KEPT = '*Left for this comment in the record, where others can write, too:*';

/**
 * Says what an earlier process had to answer and may not have said, and answers the comments that it took up and neither
 * acted on nor answered. They are never acted on now: that would be a guess, so long after they were written.
 */
export async function answerLost({ workshop, answering, log }: Repository): Promise<void> {
  const { journal } = workshop;
  for (const lost of await journal.unsettled()) {
    const { key, where, answer: kept } = lost;
    if (kept !== undefined) {
      if (journal.open === true && !(await isOwed(workshop, lost))) {
        log.warn(
          { comment: where.comment, issue: where.issue },
          'Words are kept for what is no command: they are not said.',
        );
        await journal.settle(key);
        continue;
      }
      const { body: words, about } = kept;
      const body = journal.open === true ? `${KEPT}\n\n${words}` : words;
      answer(answering, lost, body, { again: true, at: lost.at, ...(about === undefined ? {} : { about }) });
      continue;
    }
    if (await wasActedOn(journal, lost)) {
      await journal.settle(key);
      continue;
    }
    log.warn({ comment: where.comment, issue: where.issue }, 'A command was taken up but not acted on.');
    answer(answering, lost, LOST, { again: true, at: lost.at });
  }
}

/** Whether they are for a command that stands in that issue. Others can write to an open journal, and nobody owes words to talk. */
async function isOwed({ witness }: Pick<Workshop, 'witness'>, { where }: Accepted): Promise<boolean> {
  const comment = await witness?.comment(where.comment);
  return comment?.issue === where.issue && parseComment(comment.body).kind !== 'ignore';
}

/** Whether a run began by the comment or records it as a decision: then the run's own words are its answer. */
async function wasActedOn(journal: Journal, { where }: Accepted): Promise<boolean> {
  if (await journal.isWordByHand(where.comment)) return true;
  for (const run of await journal.runs()) {
    const read = await journal.read(run);
    if (read.kind === 'ok' && read.events.some((event) => isBy(event, where.comment))) return true;
  }
  return false;
}

const isBy = (event: RunEvent, comment: number): boolean =>
  event.type === 'run_requested'
    ? event.where.kind === 'issue' && event.where.comment === comment
    : (event.type === 'decision_made' || event.type === 'run_approved') && event.comment === comment;
