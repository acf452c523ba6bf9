import {
  list,
  readComment,
  readFault,
  readIssue,
  readMessage,
  readState,
  type CommentText,
  type Fault,
  type IssueSummary,
  type PlaygroundState,
} from './boundary.ts';

/** As many comments as GitHub gives at once. */
const PER_PAGE = 100;
/** 10,000 comments are more than anybody scrolls through. */
const MAX_PAGES = 100;

/** The API said no, or could not be reached; the message is for people. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
}

export const playgroundState = async (): Promise<PlaygroundState> => readState(await call('GET', '/_playground/state'));

export const faults = async (): Promise<readonly Fault[]> => list(await call('GET', '/_playground/faults'), readFault);

export const setFault = async (name: string, on: boolean): Promise<readonly Fault[]> =>
  list(await call('POST', '/_playground/faults', { body: { name, on } }), readFault);

export type GitHub = {
  readonly issues: () => Promise<readonly IssueSummary[]>;
  readonly issue: (number: number) => Promise<IssueSummary>;
  /** Oldest first. */
  readonly comments: (issue: number) => Promise<readonly CommentText[]>;
  readonly comment: (issue: number, body: string) => Promise<void>;
};

/** GitHub's own API, as a login. */
export function gitHubAs(login: string, { owner, name }: PlaygroundState['repository']): GitHub {
  const issues = `/repos/${owner}/${name}/issues`;
  const get = (path: string): Promise<unknown> => call('GET', path, { login });
  return {
    issues: async () => list(await get(`${issues}?sort=created&direction=asc`), readIssue),
    issue: async (number) => readIssue(await get(`${issues}/${String(number)}`)),
    comments: async (issue) => {
      const all: CommentText[] = [];
      for (let page = 1; page <= MAX_PAGES; page += 1) {
        const query = `per_page=${String(PER_PAGE)}&page=${String(page)}`;
        const some = list(await get(`${issues}/${String(issue)}/comments?${query}`), readComment);
        all.push(...some);
        if (some.length < PER_PAGE) break;
      }
      return all;
    },
    comment: async (issue, body) => {
      await call('POST', `${issues}/${String(issue)}/comments`, { login, body: { body } });
    },
  };
}

async function call(
  method: 'GET' | 'POST',
  path: string,
  { login, body }: { readonly login?: string; readonly body?: unknown } = {},
): Promise<unknown> {
  const answer = await fetch(path, {
    method,
    // GitHub lets a browser keep an answer for a minute; asking each time costs a 304.
    cache: 'no-cache',
    headers: {
      ...(login === undefined ? {} : { authorization: `token ${login}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiProblem('The playground cannot be reached. Does npm start still run?');
  });
  const data: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) {
    throw new ApiProblem(
      `${method} ${path} was refused: ${String(answer.status)} ${readMessage(data) ?? answer.statusText}`,
    );
  }
  return data;
}
