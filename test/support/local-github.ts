import { afterEach, expect } from '@jest/globals';

import {
  createLocalGitHub,
  type LocalGitHub,
  type LocalGitHubOptions,
} from '../../src/playground/local-github/server.ts';
import { watchTraffic, type OpenApiChecker } from './openapi.ts';

/**
 * Starts local GitHubs for the tests of a file. After each test they are closed, every exchange must have been as
 * GitHub describes it, and nothing may have been asked for that is not there, but for as many as `unknown` announces.
 */
export function localGitHubs(
  checker: OpenApiChecker,
): (options?: LocalGitHubOptions, announced?: { readonly unknown: number }) => Promise<LocalGitHub> {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    const due = ends.splice(0);
    for (const end of due) await end();
  });
  return async (options = {}, { unknown } = { unknown: 0 }) => {
    const { observe, problems } = watchTraffic(checker);
    const github = await createLocalGitHub({ ...options, observe });
    ends.push(async () => {
      await github.close();
      expect(problems).toEqual([]);
      expect(github.unknownRequests.slice(unknown)).toEqual([]);
    });
    return github;
  };
}

export type Answered = { readonly status: number; readonly headers: Headers; readonly body: unknown };

/** Speaks to a local GitHub with plain `fetch`, as a login (or any other token). */
export function speaker(github: LocalGitHub, token: string | undefined) {
  return async (
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> => {
    const answer = await fetch(`${github.url}${path}`, {
      method,
      headers: { ...(token === undefined ? {} : { authorization: `token ${token}` }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json = answer.headers.get('content-type')?.startsWith('application/json') === true;
    const parsed: unknown = json ? JSON.parse(text) : text;
    return { status: answer.status, headers: answer.headers, body: parsed };
  };
}

/**
 * Whether a first server has looked through all comments once: it asks for the last one, to learn GitHub's time, and then
 * for all since. What is written later, only an event or its next look tells it.
 */
export const hasLooked = (github: LocalGitHub): boolean =>
  github.requests.filter(({ method, path }) => method === 'GET' && path === '/repos/acme/ops/issues/comments').length >=
  2;
