import { type Client, ONCE, type Place } from './api.ts';
import { readCommitSha } from './boundary.ts';
import { hasStatus } from './failure.ts';

/** GitHub may show for a moment what was there before a commit. */
const LATE_MS = 5_000;

/** The commit that a branch is at. */
export interface Head {
  /**
   * To ask costs nothing while it is the known one.
   * @returns undefined where there is no such branch
   */
  now(known: string | undefined): Promise<string | undefined>;
  /** This process has moved it on from there. */
  moved(from: string): void;
  /** GitHub says that it is not where this process thinks. */
  mayBeAnother(): void;
}

export function createHead(client: Client, place: Place, branch: string): Head {
  const past = new Set<string>();
  let movedAt = -Infinity;
  let heard: { readonly commit: string; readonly etag: string } | undefined;

  async function ask(known: string | undefined): Promise<string | undefined> {
    // GitHub takes the commit's own id for an ETag here, so that what this process has committed need not be asked for.
    const etag = known === undefined ? undefined : heard?.commit === known ? heard.etag : `"${known}"`;
    const headers = {
      accept: 'application/vnd.github.sha',
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
    };
    try {
      const answer = await client.request('GET /repos/{owner}/{repo}/commits/{ref}', {
        ...{ ...place, ...ONCE, ref: branch, headers },
      });
      const commit = readCommitSha(answer.data);
      const given = answer.headers['etag'];
      if (typeof given === 'string') heard = { commit, etag: given };
      return commit;
    } catch (error) {
      if (hasStatus(error, 304)) return known;
      // 409: the repository has no commit at all.
      if (hasStatus(error, 404, 409, 422)) return undefined;
      throw error;
    }
  }

  return {
    now: async (known) => {
      const commit = await ask(known);
      const isLate = commit !== undefined && past.has(commit) && performance.now() - movedAt < LATE_MS;
      return isLate ? known : commit;
    },
    moved: (from) => {
      past.add(from);
      movedAt = performance.now();
    },
    mayBeAnother: () => {
      movedAt = -Infinity;
    },
  };
}
