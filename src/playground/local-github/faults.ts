/** Something that goes wrong on purpose; what is left out stays as it would be. */
export type Fault = {
  readonly method?: string;
  /** Tried on the path, without the query. */
  readonly path: RegExp;
  /** Strikes only what the app asks for. */
  readonly by?: 'app';
  /** How many requests it strikes; once unless told, `Infinity` for good. */
  readonly times?: number;
  readonly delayMs?: number;
  /** Answers with this instead; without it (and without `dropConnection`) the request is only delayed. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Cuts the connection without an answer. */
  readonly dropConnection?: boolean;
  /** The same once this is aborted, and until then there is no answer. */
  readonly hangsUntil?: AbortSignal;
  /** Answers as it should, but cuts the connection in the middle of the answer. */
  readonly cut?: boolean;
  /** The request is done all the same, and only its answer is lost: how comments get doubled. */
  readonly applied?: boolean;
};

export type Faults = {
  /** Returns what takes the fault away again, and tells whether it would still have struck. */
  readonly add: (fault: Fault) => () => boolean;
  readonly clear: () => void;
  /** The first fault that strikes this request, if any; counts it. */
  readonly strike: (method: string, path: string, byApp?: boolean) => Fault | undefined;
};

export function createFaults(): Faults {
  const left = new Map<Fault, number>();
  return {
    add: (fault) => {
      // A copy, so that the same fault can be added twice.
      const own = { ...fault };
      left.set(own, fault.times ?? 1);
      return () => left.delete(own);
    },
    clear: () => {
      left.clear();
    },
    strike: (method, path, byApp = false) => {
      for (const [fault, times] of left) {
        // `search` ignores the state that a pattern with the flag g or y keeps between calls.
        const hit =
          (fault.method ?? method) === method && (fault.by === undefined || byApp) && path.search(fault.path) >= 0;
        if (!hit) continue;
        if (times <= 1) left.delete(fault);
        else left.set(fault, times - 1);
        return fault;
      }
      return undefined;
    },
  };
}
