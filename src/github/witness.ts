import type { HeardComment, Witness } from '../engine/ports.ts';
import { rightOf } from '../policy/rights.ts';
import { readStandIn, type StoodFor } from '../thread/stand-in.ts';
import type { GitHubApi } from './api.ts';
import type { IssueComment } from './boundary.ts';
import { patiently, type Patience } from './patience.ts';

/** Between GitHub's clock and those of workers. */
const CLOCKS_DIFFER_MS = 3_600_000;

/**
 * People and their comments as GitHub has them now.
 * @param isOurs whether Changeover itself wrote a comment: one that stands for a command is heard as who gave that
 * @param patience how long to wait for a GitHub in trouble
 */
export function createGitHubWitness(
  api: Pick<GitHubApi, 'comment' | 'commentsSince' | 'issue' | 'permission' | 'workflowRun'>,
  isOurs: (comment: IssueComment) => boolean,
  patience: Patience,
): Witness {
  return {
    comment: (id) =>
      patiently(async () => {
        const found = await api.comment(id);
        if (found === undefined) return undefined;
        const { issue, body, author, createdAt, updatedAt } = found;
        const heard = { issue, body, author, edited: updatedAt !== createdAt };
        const standIn = isOurs(found) ? readStandIn(body) : undefined;
        return standIn === undefined ? heard : stoodFor(api, heard, standIn);
      }, patience),
    right: (login) =>
      patiently(async () => {
        const permission = await api.permission(login);
        return permission === undefined ? 'none' : rightOf(permission.role_name, permission.permission);
      }, patience),
    ours: (issue, since) =>
      patiently(async () => {
        const from = new Date(Date.parse(since) - CLOCKS_DIFFER_MS).toISOString().replace(/\.\d+Z$/, 'Z');
        return (await api.commentsSince(issue, from)).filter(isOurs).map(({ body }) => body);
      }, patience),
  };
}

/**
 * The command, by whom GitHub itself has it: the issue's author with the issue's text, or whoever started that workflow.
 * Any workflow of the repository may write comments as Changeover, so that its word alone is none.
 */
async function stoodFor(
  api: Pick<GitHubApi, 'issue' | 'workflowRun'>,
  heard: HeardComment,
  { key, command }: StoodFor,
): Promise<HeardComment | undefined> {
  const [, kind, id = ''] = /^(issue|dispatch)-(\d+)$/.exec(key) ?? [];
  if (kind === 'issue' && Number(id) === heard.issue) {
    const text = await api.issue(heard.issue);
    return text === undefined ? undefined : { ...heard, body: text.body, author: text.author };
  }
  const run = kind === 'dispatch' ? await api.workflowRun(id) : undefined;
  return run?.event === 'workflow_dispatch' ? { ...heard, body: command, author: run.actor } : undefined;
}
