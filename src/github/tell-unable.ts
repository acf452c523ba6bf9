import { readFile } from 'node:fs/promises';
import { Probot } from 'probot';
import type { Clock } from '../engine/ports.ts';
import { createGitHubApi, type Place } from './api.ts';
import { type IssueComment, readCommentEvent, readIssueEvent } from './boundary.ts';
import { createConversation } from './conversation.ts';
import { commandOfIssue } from './given-command.ts';
import { isBy } from './is-by.ts';
import { probotOptions } from './octokit.ts';
import { type Env, wordIn } from './settings.ts';
import { loginIn, runUrlIn, tokenIn } from './action-settings.ts';
import { readCommand } from './take-command.ts';

/** What the failed job was started for: whom to tell, and where. */
interface Owed {
  readonly place: Place;
  readonly issue: number;
  /** A comment, or the issue's own text under the issue's number. */
  readonly to: Pick<IssueComment, 'id' | 'createdAt'>;
  /** Tells that from a comment of the same number, and from what a job that is run again says of it. */
  readonly about?: string;
}

/** Undefined where nobody has written a command: then the job's log is all there is to tell. */
function owedFor(eventName: string | undefined, payload: unknown): Owed | undefined {
  switch (eventName) {
    case 'issue_comment': {
      const event = readCommentEvent(payload);
      const { owner, repo, issue, comment } = event;
      return readCommand(event) === undefined ? undefined : { place: { owner, repo }, issue, to: comment };
    }
    case 'issues': {
      const event = readIssueEvent(payload);
      if (commandOfIssue(event) === undefined) return undefined;
      const { owner, repo, issue } = event;
      const to = { id: issue.number, createdAt: issue.createdAt };
      return { place: { owner, repo }, issue: issue.number, to, about: 'issue-failed' };
    }
    default:
      return undefined;
  }
}

/**
 * Tells whoever wrote the command for which a job was started that the job has failed, as far as that can be done. What
 * went wrong stands in the job's log only: nobody's right has been looked up.
 */
export async function tellUnable(env: Env, clock: Clock): Promise<void> {
  const [token, path] = [tokenIn(env), wordIn(env, 'GITHUB_EVENT_PATH')];
  if (token === undefined || path === undefined) return;
  const owed = owedFor(wordIn(env, 'GITHUB_EVENT_NAME'), JSON.parse(await readFile(path, 'utf8')));
  if (owed === undefined) return;
  const { place, issue, to, about } = owed;
  const apiUrl = wordIn(env, 'GITHUB_API_URL');
  const probot = new Probot({ ...probotOptions({ logLevel: 'info', pace: 'none', apiUrl }), githubToken: token });
  await probot.ready();
  const speaker = { login: loginIn(env) };
  const conversation = createConversation({
    api: createGitHubApi(await probot.auth(), place),
    clock,
    commentsOf: () => [],
    isOurs: (comment) => isBy(speaker, comment),
    log: (message, error) => {
      probot.log.warn({ err: error }, message);
    },
  });
  conversation.reply(issue, to, unableText(env), { again: true, ...(about === undefined ? {} : { about }) });
  await conversation.allSettled();
  conversation.close();
}

function unableText(env: Env): string {
  const url = runUrlIn(env);
  const log = url === undefined ? "The job's log" : `[The job's log](${url})`;
  return (
    `The job that should have followed this command failed. ${log} says why. Once that is put right, ` +
    '`/status` shows what has been started, if anything was; if nothing was, write the command again, in a new comment.'
  );
}
