/** What a pure function has said for a key, so that it need not be asked again. */
export function kept<A extends readonly unknown[], R>(
  key: (...args: A) => unknown,
  say: (...args: A) => R,
): (...args: A) => R {
  const objects = new WeakMap<object, R>();
  const words = new Map<unknown, R>();
  return (...args) => {
    const of = key(...args);
    const known: { get(of: unknown): R | undefined; set(of: unknown, said: R): unknown } =
      typeof of === 'object' && of !== null ? objects : words;
    const said = known.get(of) ?? say(...args);
    known.set(of, said);
    return said;
  };
}

/** Whether a run's comments are put into short words: which there are and when they change is as ever. */
export const words = { short: false };

/** A text of a run's thread, or a few words that differ wherever it may. */
export function shortened<A extends readonly unknown[]>(
  name: string,
  say: (...args: A) => string,
): (...args: A) => string {
  return (...args) => {
    if (!words.short) return say(...args);
    const [state, about] = args as unknown as readonly [
      { seq: number; status: string },
      { id?: string; answer?: unknown }?,
    ];
    const seq = about?.id === undefined ? String(state.seq) : `${about.id} ${JSON.stringify(about.answer ?? null)}`;
    return `${name} ${state.status} ${seq}`;
  };
}
