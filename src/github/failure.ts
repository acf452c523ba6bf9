import * as z from 'zod';
import { UnexpectedAnswer } from './boundary.ts';

/** What a failed call to GitHub means for whoever made it. */
export type Failure =
  /**
   * It may work later: GitHub is down, unreachable or asks for patience (`waitMs`), and the call may have been carried out; or
   * (`barred`) it does not let whoever asks do this, until somebody gives them the right.
   */
  | { readonly kind: 'later'; readonly waitMs?: number; readonly barred?: true; readonly why: string }
  /** What was asked for is not there (any more). */
  | { readonly kind: 'gone'; readonly why: string }
  /** GitHub will not do it, however often it is asked. */
  | { readonly kind: 'refused'; readonly why: string };

const failed = z.object({
  status: z.number(),
  message: z.string(),
  response: z.object({ headers: z.record(z.string(), z.union([z.string(), z.number()]).optional()) }).optional(),
});

/** @param now milliseconds since 1970, for limits that end at a time. */
export function failureOf(error: unknown, now: number): Failure {
  const parsed = failed.safeParse(error);
  if (!parsed.success) return { kind: 'later', why: error instanceof Error ? error.message : String(error) };
  const { status, message, response } = parsed.data;
  const why = `${String(status)} ${message}`;
  const waitMs = patience(response?.headers ?? {}, now);
  if (status === 404 || status === 410) return { kind: 'gone', why };
  if (status === 429 || (status === 403 && /rate limit/i.test(message))) {
    return { kind: 'later', waitMs: waitMs ?? 60_000, why };
  }
  // Keys are renewed (401), issues are unlocked and permissions granted (403); 422 and the like are the same next time.
  if (status >= 400 && status < 500 && ![401, 403, 408].includes(status)) return { kind: 'refused', why };
  if (waitMs !== undefined) return { kind: 'later', waitMs, why };
  return { kind: 'later', ...(status === 401 || status === 403 ? { barred: true } : {}), why };
}

/**
 * Whether GitHub could not answer, rather than would not: then to ask again may help. A key that is refused is refused the
 * next time, too.
 */
export function isTrouble(error: unknown, now: number): boolean {
  const failure = failureOf(error, now);
  if (failure.kind !== 'later') return false;
  if (!failed.safeParse(error).success) return error instanceof UnexpectedAnswer;
  return failure.barred !== true;
}

/** How long GitHub asks to wait, in ms. */
function patience(headers: Readonly<Record<string, string | number | undefined>>, now: number): number | undefined {
  const after = Number(headers['retry-after'] ?? Number.NaN);
  if (after >= 0) return after * 1000;
  if (String(headers['x-ratelimit-remaining']) !== '0') return undefined;
  const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN);
  // It is a time by GitHub's clock; this machine's may be an hour off.
  const there = Date.parse(String(headers['date'] ?? ''));
  return reset > 0 ? Math.max(0, reset * 1000 - (Number.isNaN(there) ? now : there)) + 1000 : undefined;
}

/** Whether GitHub answered with this status. */
export const hasStatus = (error: unknown, ...statuses: readonly number[]): boolean => {
  const parsed = z.object({ status: z.number() }).safeParse(error);
  return parsed.success && statuses.includes(parsed.data.status);
};

/** The permission of a workflow's token that it lacks where GitHub refuses a call: for issues, or for files and branches. */
export function permissionFor(error: unknown): 'issues: write' | 'contents: write' {
  const asked = z.object({ request: z.object({ url: z.string() }) }).safeParse(error);
  return asked.success && /\/issues\b/.test(asked.data.request.url) ? 'issues: write' : 'contents: write';
}
