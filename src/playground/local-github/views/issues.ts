import type { AppSettings } from '../app-settings.ts';
import { commentsOf, reactionsOn } from '../comments.ts';
import type { State } from '../state.ts';
import { reactionContents, type Comment, type Issue, type Reaction, type Subject, type User } from '../types.ts';
import { integration } from './apps.ts';
import { fullName, repositoryUrl } from './repository.ts';
import { nodeId, simpleUser } from './users.ts';

/** What the views need to know of the server. */
export type Frame = { readonly base: string; readonly state: State; readonly app: AppSettings };

// Administrators belong to the organization, others were invited; the rest have nothing to do with it.
function association(state: State, user: User): 'MEMBER' | 'COLLABORATOR' | 'NONE' {
  const role = state.roles.get(user.id);
  if (role === undefined) return 'NONE';
  return role === 'admin' ? 'MEMBER' : 'COLLABORATOR';
}

function rollup(state: State, subject: Subject, url: string) {
  const all = reactionsOn(state, subject);
  const count = (content: string): number => all.filter((each) => each.content === content).length;
  return {
    url: `${url}/reactions`,
    total_count: all.length,
    ...Object.fromEntries(reactionContents.map((content) => [content, count(content)])),
  };
}

export function issueView({ base, state, app }: Frame, issue: Issue) {
  const number = String(issue.number);
  const url = `${repositoryUrl(base, state)}/issues/${number}`;
  return {
    url,
    repository_url: repositoryUrl(base, state),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${base}/${fullName(state)}/issues/${number}`,
    id: issue.id,
    node_id: nodeId('I', issue.id),
    number: issue.number,
    title: issue.title,
    user: simpleUser(base, issue.author),
    labels: [],
    state: 'open',
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: commentsOf(state, issue.number).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: null,
    author_association: association(state, issue.author),
    active_lock_reason: null,
    sub_issues_summary: { total: 0, completed: 0, percent_completed: 0 },
    body: issue.body,
    reactions: rollup(state, { kind: 'issue', id: issue.number }, url),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: issue.viaApp ? integration(base, state, app) : null,
    state_reason: null,
  };
}

export function commentView({ base, state, app }: Frame, comment: Comment) {
  const id = String(comment.id);
  const issue = String(comment.issue);
  const url = `${repositoryUrl(base, state)}/issues/comments/${id}`;
  return {
    url,
    html_url: `${base}/${fullName(state)}/issues/${issue}#issuecomment-${id}`,
    issue_url: `${repositoryUrl(base, state)}/issues/${issue}`,
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: simpleUser(base, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: association(state, comment.author),
    body: comment.body,
    reactions: rollup(state, { kind: 'comment', id: comment.id }, url),
    performed_via_github_app: comment.viaApp ? integration(base, state, app) : null,
  };
}

export function reactionView(base: string, reaction: Reaction) {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: simpleUser(base, reaction.user),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}
