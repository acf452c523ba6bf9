import { type Options as ProbotOptions, ProbotOctokit } from 'probot';
import { fetchWithin } from './fetch-within.ts';
import { isWaitedFor } from './limits.ts';
import type { ServerSettings } from './settings.ts';

const onLimit = (afterS: number, _request: unknown, _octokit: unknown, retries: number): boolean =>
  isWaitedFor(afterS, retries);

/** Probot's Octokit with patience where GitHub asks for it: it would drop what meets the secondary limit. */
export const octokitOf = (pace: ServerSettings['pace']): typeof ProbotOctokit =>
  ProbotOctokit.defaults((options: { readonly throttle?: Readonly<Record<string, unknown>> }) => ({
    ...options,
    throttle:
      pace === 'none'
        ? { ...options.throttle, enabled: false }
        : { ...options.throttle, onRateLimit: onLimit, onSecondaryRateLimit: onLimit },
  }));

/** How Probot is made wherever it runs; what it acts as is added to it. */
export const probotOptions = (
  { logLevel, pace, apiUrl }: Pick<ServerSettings, 'logLevel' | 'pace' | 'apiUrl'>,
  call: typeof fetch = fetchWithin(),
): ProbotOptions => ({
  logLevel,
  logFormat: 'json',
  Octokit: octokitOf(pace),
  request: { fetch: call },
  ...(apiUrl === undefined ? {} : { baseUrl: apiUrl }),
});
