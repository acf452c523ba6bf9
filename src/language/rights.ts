/** What somebody may do in a repository, from least to most. */
export const RIGHTS = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;

export type Right = (typeof RIGHTS)[number];

/** Whether somebody's right is enough. A right that is not known is none. */
export const isEnough = (right: string, least: Right): boolean =>
  RIGHTS.findIndex((known) => known === right) >= RIGHTS.indexOf(least);

/** The rights that an approval can ask for: with less, nobody may start a run either. */
export const APPROVING = ['write', 'maintain', 'admin'] as const;
