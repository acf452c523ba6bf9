import { readFile } from 'node:fs/promises';
import { Probot } from 'probot';
import type { Clock } from '../engine/ports.ts';
import { createGitHubApi } from './api.ts';
import { readCommentEvent } from './boundary.ts';
import { createConversation } from './conversation.ts';
import { isBy } from './is-by.ts';
import { probotOptions } from './octokit.ts';
import { type Env, wordIn } from './settings.ts';
import { loginIn, runUrlIn, tokenIn } from './action-settings.ts';
import { readCommand } from './take-command.ts';

/**
 * Tells whoever wrote the command for which a job was started that the job has failed, as far as that can be done. What
 * went wrong stands in the job's log only: nobody's right has been looked up.
 */
export async function tellUnable(env: Env, clock: Clock): Promise<void> {
  const [token, path] = [tokenIn(env), wordIn(env, 'GITHUB_EVENT_PATH')];
  if (token === undefined || path === undefined || wordIn(env, 'GITHUB_EVENT_NAME') !== 'issue_comment') return;
  const event = readCommentEvent(JSON.parse(await readFile(path, 'utf8')));
  if (readCommand(event) === undefined) return;
  const { owner, repo, issue, comment } = event;
  const apiUrl = wordIn(env, 'GITHUB_API_URL');
  const probot = new Probot({ ...probotOptions({ logLevel: 'info', pace: 'none', apiUrl }), githubToken: token });
  await probot.ready();
  const speaker = { login: loginIn(env) };
  const conversation = createConversation({
    api: createGitHubApi(await probot.auth(), { owner, repo }),
    clock,
    commentsOf: () => [],
    isOurs: (comment) => isBy(speaker, comment),
    log: (message, error) => {
      probot.log.warn({ err: error }, message);
    },
  });
  conversation.reply(issue, comment, unableText(env), { again: true });
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
