import type { Clock } from '../engine/ports.ts';
import type { RunState } from '../run/types.ts';
import type { ThreadRead } from '../thread/check-thread.ts';
import type { Posted } from '../thread/check-thread-text.ts';
import { type Client, pagesSince, type Place } from './api.ts';
import { failureOf, hasStatus, isTrouble } from './failure.ts';
import { isBy } from './is-by.ts';
import { patientClient, type PatientClientOptions } from './patient-client.ts';
import { retryWait } from './schedule.ts';
import { type Env, wordIn } from './settings.ts';

const TRIES = 3;
/** GitHub's clock and the journal's may differ. */
const CLOCKS_DIFFER_MS = 86_400_000;

/**
 * Reads what Changeover has said in a run's issue, as far back as the run goes, with the token in GITHUB_TOKEN at the
 * GitHub whose API is at GITHUB_API_URL. Never throws for what GitHub does.
 */
export async function readThread(
  { where, requestedAt }: Pick<RunState, 'where' | 'requestedAt'>,
  env: Env,
  clock: Clock,
  how: Pick<PatientClientOptions, 'waits' | 'secondMs'> = {},
): Promise<ThreadRead> {
  if (where.kind !== 'issue') return { kind: 'read', comments: [] };
  const { owner, repo, issue, speaker } = where;
  const at = `${owner}/${repo}#${String(issue)}`;
  if (speaker === undefined) return notRead('the record does not say as whom Changeover spoke there');
  const token = wordIn(env, 'GITHUB_TOKEN');
  if (token === undefined) {
    return notRead(
      `GITHUB_TOKEN is not set. Set it to a token that may read issues of ${owner}/${repo}, and GITHUB_API_URL where that is not on github.com`,
    );
  }
  const client = patientClient({ token, apiUrl: wordIn(env, 'GITHUB_API_URL'), ...how });
  const since = new Date(Date.parse(requestedAt) - CLOCKS_DIFFER_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  try {
    const { comments, whole } = await patiently(client, { owner, repo }, issue, since, clock);
    if (!whole) return notRead(`${at} has more comments since then than are read (${String(comments.length)})`);
    return { kind: 'read', comments: comments.filter((each) => isBy(speaker, each)).map(postedOf) };
  } catch (error) {
    return notRead(whyOf(error, at, clock));
  }
}

const notRead = (why: string): ThreadRead => ({ kind: 'not_read', why });

const postedOf = ({
  url,
  id,
  body,
}: {
  readonly url?: string;
  readonly id: number;
  readonly body: string;
}): Posted => ({
  url: url ?? `comment ${String(id)}`,
  body,
});

/** Where GitHub does not answer. How long a limit is waited for is the client's own matter. */
async function patiently(
  client: Client,
  place: Place,
  issue: number,
  since: string,
  clock: Clock,
): ReturnType<typeof pagesSince> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await pagesSince(client, place, issue, since);
    } catch (error) {
      const isLimit = hasStatus(error, 403, 429);
      if (tries >= TRIES || isLimit || !isTrouble(error, Date.parse(clock.now()))) throw error;
      await clock.sleep(retryWait(tries));
    }
  }
}

function whyOf(error: unknown, at: string, clock: Clock): string {
  const { why } = failureOf(error, Date.parse(clock.now()));
  if (hasStatus(error, 401)) return `GitHub does not know the token in GITHUB_TOKEN (${why}). Set another one`;
  if (hasStatus(error, 403)) return `GitHub does not let the token in GITHUB_TOKEN read ${at} (${why})`;
  if (hasStatus(error, 404, 410)) {
    return `GitHub shows no issue ${at} to the token in GITHUB_TOKEN (${why}): either it is gone, or the token may not read it, or GITHUB_API_URL is not that of the run's GitHub`;
  }
  return `GitHub could not be asked (${why}). Verify again later`;
}
