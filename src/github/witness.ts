import type { Witness } from '../engine/ports.ts';
import { rightOf } from '../policy/rights.ts';
import type { GitHubApi } from './api.ts';
import { patiently, type Patience } from './patience.ts';

/**
 * People and their comments as GitHub has them now.
 * @param patience how long to wait for a GitHub in trouble
 */
export function createGitHubWitness(api: Pick<GitHubApi, 'comment' | 'permission'>, patience: Patience): Witness {
  return {
    comment: (id) =>
      patiently(async () => {
        const found = await api.comment(id);
        if (found === undefined) return undefined;
        const { issue, body, author, createdAt, updatedAt } = found;
        return { issue, body, author, edited: updatedAt !== createdAt };
      }, patience),
    right: (login) =>
      patiently(async () => {
        const permission = await api.permission(login);
        return permission === undefined ? 'none' : rightOf(permission.role_name, permission.permission);
      }, patience),
  };
}
