import { notFound, ok, refusal, type Handler, type Route } from '../reply.ts';
import { privateUser, publicUser } from '../views/users.ts';
import { param } from './lookup.ts';

const get: Handler = (request, { base, state }) => {
  const user = state.users.get(param(request, 'username').toLowerCase());
  return user === undefined ? notFound : ok(publicUser(base, user));
};

const self: Handler = ({ actor }, { base }) =>
  actor.kind === 'user' ? ok(privateUser(base, actor.user)) : refusal(403, 'Resource not accessible by integration');

const rateLimit: Handler = ({ actor }, { limits }) => {
  const rate = limits.look(actor.user.login);
  const search = { limit: 30, remaining: 30, reset: rate.reset, used: 0 };
  return ok({ resources: { core: rate, search }, rate });
};

export const userRoutes: readonly Route[] = [
  { method: 'GET', path: '/users/{username}', as: 'user', handle: get },
  { method: 'GET', path: '/user', as: 'user', handle: self },
  { method: 'GET', path: '/rate_limit', as: 'any', handle: rateLimit },
];
