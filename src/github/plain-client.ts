import { Octokit } from '@octokit/rest';
import type { Client } from './api.ts';
import { fetchWithin } from './fetch-within.ts';

const nothing = (): void => undefined;

/** An Octokit that acts with a token as it is: no App, no events. What fails is told by whoever called. */
export const plainClient = (token: string, apiUrl: string | undefined): Client =>
  new Octokit({
    auth: token,
    request: { fetch: fetchWithin() },
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    ...(apiUrl === undefined ? {} : { baseUrl: apiUrl.replace(/\/+$/, '') }),
  });
