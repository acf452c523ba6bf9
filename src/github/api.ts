import {
  type IssueComment,
  readComment,
  readComments,
  readCommitSha,
  readPermission,
  readText,
  readTree,
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

/** All that Changeover asks of GitHub about one repository. Each call rejects with Octokit's error where GitHub refuses. */
export interface GitHubApi {
  readonly place: Place;
  /** The collaborator API's words; undefined for somebody whom GitHub does not know. */
  permission(
    login: string,
  ): Promise<{ readonly permission: string; readonly role_name?: string | undefined } | undefined>;
  /** Undefined where it is gone. */
  comment(id: number): Promise<IssueComment | undefined>;
  /** An issue's comments that were written or edited since then, oldest first. */
  commentsSince(issue: number, since: string): Promise<readonly IssueComment[]>;
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
/** A write that failed may have been carried out: who made it looks first, so nothing is repeated below. */
const ONCE = { request: { retries: 0 } } as const;

export function createGitHubApi(client: Client, place: Place): GitHubApi {
  let known: { readonly etag: string; readonly sha: string } | undefined;

  async function head(): Promise<string> {
    const headers = {
      accept: 'application/vnd.github.sha',
      ...(known === undefined ? {} : { 'if-none-match': known.etag }),
    };
    try {
      const answer = await client.request('GET /repos/{owner}/{repo}/commits/HEAD', { ...place, headers });
      const sha = readCommitSha(answer.data);
      const { etag } = answer.headers;
      if (typeof etag === 'string') known = { etag, sha };
      return sha;
    } catch (error) {
      if (known !== undefined && hasStatus(error, 304)) return known.sha;
      throw error;
    }
  }

  return {
    place,
    permission: (login) =>
      orMissing(async () => {
        const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
        return readPermission((await client.request(route, { ...place, username: login })).data);
      }),
    comment: (id) =>
      orMissing(async () => {
        const route = 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}';
        return readComment((await client.request(route, { ...place, comment_id: id })).data);
      }),
    commentsSince: async (issue, since) => (await pagesSince(client, place, issue, since)).comments,
    createComment: async (issue, body) => {
      const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
      return readComment((await client.request(route, { ...place, ...ONCE, issue_number: issue, body })).data);
    },
    updateComment: async (id, body) => {
      const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
      return readComment((await client.request(route, { ...place, ...ONCE, comment_id: id, body })).data);
    },
    react: async (comment) => {
      const route = 'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions';
      await client.request(route, { ...place, comment_id: comment, content: 'eyes' });
    },
    head,
    file: (commit, path) =>
      orMissing(async () => {
        const route = `GET /repos/{owner}/{repo}/contents/${path.split('/').map(encodeURIComponent).join('/')}`;
        const headers = { accept: 'application/vnd.github.raw+json' };
        return readText((await client.request(route, { ...place, ref: commit, headers })).data);
      }),
    tree: async (sha, recursive) => {
      const route = 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}';
      const answer = await client.request(route, { ...place, tree_sha: sha, ...(recursive ? { recursive: '1' } : {}) });
      return readTree(answer.data);
    },
  };
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

async function orMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (hasStatus(error, 404, 410)) return undefined;
    throw error;
  }
}
