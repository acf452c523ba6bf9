import type { Probot } from 'probot';
import * as z from 'zod';
import type { Place } from './api.ts';

/** Who wrote a comment. A deleted account is nobody. */
export interface Author {
  readonly id: number;
  readonly login: string;
  /** `User`, `Bot`, `Organization`, `Mannequin` … */
  readonly type: string;
}

/** A comment on an issue as GitHub holds it. Times are ISO 8601 with seconds. */
export interface IssueComment {
  readonly id: number;
  readonly body: string;
  readonly author: Author | undefined;
  /** Id of the GitHub App by which it was written. */
  readonly app: number | undefined;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Where people see it. */
  readonly url?: string;
}

/** A comment with the number of its issue. */
export interface CommentInIssue {
  readonly issue: number;
  readonly comment: IssueComment;
}

/** An issue's own text. */
export interface IssueText extends Pick<IssueComment, 'body' | 'author' | 'app' | 'createdAt'> {
  readonly number: number;
}

/** The event `issues`, as far as Changeover looks at it. */
export interface IssueEvent extends Place {
  readonly action: string;
  readonly issue: IssueText;
  readonly senderType: string | undefined;
}

/** The event `workflow_dispatch`, with the inputs `command` and `issue`: '' where they are not given. */
export interface DispatchEvent extends Place {
  readonly command: string;
  readonly issue: string;
  readonly by: Author;
}

/** A workflow's run. */
export interface WorkflowRunSeen {
  readonly status: string;
  readonly attempt: number;
  /** For what it was started. */
  readonly event: string;
  /** Who started it first. */
  readonly actor: Author | undefined;
}

/** The event `issue_comment`, as far as Changeover looks at it. */
export interface CommentEvent {
  readonly action: string;
  readonly owner: string;
  readonly repo: string;
  readonly issue: number;
  readonly comment: IssueComment;
  /** Type of who caused the event, who need not be the comment's author. */
  readonly senderType: string | undefined;
  /** Absent where no GitHub App is behind the event (a workflow, a repository's own webhook). */
  readonly installation: number | undefined;
}

const user = z.object({ id: z.number(), login: z.string(), type: z.string() });

const commentFields = z.object({
  id: z.number(),
  body: z.string().nullish(),
  user: user.nullish(),
  performed_via_github_app: z.object({ id: z.number().nullish() }).nullish(),
  created_at: z.string(),
  updated_at: z.string(),
  html_url: z.string().nullish(),
});

const commentOf = (raw: z.infer<typeof commentFields>): IssueComment => ({
  id: raw.id,
  body: raw.body ?? '',
  author: raw.user ?? undefined,
  app: raw.performed_via_github_app?.id ?? undefined,
  createdAt: raw.created_at,
  updatedAt: raw.updated_at,
  ...(raw.html_url ? { url: raw.html_url } : {}),
});

const comment = commentFields.transform(commentOf);

const commentInIssue = commentFields
  .extend({ issue_url: z.string().regex(/\/issues\/\d+$/) })
  .transform((raw): CommentInIssue => ({
    issue: Number(raw.issue_url.slice(raw.issue_url.lastIndexOf('/') + 1)),
    comment: commentOf(raw),
  }));

const event = z
  .object({
    action: z.string(),
    issue: z.object({ number: z.number() }),
    comment,
    repository: z.object({ name: z.string(), owner: z.object({ login: z.string() }) }),
    sender: z.object({ type: z.string() }).nullish(),
    installation: z.object({ id: z.number() }).nullish(),
  })
  .transform((raw): CommentEvent => ({
    action: raw.action,
    owner: raw.repository.owner.login,
    repo: raw.repository.name,
    issue: raw.issue.number,
    comment: raw.comment,
    senderType: raw.sender?.type,
    installation: raw.installation?.id,
  }));

const issueText = z
  .object({
    number: z.number(),
    body: z.string().nullish(),
    user: user.nullish(),
    performed_via_github_app: z.object({ id: z.number().nullish() }).nullish(),
    created_at: z.string(),
  })
  .transform((raw): IssueText => ({
    number: raw.number,
    body: raw.body ?? '',
    author: raw.user ?? undefined,
    app: raw.performed_via_github_app?.id ?? undefined,
    createdAt: raw.created_at,
  }));

const place = z
  .object({ repository: z.object({ name: z.string(), owner: z.object({ login: z.string() }) }) })
  .transform(({ repository }): Place => ({ owner: repository.owner.login, repo: repository.name }));

const issueEvent = z.object({ action: z.string(), issue: issueText, sender: z.object({ type: z.string() }).nullish() });

const dispatchEvent = z.object({
  inputs: z.object({ command: z.string().default(''), issue: z.string().default('') }).nullish(),
  sender: user,
});

const workflowRun = z.object({
  status: z.string().nullable(),
  run_attempt: z.number().default(1),
  event: z.string(),
  actor: user.nullish(),
});

const permission = z.object({ permission: z.string(), role_name: z.string().optional() });
const tree = z.object({
  truncated: z.boolean(),
  tree: z.array(z.object({ path: z.string(), type: z.string(), sha: z.string() })),
});

export const readComment = (data: unknown): IssueComment => expected('an issue comment', comment, data);
export const readCommentInIssue = (data: unknown): CommentInIssue => expected('an issue comment', commentInIssue, data);
export const readComments = (data: unknown): readonly IssueComment[] =>
  expected('issue comments', z.array(comment), data);
export const readCommentsInIssues = (data: unknown): readonly CommentInIssue[] =>
  expected('issue comments', z.array(commentInIssue), data);
export const readCommentEvent = (data: unknown): CommentEvent => expected('an issue_comment event', event, data);
export const readPermission = (data: unknown): z.infer<typeof permission> =>
  expected("a collaborator's permission", permission, data);
export const readTree = (data: unknown): z.infer<typeof tree> => expected('a git tree', tree, data);
export const readInstallation = (data: unknown): number =>
  expected('an installation', z.object({ id: z.number() }), data).id;
/** How the later of two commits stands to the earlier. */
export const readComparison = (data: unknown): string =>
  expected('a comparison of commits', z.object({ status: z.string() }), data).status;
export const readIssue = (data: unknown): IssueText => expected('an issue', issueText, data);
export const readIssues = (data: unknown): readonly IssueText[] => expected('issues', z.array(issueText), data);
/** Those that are not suspended. */
export const readInstallations = (data: unknown): readonly number[] =>
  expected('installations', z.array(z.object({ id: z.number(), suspended_at: z.string().nullish() })), data).flatMap(
    ({ id, suspended_at }) => (typeof suspended_at === 'string' ? [] : [id]),
  );
export const readRepositories = (data: unknown): readonly { readonly owner: string; readonly repo: string }[] =>
  expected(
    "an installation's repositories",
    z.object({ repositories: z.array(z.object({ name: z.string(), owner: z.object({ login: z.string() }) })) }),
    data,
  ).repositories.map(({ name, owner }) => ({ owner: owner.login, repo: name }));
/** The id of a git object that was made. */
export const readMade = (data: unknown): string => expected('a git object', z.object({ sha: z.string() }), data).sha;
/** A blob's text. */
export const readBlob = (data: unknown): string =>
  Buffer.from(
    expected('a git blob', z.object({ content: z.string(), encoding: z.literal('base64') }), data).content,
    'base64',
  ).toString('utf8');
/** A branch's files, packed. */
export const readTarball = (data: unknown): ArrayBuffer => expected('a tarball', z.instanceof(ArrayBuffer), data);

/** Something that GitHub's GraphQL API says is wrong. */
export type GraphqlError = z.infer<typeof graphqlError>;

const graphqlError = z.object({
  type: z.string().optional(),
  message: z.string(),
  /** With a `code` where the question is wrong. */
  extensions: z.object({ code: z.string().optional() }).optional(),
});

/** An answer of GitHub's GraphQL API. A limit may be told as its REST API does, by a message alone. */
export function readGraphql(data: unknown): { readonly data?: unknown; readonly errors: readonly GraphqlError[] } {
  const limit = z.strictObject({ message: z.string(), documentation_url: z.string() }).safeParse(data);
  if (limit.success) return { errors: [limit.data] };
  const answer = z.object({ data: z.unknown().optional(), errors: z.array(graphqlError).default([]) });
  return expected('a GraphQL answer', answer, data);
}

const headers = z.record(z.string(), z.union([z.string(), z.number()]).optional());

/** GitHub's answer of status 200 that an error holds; undefined where it holds none. */
export const readThrown = (error: unknown) =>
  z.object({ response: z.object({ status: z.literal(200), headers, data: z.unknown() }) }).safeParse(error).data
    ?.response;

/** The id of the commit that was made on a branch. */
export const readCommitted = (data: unknown): string =>
  expected(
    'a commit on a branch',
    z.object({ createCommitOnBranch: z.object({ commit: z.object({ oid: z.string() }) }) }),
    data,
  ).createCommitOnBranch.commit.oid;

/** Texts of blobs by the names under which they were asked for; undefined where GitHub has none to show, or only its beginning. */
export function readBlobTexts(data: unknown): ReadonlyMap<string, string | undefined> {
  const blob = z.object({ text: z.string().nullable(), isTruncated: z.boolean() }).nullable();
  const { repository } = expected('texts of git blobs', z.object({ repository: z.record(z.string(), blob) }), data);
  return new Map(
    Object.entries(repository).map(([name, found]) => [
      name,
      found === null || found.isTruncated ? undefined : (found.text ?? undefined),
    ]),
  );
}
/** How a workflow's run stands. */
export const readWorkflowRun = (data: unknown): WorkflowRunSeen => {
  const { status, run_attempt: attempt, event, actor } = expected("a workflow's run", workflowRun, data);
  return { status: status ?? '', attempt, event, actor: actor ?? undefined };
};
export const readCommitSha = (data: unknown): string =>
  expected('a commit id', z.string().regex(/^[0-9a-f]{40,64}$/), data);

/** Where people see what was written, if the answer says so. */
export const linkIn = (data: unknown): string | undefined =>
  z.object({ html_url: z.string() }).safeParse(data).data?.html_url;

/**
 * A file's text, which the raw media type gives as a string or, without a charset, as bytes. A page of a proxy's would be
 * text as well; GitHub gives no file as HTML.
 */
export function readText(data: unknown, contentType?: string): string {
  if (contentType?.startsWith('text/html') === true) throw new UnexpectedAnswer('GitHub sent a web page for a file.');
  if (data instanceof ArrayBuffer) return new TextDecoder('utf-8', { fatal: true }).decode(data);
  return expected("a file's text", z.string(), data);
}

/** An event as Probot takes it. */
export type Delivery = Parameters<Probot['receive']>[0];

/** A comment's event as a webhook brings it; undefined where it is no JSON. What is in it is read by whoever hears of it. */
export function readWebhook(id: string, text: string): Delivery | undefined {
  try {
    const payload: unknown = JSON.parse(text);
    return { id, name: 'issue_comment', payload } as Delivery;
  } catch {
    return undefined;
  }
}

/** A new issue, as a workflow is told of it. */
export function readIssueEvent(data: unknown): IssueEvent {
  const { action, issue, sender } = expected('an issues event', issueEvent, data);
  return { ...expected('an issues event', place, data), action, issue, senderType: sender?.type };
}

/** What somebody has started a workflow with. */
export function readDispatchEvent(data: unknown): DispatchEvent {
  const { inputs, sender } = expected('a workflow_dispatch event', dispatchEvent, data);
  const { command = '', issue = '' } = inputs ?? {};
  return { ...expected('a workflow_dispatch event', place, data), command, issue, by: sender };
}

/** An App that was registered just now. GitHub shows its key this once. */
export interface RegisteredApp {
  readonly id: number;
  readonly name: string;
  readonly htmlUrl: string;
  /** PEM. */
  readonly key: string;
  readonly webhookSecret: string;
}

const registeredApp = z.object({
  id: z.number(),
  name: z.string(),
  html_url: z.url({ protocol: /^https?$/ }),
  pem: z.string().regex(/^-----BEGIN [A-Z ]+-----/),
  webhook_secret: z.string().regex(/^[\x21-\x7e]+$/),
});

export function readRegisteredApp(data: unknown): RegisteredApp {
  const { id, name, html_url, pem, webhook_secret } = expected('a new App', registeredApp, data);
  return { id, name, htmlUrl: html_url, key: pem, webhookSecret: webhook_secret };
}

/** GitHub's answer is not what its documentation says. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

function expected<T>(what: string, schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new UnexpectedAnswer(`GitHub sent something else than ${what}${where}: ${issue?.message ?? 'unreadable'}.`);
}
