/** How often a call is made in all where GitHub limits it. */
export const TRIES = 3;
/** A command is not followed a long time after it was written, and whoever sits at a terminal waits no longer either. */
const LONGEST_WAIT_S = 60;

/**
 * Whether a call that GitHub has limited is made again once that has passed.
 * @param retries how often it was made again before
 */
export const isWaitedFor = (afterS: number, retries: number): boolean =>
  retries + 1 < TRIES && afterS <= LONGEST_WAIT_S;
