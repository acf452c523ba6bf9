import { appMay } from './app-settings.ts';
import { refusal, notFound, type Accept, type Context, type Reply } from './reply.ts';
import { findRoute, type Match } from './routes.ts';
import { graphqlRate, isKnownQuery, rateLimited } from './routes/graphql.ts';
import type { Actor } from './types.ts';

/** A request as it came over the wire, its body read. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly accept: Accept | undefined;
  readonly body: Buffer;
};

/** `unknown`: something of GitHub's that the local GitHub does not have. Whoever needs it must add it, not guess. */
export type Answer = {
  readonly actor: Actor | undefined;
  readonly reply: Reply;
  readonly unknown?: string;
};

type Parsed = { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'malformed' };

function parse(body: Buffer): Parsed {
  if (body.length === 0) return { kind: 'json', value: undefined };
  try {
    return { kind: 'json', value: JSON.parse(body.toString()) };
  } catch {
    return { kind: 'malformed' };
  }
}

function gap({ query, accept, body }: Asked, { route }: Match): string | undefined {
  if (route.path === '/graphql' && !isKnownQuery(body)) return 'this question of GraphQL';
  const parameter = [...query.keys()].find((name) => !(route.query ?? []).includes(name));
  if (parameter !== undefined) return `the query parameter "${parameter}"`;
  return accept === undefined || !(route.accepts ?? ['json']).includes(accept) ? 'this Accept header' : undefined;
}

function elsewhere({ params }: Match, { state }: Context): boolean {
  const [owner, repo] = [params.get('owner'), params.get('repo')];
  const is = (text: string | undefined, name: string): boolean => (text ?? name).toLowerCase() === name.toLowerCase();
  return !is(owner, state.organization.login) || !is(repo, state.repository.name);
}

function barred({ route }: Match, actor: Actor, context: Context): Reply | undefined {
  if (route.as === 'app' && actor.kind !== 'app') return refusal(401, 'A JSON web token could not be decoded');
  if (route.as === 'user' && actor.kind === 'app') return refusal(401, 'Bad credentials');
  const lacking = actor.kind === 'installation' && route.needs !== undefined && !appMay(context.app, ...route.needs);
  return lacking ? refusal(403, 'Resource not accessible by integration') : undefined;
}

/** Finds the route, judges who asks, and lets the route answer. Counts against the rate limit. */
export function answer(asked: Asked, context: Context): Answer {
  const match = findRoute(asked.method, asked.path);
  const missing = match === undefined ? 'this route' : gap(asked, match);
  if (match === undefined || missing !== undefined) {
    const what = `The local GitHub does not have ${missing ?? 'this route'}: ${asked.method} ${asked.path}`;
    return { actor: undefined, reply: refusal(404, what), unknown: what };
  }
  // A code stands for the app that it will be.
  const nobody = { kind: 'app', user: context.state.bot } as const;
  const actor = match.route.as === 'nobody' ? nobody : context.auth.identify(asked.authorization);
  if (actor.kind === 'refused') return { actor: undefined, reply: refusal(401, actor.why) };
  return { actor, reply: answerTo(actor, match, asked, context) };
}

function answerTo(actor: Actor, match: Match, asked: Asked, context: Context): Reply {
  const { login } = actor.user;
  if (match.route.path === '/graphql') {
    if (context.limits.exhausted(graphqlRate(login))) return rateLimited(actor);
    context.limits.spend(graphqlRate(login));
  } else if (match.route.path !== '/rate_limit') {
    if (context.limits.exhausted(login)) {
      return refusal(403, `API rate limit exceeded for user ID ${String(actor.user.id)}.`);
    }
    context.limits.spend(login);
  }
  const refused = barred(match, actor, context);
  if (refused !== undefined) return refused;
  if (elsewhere(match, context)) return notFound;
  const parsed = parse(asked.body);
  if (parsed.kind === 'malformed') return refusal(400, 'Problems parsing JSON');
  const { path, query, accept } = asked;
  const request = { actor, path, params: match.params, query, body: parsed.value, accept: accept ?? 'json' };
  return match.route.handle(request, context);
}
