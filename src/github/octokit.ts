import { type Options as ProbotOptions, ProbotOctokit } from 'probot';
import { fetchWithin } from './fetch-within.ts';
import type { ServerSettings } from './settings.ts';

/** A command is not followed a long time after it was written, so no call waits longer than this for a limit to pass. */
const LONGEST_WAIT_S = 60;
const TRIES = 3;

/** Probot's Octokit with patience where GitHub asks for it: it would drop what meets the secondary limit. */
export const octokitOf = (pace: ServerSettings['pace']): typeof ProbotOctokit =>
  ProbotOctokit.defaults((options: { readonly throttle?: Readonly<Record<string, unknown>> }) => ({
    ...options,
    throttle:
      pace === 'none'
        ? { ...options.throttle, enabled: false }
        : {
            ...options.throttle,
            onRateLimit: (after: number, _request: unknown, _octokit: unknown, tries: number) =>
              tries < TRIES && after <= LONGEST_WAIT_S,
            onSecondaryRateLimit: (after: number, _request: unknown, _octokit: unknown, tries: number) =>
              tries < TRIES && after <= LONGEST_WAIT_S,
          },
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
