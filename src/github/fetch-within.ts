/** A call that hangs is a call that failed. */
const CALL_TIMEOUT_MS = 15_000;

/**
 * `fetch` that gives up on a GitHub that does not answer, or answers by half: Octokit takes a text whose rest does not come
 * for an empty one, and a file of a repository must not seem empty because a connection broke.
 */
export const fetchWithin =
  (ms: number = CALL_TIMEOUT_MS): typeof fetch =>
  async (input, init) => {
    const bound = AbortSignal.timeout(ms);
    const signal = init?.signal;
    const answer = await fetch(input, { ...init, signal: signal ? AbortSignal.any([signal, bound]) : bound });
    const body = await answer.arrayBuffer();
    const { status, statusText, headers } = answer;
    return new Response(body.byteLength === 0 ? null : body, { status, statusText, headers });
  };
