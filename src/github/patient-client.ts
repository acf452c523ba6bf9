import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import type { Client } from './api.ts';
import { fetchWithin } from './fetch-within.ts';
import { isWaitedFor, TRIES } from './limits.ts';

const nothing = (): void => undefined;

export interface PatientClientOptions {
  /** Absent: it asks as nobody. */
  readonly token?: string | undefined;
  readonly apiUrl: string | undefined;
  /** `none`: GitHub's limits do not hold there, so calls are not spaced out. */
  readonly pace?: 'github' | 'none';
  /** Whose calls are spaced out together: what one client is to say holds up no other's. */
  readonly id?: string;
  /** Is told for how many seconds GitHub asks to be left alone, where that is waited for. */
  readonly waits?: (seconds: number) => void;
  /** How long a second of waiting takes; tests have less time. */
  readonly secondMs?: number;
}

/** GitHub would answer the same again. A limit is not among them, and waited for otherwise. */
const REFUSALS = [400, 401, 403, 404, 410, 422, 451];

const Patient = Octokit.plugin(retry, throttling);

/**
 * The client of whoever asks GitHub with a token as it is, at a terminal or for a journal: no App, no events. It spaces its calls out, waits where GitHub limits them, and
 * tries what only reads again where GitHub fails, three times in all. What writes it does not repeat after a failure: it
 * may have been carried out. A limit is no such failure, as GitHub has refused the call then. What fails is told by
 * whoever called.
 */
export function patientClient({
  token,
  apiUrl,
  pace = 'github',
  id = 'terminal',
  waits = nothing,
  secondMs = 1_000,
}: PatientClientOptions): Client {
  const onLimit = (afterS: number, _request: unknown, _octokit: unknown, retries: number): boolean => {
    const isWorthIt = isWaitedFor(afterS, retries);
    if (isWorthIt) waits(afterS);
    return isWorthIt;
  };
  const client = new Patient({
    ...(token === undefined ? {} : { auth: token }),
    request: { fetch: fetchWithin() },
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    retry: { retries: TRIES - 1, doNotRetry: [...REFUSALS, 429], retryAfterBaseValue: secondMs },
    throttle:
      pace === 'none'
        ? { enabled: false }
        : { id, onRateLimit: onLimit, onSecondaryRateLimit: onLimit, retryAfterBaseValue: secondMs },
    ...(apiUrl === undefined ? {} : { baseUrl: apiUrl.replace(/\/+$/, '') }),
  });
  client.hook.before('request', (options) => {
    if (options.method !== 'GET' && options.method !== 'HEAD') options.request['retries'] = 0;
    // A GitHub Enterprise Server has GraphQL beside its REST API, not below it.
    if (options.url === '/graphql') options.baseUrl = options.baseUrl.replace(/\/api\/v3$/, '/api');
  });
  return client;
}
