import type { Clock } from '../engine/ports.ts';
import type { Instant } from '../run/types.ts';

/** How a call to GitHub ended. */
export type CallResult = 'ok' | 'not_modified' | 'refused' | 'limited' | 'unauthorized' | 'failed' | 'unanswered';

export const CALL_RESULTS: readonly CallResult[] = [
  'ok',
  'not_modified',
  'refused',
  'limited',
  'unauthorized',
  'failed',
  'unanswered',
];

/** `fetch` that tells how each call to GitHub ended, and nothing else of it. */
export const heardFetch =
  (call: typeof fetch, ended: (result: CallResult) => void): typeof fetch =>
  async (input, init) => {
    let answer: Response;
    try {
      answer = await call(input, init);
    } catch (error) {
      ended('unanswered');
      throw error;
    }
    ended(resultOf(answer));
    return answer;
  };

function resultOf({ status, headers }: Response): CallResult {
  if (status === 304) return 'not_modified';
  if (status < 400) return 'ok';
  if (status === 401) return 'unauthorized';
  if (status >= 500) return 'failed';
  const isLimit = headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0';
  return status === 429 || (status === 403 && isLimit) ? 'limited' : 'refused';
}

/** Whether GitHub can be asked, as the last call tells. */
export interface Reach {
  heard(result: CallResult): void;
  /** Undefined: nothing was asked yet. */
  now():
    | { readonly kind: 'ok' }
    | { readonly kind: 'trouble'; readonly result: CallResult; readonly since: Instant }
    | undefined;
}

/** Where GitHub says no to one call, or wants patience, it is there. */
const TROUBLES: readonly CallResult[] = ['unauthorized', 'failed', 'unanswered'];

export function createReach(clock: Pick<Clock, 'now'>): Reach {
  let known: ReturnType<Reach['now']>;
  return {
    heard: (result) => {
      if (!TROUBLES.includes(result)) known = { kind: 'ok' };
      else if (known?.kind === 'trouble') known = { ...known, result };
      else known = { kind: 'trouble', result, since: clock.now() };
    },
    now: () => known,
  };
}
