import type { State } from './state.ts';
import type { Actor, Comment, Role, User } from './types.ts';

/** What GitHub's `permission` says of a role: it knows four words only. */
export type Permission = 'admin' | 'write' | 'read' | 'none';

const permissions: Readonly<Record<Role | 'none', Permission>> = {
  admin: 'admin',
  maintain: 'write',
  write: 'write',
  triage: 'read',
  read: 'read',
  none: 'none',
};

/** GitHub answers `read` for anybody when the repository is public; `outsiders: 'none'` is what a private one answers. */
export function roleOf(state: State, user: User, outsiders: 'read' | 'none'): Role | 'none' {
  return state.roles.get(user.id) ?? outsiders;
}

export function permissionOf(role: Role | 'none'): Permission {
  return permissions[role];
}

/** Whoever can write may change anybody's comment; everybody else only their own. */
export function mayChange(state: State, by: Actor, comment: Comment): boolean {
  return comment.author.id === by.user.id || mayWrite(state, by);
}

/** What an app may is said by its permissions, which are judged before. */
export function mayWrite(state: State, by: Actor): boolean {
  const permission = permissionOf(roleOf(state, by.user, 'none'));
  return by.kind === 'installation' || permission === 'admin' || permission === 'write';
}
