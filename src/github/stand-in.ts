import { printCommand } from '../thread/command.ts';
import { code, plain } from '../thread/markdown.ts';
import { standInBody, standInStart } from '../thread/stand-in.ts';
import type { GitHubApi } from './api.ts';
import type { IssueComment } from './boundary.ts';
import type { Asked } from './take-command.ts';

/** Something to be said once in an issue: what it begins with tells it from all else. */
export interface SaidOnce {
  readonly issue: number;
  readonly start: string;
  readonly body: string;
  /** When it could have been said first; undefined: it cannot have been. */
  readonly since: string | undefined;
}

/** @returns the comment, as it stands where it had been said before */
export async function sayOnce(
  api: Pick<GitHubApi, 'commentsSince' | 'createComment'>,
  isOurs: (comment: IssueComment) => boolean,
  { issue, start, body, since }: SaidOnce,
): Promise<IssueComment> {
  const there = since === undefined ? [] : await api.commentsSince(issue, since);
  const found = there.find((comment) => isOurs(comment) && comment.body.startsWith(start));
  return found ?? api.createComment(issue, body);
}

/** What a comment of Changeover's own stands for: a command that came in another way than by a comment. */
export interface StandIn {
  /** Names it for good: `issue-7`, `dispatch-123456`. */
  readonly key: string;
  /** Who gave it, and how, in Markdown. */
  readonly text: string;
}

export const forIssue = (issue: number, login: string): StandIn => ({
  key: `issue-${String(issue)}`,
  text: `**${plain(login)}** gave a command in the text of this issue`,
});

/** @param url where people see that run of the workflow */
export const forDispatch = (workflowRun: string, login: string, url: string | undefined): StandIn => ({
  key: `dispatch-${workflowRun}`,
  text: `**${plain(login)}** gave a command by starting ${url === undefined ? 'a workflow' : `[a workflow](${url})`}`,
});

/** The comment. */
export function standInOf({ key, text }: StandIn, parsed: Asked['parsed']): Pick<SaidOnce, 'start' | 'body'> {
  const said = parsed.kind === 'command' ? `${text}: ${code(printCommand(parsed.command))}` : `${text}.`;
  return { start: standInStart(key), body: standInBody(key, said) };
}
