import type { Commit } from '../git-objects.ts';
import type { GitStore } from '../git-store.ts';
import { notFound, ok, type Handler, type Route } from '../reply.ts';
import { comparisonView } from '../views/git.ts';
import { param } from './lookup.ts';

/** A commit and all those before it, each once. */
function history(git: GitStore, from: Commit): readonly Commit[] {
  const found = new Map<string, Commit>();
  const open = [from];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (found.has(each.sha)) continue;
    found.set(each.sha, each);
    open.push(...each.parents.flatMap((sha) => git.resolve(sha) ?? []));
  }
  return [...found.values()];
}

const compare: Handler = (request, { base, state }) => {
  const { git } = state;
  const [from = '', to = '', more] = param(request, 'basehead').split('...');
  const [earlier, later] = [git.resolve(from), git.resolve(to)];
  if (earlier === undefined || later === undefined || more !== undefined) return notFound;
  const [before, after] = [history(git, earlier), history(git, later)];
  const without = (commits: readonly Commit[], others: readonly Commit[]): readonly Commit[] =>
    commits.filter(({ sha }) => !others.some((other) => other.sha === sha));
  // Histories are short here, and rows: the first that both have is where they part.
  const shared = after.find(({ sha }) => before.some((each) => each.sha === sha));
  if (shared === undefined) return notFound;
  const [ahead, behind] = [without(after, before), without(before, after)];
  const shown = ahead.toReversed().slice(0, Number(request.query.get('per_page') ?? 250));
  return ok(comparisonView(base, state, { earlier, later, shared, shown, ahead: ahead.length, behind: behind.length }));
};

export const compareRoutes: readonly Route[] = [
  {
    ...{ method: 'GET', as: 'user', needs: ['contents', 'read'] },
    path: '/repos/{owner}/{repo}/compare/{basehead}',
    query: ['per_page', 'page'],
    handle: compare,
  },
];
