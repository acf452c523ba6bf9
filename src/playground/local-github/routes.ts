import type { Route } from './reply.ts';
import { actionsRoutes } from './routes/actions.ts';
import { appRoutes } from './routes/apps.ts';
import { commentRoutes } from './routes/comments.ts';
import { compareRoutes } from './routes/compare.ts';
import { gitRoutes } from './routes/git.ts';
import { gitWriteRoutes } from './routes/git-writes.ts';
import { graphqlRoutes } from './routes/graphql.ts';
import { issueRoutes } from './routes/issues.ts';
import { reactionRoutes } from './routes/reactions.ts';
import { repositoryRoutes } from './routes/repository.ts';
import { userRoutes } from './routes/users.ts';

export type Match = { readonly route: Route; readonly params: ReadonlyMap<string, string> };

type Compiled = { readonly route: Route; readonly pattern: RegExp; readonly names: readonly string[] };

const escape = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function compile(route: Route): Compiled {
  const names = [...route.path.matchAll(/\{\+?(\w+)\}/g)].map((match) => match[1] ?? '');
  const source = route.path
    .split(/(\{\+?\w+\})/)
    .map((part) => (part.startsWith('{+') ? '(.*)' : part.startsWith('{') ? '([^/]+)' : escape(part)))
    .join('');
  return { route, names, pattern: new RegExp(`^${source}$`) };
}

// Literal words win over parameters: `/issues/comments/7` is a comment, not the comments of the issue "comments".
const parameters = (compiled: Compiled): number => compiled.names.length;

const table: readonly Compiled[] = [
  ...repositoryRoutes,
  ...issueRoutes,
  ...commentRoutes,
  ...reactionRoutes,
  ...compareRoutes,
  ...gitRoutes,
  ...gitWriteRoutes,
  ...graphqlRoutes,
  ...userRoutes,
  ...appRoutes,
  ...actionsRoutes,
]
  .map(compile)
  .sort((a, b) => parameters(a) - parameters(b));

function decoded(text: string | undefined): string {
  try {
    return decodeURIComponent(text ?? '');
  } catch {
    return text ?? '';
  }
}

/** The route for a request's method and still encoded path; undefined where the local GitHub has none. */
export function findRoute(method: string, path: string): Match | undefined {
  for (const { route, pattern, names } of table) {
    const match = route.method === method ? pattern.exec(path) : null;
    if (match !== null) {
      return { route, params: new Map(names.map((name, index) => [name, decoded(match[index + 1])])) };
    }
  }
  return undefined;
}
