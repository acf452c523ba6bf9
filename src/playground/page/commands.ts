/** What the first visit suggests, in this order. */
export const FIRST_STEPS = [
  { command: '/upgrade pryv 1.6 dryrun', does: 'says what would happen, step by step, and changes nothing' },
  { command: '/upgrade pryv 1.6', does: 'does it, live in this thread' },
] as const;

/** With a fault switched on, the upgrade stops and asks; this is one of the answers. */
export const WAY_BACK = '/rollback';

/** At most so many stand beside the button. */
const MOST = 5;

/** Commands to offer: what the last answer names first, then those that always make sense. */
export function suggestions(named: readonly string[], always: readonly string[]): readonly string[] {
  const typeable = named.map((text) => text.trim()).filter((text) => /^\/[a-z][a-z-]*(?: [^<>…\n]+)?$/.test(text));
  return [...new Set([...typeable, ...always])].slice(0, MOST);
}
