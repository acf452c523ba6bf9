/**
 * How long to leave a run's words as they are after so many writes about it (comments made and edits), in ms: lively at
 * first, then sparing. Seven calls bring a run about (token, right, comment, 👀, commit, procedure, inventory), two tell its
 * end, and one looks whether anybody has written meanwhile; with the four gaps below a run of under a minute stays at
 * fifteen.
 */
const GAPS_MS = [0, 1_000, 5_000, 17_000, 30_000] as const;
/** Three edits a minute from then on, so that a prompt has room for its own words. */
const STEADY_MS = 20_000;
/** Where nothing will change soon, the last word is not held back longer than this. */
const LAST_WORD_MS = 1_000;

/** What was written about a run by this process. */
export interface Written {
  readonly times: number;
  /** Milliseconds since 1970; 0 before the first. */
  readonly lastAt: number;
}

/**
 * When a comment that differs from what it should say may be edited, in ms since 1970.
 * @param resting the run waits for a person or is over.
 */
export function editDue({ times, lastAt }: Written, resting: boolean): number {
  const gap = GAPS_MS[times] ?? STEADY_MS;
  return lastAt + (resting ? Math.min(gap, LAST_WORD_MS) : gap);
}

/** Words that could not be said in a week of trying are let go. */
export const LETTING_GO_MS = 7 * 86_400_000;

/** How long to wait after so many failures in a row, in ms: 1 s, 2 s … up to a minute, or as long as GitHub asks for. */
export function retryWait(failures: number, asked = 0): number {
  return Math.max(asked, Math.min(60_000, 1_000 * 2 ** Math.min(failures - 1, 10)));
}
