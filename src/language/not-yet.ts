/** Words of the language that this version does not know yet; whoever brings one takes it out of here. */
const NOT_YET = new Set<string>();

/** What to say of a key that is right in itself, but comes too early. */
export const notYet = (key: string): string | undefined =>
  NOT_YET.has(key) ? `this version of Changeover does not know "${key}" yet: take it out` : undefined;
