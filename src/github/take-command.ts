import { TakenUp } from '../engine/ports.ts';
import { mayDo, rightOf } from '../policy/rights.ts';
import type { Actor, Instant } from '../run/types.ts';
import { plain } from '../thread/markdown.ts';
import { type Command, commandNeed } from '../thread/command.ts';
import { mistakeText } from '../thread/mistake-text.ts';
import { parseComment, type ParsedComment } from '../thread/parse-comment.ts';
import type { CommentEvent, IssueComment } from './boundary.ts';
import { runDecidedAbout } from './decide.ts';
import { doCommand } from './do-command.ts';
import { answer as answerTo } from './answer.ts';
import { failureOf, isTrouble } from './failure.ts';
import { keyOfComment } from './lost-commands.ts';
import { patiently } from './patience.ts';
import { heardOf, isTooLate, tooLateText } from './too-late.ts';
import type { Repository } from './repository.ts';

/** A comment that looks like a command. What has none, and what a bot says, is not looked at further. */
export interface Asked {
  readonly event: CommentEvent;
  readonly parsed: Exclude<ParsedComment, { kind: 'ignore' }>;
  /** Where the comment is Changeover's own and stands for a command that came in another way: by what, and as it was written. */
  readonly standIn?: { readonly key: string; readonly comment: IssueComment };
  /** Why who asks may not, where GitHub has just said so. That somebody may is asked by whoever acts on it, each time. */
  readonly refusal?: string;
}

/** What a comment asks for, without a single call; undefined where it asks for nothing. */
export function readCommand(event: CommentEvent): Asked | undefined {
  const { action, comment, senderType } = event;
  if (action !== 'created' || senderType === 'Bot' || comment.author === undefined || comment.author.type === 'Bot') {
    return undefined;
  }
  const parsed = parseComment(comment.body);
  return parsed.kind === 'ignore' ? undefined : { event, parsed };
}

/** Who asks with which right, and whether the comment still says what it said. `failed`: that could not be found out. */
type Checked =
  | {
      readonly kind: 'ok';
      readonly by: Extract<Actor, { kind: 'github' }>;
      readonly ageMs: number;
      readonly heardAt: Instant;
    }
  | { readonly kind: 'refused' | 'failed'; readonly text: string }
  | { readonly kind: 'gone' };

/** `left`: to another process, which works on the run that it decides about. `failed`: by Changeover or GitHub, as the thread is told. */
export type Taken = 'done' | 'failed' | 'left';

/**
 * Follows a command or answers why not. Who may not is refused before anything else can be seen; a comment is acted on once,
 * whatever is delivered how often. Resolves when it is done, but for words that are still to be said; never rejects.
 * @param mayLeave whether what another process must hear may be left to it
 */
export async function takeCommand(repository: Repository, asked: Asked, mayLeave: boolean): Promise<Taken> {
  const { event, parsed, standIn } = asked;
  const { answering, conversation, log, workshop, closing } = repository;
  const came = workshop.clock.now();
  const key = keyOfComment(event.comment.id);
  const { owner, repo, issue } = event;
  const where = { kind: 'issue', owner, repo, issue, comment: event.comment.id } as const;
  const answer = (body: string): void => {
    answerTo(answering, { key, where, at: event.comment.createdAt }, body);
  };
  let [accepted, forRun] = [false, false];
  const taken = async (): Promise<boolean> => (accepted ||= await workshop.journal.acceptOnce(key, where));
  const took = (): void => {
    accepted = true;
  };
  const isOthers = (): Taken => {
    log.info(
      { issue, comment: event.comment.id },
      'A command was taken up before, or by another process, which answers it.',
    );
    return 'done';
  };
  try {
    if (mayLeave && parsed.kind === 'command' && (await isForAnother(repository, parsed.command, event))) return 'left';
    const checked = await check(repository, asked, came);
    if (checked.kind === 'gone') {
      log.warn({ issue, comment: event.comment.id }, 'A command is not there (any more), so nothing was done.');
      return 'done';
    }
    // The next start finds it, as nobody has taken it up.
    if (checked.kind === 'failed' && closing.aborted) return 'failed';
    if (checked.kind !== 'ok') {
      if (!(await taken())) return isOthers();
      answer(checked.text);
      return checked.kind === 'failed' ? 'failed' : 'done';
    }
    if (parsed.kind === 'mistake') {
      if (!(await taken())) return isOthers();
      answer(mistakeText(parsed.mistake));
      return 'done';
    }
    const { by, ageMs, heardAt } = checked;
    const { command } = parsed;
    const late = isTooLate(command, ageMs);
    // A run takes up what it is begun or taken over for; until then nothing is done that anybody could not do twice.
    forRun = ['procedure', 'decision', 'approve', 'cancel'].includes(command.kind) && !late;
    if (forRun ? await workshop.journal.isAccepted(key) : !(await taken())) return isOthers();
    const eyes = repository.api.react(event.comment.id).catch((error: unknown) => {
      log.warn({ err: error }, 'The reaction 👀 could not be added.');
    });
    const order = {
      command,
      event,
      by,
      heardAt,
      standsFor: standIn?.key,
      ...(forRun ? { taking: { key, where, took } } : {}),
    };
    const text = late ? tooLateText(command, ageMs) : await doCommand(repository, order);
    if (text !== undefined) {
      if (await taken()) answer(text);
      else isOthers();
    } else
      await workshop.journal.settle(key).catch((error: unknown) => {
        log.warn({ err: error, comment: event.comment.id }, 'It could not be noted that a command was followed.');
      });
    await eyes;
    return 'done';
  } catch (error) {
    if (error instanceof TakenUp) return isOthers();
    log.error({ err: error, comment: event.comment.id }, 'A command could not be followed.');
    const text = isTrouble(error, Date.parse(workshop.clock.now()))
      ? unanswered('read the files of the procedure', error)
      : `Something went wrong while I followed this command: ${wordsOf(error)}. ` +
        '`/status` shows what has been started, if anything was; if nothing was, write the command again, in a new comment.';
    // What is to be written again must not be followed later, too. What is not taken up is found again: that is said once.
    if (accepted || (forRun && (await taken().catch(() => false)))) answer(text);
    else conversation.reply(issue, event.comment, text, { again: true });
    return 'failed';
  }
}

/** Only who works on a run can bring it a decision; it looks for what is written to it as often as for what no event brings. */
async function isForAnother(repository: Repository, command: Command, event: CommentEvent): Promise<boolean> {
  const run = await runDecidedAbout(repository, command, event);
  return run !== undefined && (await repository.runs.isElsewhere(run));
}

async function check(
  repository: Repository,
  { event, parsed, standIn, refusal }: Asked,
  came: Instant,
): Promise<Checked> {
  if (refusal !== undefined) return { kind: 'refused', text: refusal };
  const { author } = event.comment;
  if (author === undefined) return { kind: 'gone' };
  const { api, closing: signal, log, workshop } = repository;
  const { clock } = workshop;
  const forMs = WHO_MS - Math.max(0, Date.parse(came) - Date.parse(event.comment.createdAt));
  const asking = {
    clock,
    forMs,
    signal,
    log: (message: string) => {
      log.warn({ comment: event.comment.id }, message);
    },
  };
  try {
    const [permission, comment] = await patiently(
      () => Promise.all([api.permission(author.login), api.comment(event.comment.id)]),
      asking,
    );
    const right = permission === undefined ? 'none' : rightOf(permission.role_name, permission.permission);
    const verdict = mayDo(parsed.kind === 'command' ? commandNeed(parsed.command) : 'ask', right);
    if (verdict.kind === 'refused') return verdict;
    if (comment === undefined) return { kind: 'gone' };
    if (!isUnchanged(standIn?.comment ?? event.comment, comment, event.issue)) return { kind: 'refused', text: EDITED };
    const now = clock.now();
    const ageMs =
      Date.parse(comment.answeredAt ?? now) - Date.parse((standIn === undefined ? comment : event.comment).createdAt);
    const by = { kind: 'github', id: author.id, login: author.login, right } as const;
    return { kind: 'ok', by, ageMs, heardAt: heardOf(came, now, ageMs) };
  } catch (error) {
    log.error({ err: error, comment: event.comment.id }, 'Rights could not be looked up.');
    return { kind: 'failed', text: unanswered('looked up who asks', error) };
  }
}

/** A command waits for GitHub to say who asks until it is so old. */
const WHO_MS = 10 * 60_000;

const unanswered = (what: string, error: unknown): string =>
  `Nothing was done: GitHub did not answer when I ${what} (${plain(failureOf(error, 0).why)}). ` +
  'Write the command once more, in a new comment.';

const EDITED =
  'Nothing was done: the comment was edited before I came to it, and only what was written at first counts. ' +
  'Write the command in a new comment.';

/**
 * Any writer can edit the comments of others; and an event is no better than the secret that it is signed with, so whose
 * right was asked for, and in which issue it was said, is what GitHub says now.
 */
const isUnchanged = (
  { body, author }: IssueComment,
  now: IssueComment & { readonly issue: number },
  issue: number,
): boolean =>
  now.body === body &&
  now.updatedAt === now.createdAt &&
  now.author?.id === author?.id &&
  now.author?.login === author?.login &&
  now.issue === issue;

const wordsOf = (error: unknown): string => plain(error instanceof Error ? error.message : String(error));
