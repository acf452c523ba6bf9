/** A call that hangs is a call that failed. */
const CALL_TIMEOUT_MS = 15_000;

/** `fetch` that gives up on a GitHub that does not answer. */
export const fetchWithin =
  (ms: number = CALL_TIMEOUT_MS): typeof fetch =>
  (input, init) => {
    const bound = AbortSignal.timeout(ms);
    const signal = init?.signal;
    return fetch(input, { ...init, signal: signal ? AbortSignal.any([signal, bound]) : bound });
  };
