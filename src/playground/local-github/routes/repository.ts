import { ok, refusal, type Handler, type Route } from '../reply.ts';
import { permissionOf, roleOf } from '../rights.ts';
import { fullRepository, roleFlags } from '../views/repository.ts';
import { simpleUser } from '../views/users.ts';
import { param } from './lookup.ts';

const get: Handler = ({ actor }, { base, state, outsiders }) => {
  const role = actor.kind === 'user' ? roleOf(state, actor.user, outsiders) : 'read';
  return ok(fullRepository(base, state, role));
};

const permission: Handler = (request, { base, state, outsiders }) => {
  const { actor } = request;
  if (actor.kind === 'user' && !roleFlags(roleOf(state, actor.user, outsiders)).push) {
    return refusal(403, 'Must have push access to view collaborator permission.');
  }
  const login = param(request, 'username');
  const user = state.users.get(login.toLowerCase());
  if (user === undefined) return refusal(404, `${login} is not a user`);
  const role = roleOf(state, user, outsiders);
  return ok({
    permission: permissionOf(role),
    role_name: role,
    user: { ...simpleUser(base, user), permissions: roleFlags(role), role_name: role },
  });
};

export const repositoryRoutes: readonly Route[] = [
  { method: 'GET', path: '/repos/{owner}/{repo}', as: 'user', needs: ['metadata', 'read'], handle: get },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/collaborators/{username}/permission',
    as: 'user',
    needs: ['metadata', 'read'],
    handle: permission,
  },
];
