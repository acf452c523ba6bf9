/** GitHub's primary limit: so many requests an hour for each who asks. */
export type Rate = {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds since 1970. */
  readonly reset: number;
  readonly used: number;
};

export type RateLimits = {
  readonly look: (who: string) => Rate;
  /** Counts one request, beyond the limit too. */
  readonly spend: (who: string) => Rate;
  /** Gives one request back: an answer that is known already is not counted. */
  readonly refund: (who: string) => void;
  readonly exhausted: (who: string) => boolean;
};

const hour = 3600;

export function createRateLimits(limit: number): RateLimits {
  const windows = new Map<string, { readonly reset: number; readonly used: number }>();
  const current = (who: string): { readonly reset: number; readonly used: number } => {
    const now = Math.floor(Date.now() / 1000);
    const window = windows.get(who);
    return window === undefined || window.reset <= now ? { reset: now + hour, used: 0 } : window;
  };
  const look = (who: string): Rate => {
    const { reset, used } = current(who);
    return { limit, remaining: Math.max(0, limit - used), reset, used };
  };
  const spend = (who: string): Rate => {
    const { reset, used } = current(who);
    windows.set(who, { reset, used: used + 1 });
    return look(who);
  };
  const refund = (who: string): void => {
    const { reset, used } = current(who);
    windows.set(who, { reset, used: Math.max(0, used - 1) });
  };
  return { look, spend, refund, exhausted: (who) => current(who).used >= limit };
}

export function rateHeaders(rate: Rate): Readonly<Record<string, string>> {
  return {
    'x-ratelimit-limit': String(rate.limit),
    'x-ratelimit-remaining': String(rate.remaining),
    'x-ratelimit-reset': String(rate.reset),
    'x-ratelimit-used': String(rate.used),
    'x-ratelimit-resource': 'core',
  };
}
