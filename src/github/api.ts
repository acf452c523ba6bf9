import {
  type CommentInIssue,
  type IssueComment,
  type IssueText,
  readComment,
  readCommentInIssue,
  readComments,
  readCommentsInIssues,
  readCommitSha,
  readComparison,
  readIssue,
  readIssues,
  readPermission,
  readText,
  readTree,
  readWorkflowRun,
  type WorkflowRunSeen,
} from './boundary.ts';
import { hasStatus } from './failure.ts';

/** A repository's place on GitHub. */
export interface Place {
  readonly owner: string;
  readonly repo: string;
}

/** The one thing that is used of an Octokit. */
export interface Client {
  request(
    route: string,
    parameters?: Readonly<Record<string, unknown>>,
  ): Promise<{
    readonly headers: Readonly<Record<string, string | number | undefined>>;
    readonly data: unknown;
  }>;
}

/** An entry of a commit's tree. */
export interface TreeEntry {
  readonly path: string;
  readonly type: string;
  readonly sha: string;
}

/** When GitHub answered, by its own clock, by which comments are dated too; undefined where it does not say. */
export interface Dated {
  readonly answeredAt: string | undefined;
}

export interface PageAsked {
  /** Absent: of all issues. */
  readonly issue?: number;
  readonly since: string;
  readonly perPage: number;
  readonly page: number;
  /** As it came with this page before. */
  readonly etag?: string | undefined;
}

/** `same`: the page is what it was under the ETag; to hear so costs nothing. */
export type CommentPage =
  | { readonly kind: 'same' }
  | (Dated & {
      readonly kind: 'page';
      readonly comments: readonly CommentInIssue[];
      readonly etag: string | undefined;
    });

/** All that Changeover asks of GitHub about one repository. Each call rejects with Octokit's error where GitHub refuses. */
export interface GitHubApi {
  readonly place: Place;
  /** The collaborator API's words; undefined for somebody whom GitHub does not know. */
  permission(
    login: string,
  ): Promise<{ readonly permission: string; readonly role_name?: string | undefined } | undefined>;
  /** Undefined where it is gone. */
  comment(id: number): Promise<(IssueComment & Dated & { readonly issue: number }) | undefined>;
  /** Whether a commit is another, or one of those before it. */
  isIn(commit: string, later: string): Promise<boolean>;
  /** A page of the comments of the repository, or of one issue, that were written or edited since then, oldest first. */
  comments(page: PageAsked): Promise<CommentPage>;
  /** An issue's comments that were written or edited since then, oldest first. */
  commentsSince(issue: number, since: string): Promise<readonly IssueComment[]>;
  /** A workflow's run, by its id; undefined where it is gone. */
  workflowRun(id: string): Promise<WorkflowRunSeen | undefined>;
  /** Undefined where it is gone. */
  issue(number: number): Promise<IssueText | undefined>;
  /** The newest hundred, the newest first. */
  newestIssues(): Promise<readonly IssueText[]>;
  /** @returns its number */
  openIssue(title: string, body: string): Promise<number>;
  createComment(issue: number, body: string): Promise<IssueComment>;
  updateComment(id: number, body: string): Promise<IssueComment>;
  /** 👀 on a comment; twice is once. */
  react(comment: number): Promise<void>;
  /** Commit id of the default branch; asked again, it costs nothing while it is the same. */
  head(): Promise<string>;
  /** Text of a file at a commit; undefined where there is none. */
  file(commit: string, path: string): Promise<string | undefined>;
  /** A tree by its id or its commit's. `truncated`: too large for one answer. */
  tree(sha: string, recursive: boolean): Promise<{ readonly truncated: boolean; readonly tree: readonly TreeEntry[] }>;
}

/** A hundred a page: an issue of 3,000 comments since a run began is past reading. */
const MAX_PAGES = 30;
const PER_PAGE = 100;
/**
 * Not repeated by the client itself: a write that failed may have been carried out, and whoever reads knows how long it
 * wants to wait.
 */
export const ONCE = { request: { retries: 0 } } as const;

export function createGitHubApi(client: Client, place: Place): GitHubApi {
  const kept = createKept(client);

  async function comments({ issue, since, perPage, page, etag }: PageAsked): Promise<CommentPage> {
    const of = issue === undefined ? '' : '/{issue_number}';
    const headers = etag === undefined ? {} : { 'if-none-match': etag };
    const query = { since, per_page: perPage, page };
    const where = issue === undefined ? place : { ...place, issue_number: issue };
    try {
      const answer = await client.request(`GET /repos/{owner}/{repo}/issues${of}/comments`, {
        ...where,
        ...query,
        ...ONCE,
        headers,
      });
      return {
        kind: 'page',
        comments: readCommentsInIssues(answer.data),
        etag: textIn(answer, 'etag'),
        answeredAt: dateIn(answer),
      };
    } catch (error) {
      if (etag !== undefined && hasStatus(error, 304)) return { kind: 'same' };
      throw error;
    }
  }

  return {
    place,
    permission: (login) =>
      orMissing(async () => {
        const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
        return readPermission((await client.request(route, { ...place, ...ONCE, username: login })).data);
      }),
    comment: (id) =>
      orMissing(async () => {
        const route = 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}';
        const answer = await client.request(route, { ...place, ...ONCE, comment_id: id });
        const { issue, comment } = readCommentInIssue(answer.data);
        return { ...comment, issue, answeredAt: dateIn(answer) };
      }),
    comments,
    commentsSince: async (issue, since) => (await pagesSince(client, place, issue, since)).comments,
    workflowRun: (id) =>
      orMissing(async () => {
        const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}';
        return readWorkflowRun((await client.request(route, { ...place, ...ONCE, run_id: id })).data);
      }),
    issue: (number) =>
      orMissing(async () => {
        const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}';
        return readIssue((await client.request(route, { ...place, ...ONCE, issue_number: number })).data);
      }),
    newestIssues: async () => {
      const query = { state: 'all', sort: 'created', direction: 'desc', per_page: PER_PAGE };
      return readIssues(
        (await client.request('GET /repos/{owner}/{repo}/issues', { ...place, ...ONCE, ...query })).data,
      );
    },
    openIssue: async (title, body) => {
      const { data } = await client.request('POST /repos/{owner}/{repo}/issues', { ...place, ...ONCE, title, body });
      return readIssue(data).number;
    },
    createComment: async (issue, body) => {
      const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
      const { data } = await client.request(route, { ...place, ...ONCE, issue_number: issue, body });
      if (Array.isArray(data)) throw new IssueMoved(place, issue);
      return readComment(data);
    },
    updateComment: async (id, body) => {
      const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
      return readComment((await client.request(route, { ...place, ...ONCE, comment_id: id, body })).data);
    },
    react: async (comment) => {
      const route = 'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions';
      await client.request(route, { ...place, comment_id: comment, content: 'eyes' });
    },
    head: async () => {
      const headers = { accept: 'application/vnd.github.sha' };
      return readCommitSha(await kept('GET /repos/{owner}/{repo}/commits/HEAD', { ...place, ...ONCE, headers }));
    },
    isIn: async (commit, later) => {
      if (commit === later) return true;
      const route = 'GET /repos/{owner}/{repo}/compare/{basehead}';
      const asked = { ...place, ...ONCE, basehead: `${commit}...${later}`, per_page: 1 };
      const found = await orMissing(async () => readComparison((await client.request(route, asked)).data));
      return found === 'ahead' || found === 'identical';
    },
    file: (commit, path) =>
      orMissing(async () => {
        const route = `GET /repos/{owner}/{repo}/contents/${path.split('/').map(encodeURIComponent).join('/')}`;
        const headers = { accept: 'application/vnd.github.raw+json' };
        const answer = await client.request(route, { ...place, ...ONCE, ref: commit, headers });
        return readText(answer.data, textIn(answer, 'content-type'));
      }),
    tree: async (sha, recursive) => {
      const route = 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}';
      const asked = { ...place, ...ONCE, tree_sha: sha, ...(recursive ? { recursive: '1' } : {}) };
      const answer = await client.request(route, asked);
      return readTree(answer.data);
    },
  };
}

/**
 * What was to be written has been redirected: the issue lives in another repository now. A redirected POST is a GET, so
 * that instead of a comment its list of comments comes back.
 */
class IssueMoved extends Error {
  override readonly name = 'IssueMoved';
  readonly status = 410;

  constructor({ owner, repo }: Place, issue: number) {
    super(`Issue ${String(issue)} of ${owner}/${repo} was transferred to another repository.`);
  }
}

/**
 * An issue's comments that were written or edited since then, oldest first.
 * @returns `whole`: false where there are more than are read
 */
export async function pagesSince(
  client: Client,
  place: Place,
  issue: number,
  since: string,
): Promise<{ readonly comments: readonly IssueComment[]; readonly whole: boolean }> {
  const all: IssueComment[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const answer = await client.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...place,
      ...ONCE,
      issue_number: issue,
      since,
      per_page: PER_PAGE,
      page,
    });
    const comments = readComments(answer.data);
    all.push(...comments);
    if (comments.length < PER_PAGE) return { comments: all, whole: true };
  }
  return { comments: all, whole: false };
}

type Answered = Awaited<ReturnType<Client['request']>>;

const textIn = ({ headers }: Answered, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
};

function dateIn(answer: Answered): string | undefined {
  const date = Date.parse(textIn(answer, 'date') ?? '');
  return Number.isNaN(date) ? undefined : new Date(date).toISOString();
}

/** Asks; while GitHub's answer is what it was, to ask again costs nothing. */
export function createKept(
  client: Client,
): (route: string, parameters: Readonly<Record<string, unknown>>) => Promise<unknown> {
  const known = new Map<string, { readonly etag: string; readonly data: unknown }>();
  return async (route, parameters) => {
    const key = JSON.stringify([route, parameters]);
    const before = known.get(key);
    const { headers } = parameters;
    const given = typeof headers === 'object' ? headers : {};
    const asked = before === undefined ? given : { ...given, 'if-none-match': before.etag };
    try {
      const answer = await client.request(route, { ...parameters, headers: asked });
      const etag = textIn(answer, 'etag');
      if (etag !== undefined) known.set(key, { etag, data: answer.data });
      return answer.data;
    } catch (error) {
      if (before !== undefined && hasStatus(error, 304)) return before.data;
      throw error;
    }
  };
}

async function orMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (hasStatus(error, 404, 410)) return undefined;
    throw error;
  }
}
