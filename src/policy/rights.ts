import { isEnough, RIGHTS, type Right } from '../language/rights.ts';

export type { Right } from '../language/rights.ts';

/** What a command needs: to ask a question, to look by a dry run, to start a run, to decide about one, to agree to one, to lock something. */
export type Need = 'ask' | 'dryrun' | 'run' | 'decide' | 'approve' | 'lock';

export type Verdict = { readonly kind: 'ok' } | { readonly kind: 'refused'; readonly text: string };

/** Whose agreement counts, the run's own procedure says: for `approve` it is enough to be one whom the repository knows. */
const LEAST: Readonly<Record<Need, Right>> = {
  ask: 'read',
  dryrun: 'read',
  run: 'write',
  decide: 'write',
  approve: 'read',
  lock: 'write',
};

const DOING: Readonly<Record<Need, string>> = {
  ask: 'To ask here',
  dryrun: 'To dry-run a procedure here',
  run: 'To run a procedure here',
  decide: 'To decide about a run here',
  approve: 'To approve a run here',
  lock: 'To lock, unlock or cancel here',
};

/**
 * The right that GitHub names. A repository may have roles of its own making; such a role counts for what it is based on.
 * @param roleName `role_name` of the collaborator-permission API.
 * @param permission its `permission`, the right that a role of one's own making is based on.
 */
export function rightOf(roleName: string | undefined, permission?: string): Right {
  const known = (name: string | undefined): Right | undefined => RIGHTS.find((right) => right === name);
  return known(roleName) ?? known(permission) ?? 'none';
}

/** Whether a right is enough. What is not known to be enough is refused, in words that say what can be done instead. */
export function mayDo(need: Need, right: Right): Verdict {
  const least = LEAST[need];
  if (isEnough(right, least)) return { kind: 'ok' };
  return {
    kind: 'refused',
    text: `${DOING[need]}, the right "${least}" is needed; yours is "${right}". ${INSTEAD[need]}`,
  };
}

const ASK_SOMEBODY = 'ask somebody who has it, or a repository admin for the right.';

const INSTEAD: Readonly<Record<Need, string>> = {
  ask: `Nothing was done: ${ASK_SOMEBODY}`,
  dryrun: `Nothing was done: ${ASK_SOMEBODY}`,
  run: `Nothing was started. Add the word dryrun to see what would happen, or ${ASK_SOMEBODY}`,
  approve: `The run waits on: ${ASK_SOMEBODY}`,
  lock: `Nothing was changed. You can look at /queue, or ${ASK_SOMEBODY}`,
  decide: `The run waits on. You can look at it with /status, or ${ASK_SOMEBODY}`,
};
