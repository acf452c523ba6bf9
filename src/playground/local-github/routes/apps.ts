import { created, notFound, ok, type Handler, type Route } from '../reply.ts';
import { installation, integration } from '../views/apps.ts';
import { param } from './lookup.ts';

const self: Handler = (_request, { base, state, app }) => ok(integration(base, state, app));

const ofRepository: Handler = (_request, { base, state, app }) => ok(installation(base, state, app));

const one: Handler = (request, { base, state, app }) =>
  Number(param(request, 'installation_id')) === app.installationId ? ok(installation(base, state, app)) : notFound;

const token: Handler = (request, { app, auth }) => {
  if (Number(param(request, 'installation_id')) !== app.installationId) return notFound;
  const { token: secret, expiresAt } = auth.issueToken();
  return created({
    token: secret,
    expires_at: expiresAt,
    permissions: app.permissions,
    repository_selection: 'selected',
  });
};

export const appRoutes: readonly Route[] = [
  { method: 'GET', path: '/app', as: 'app', handle: self },
  { method: 'GET', path: '/repos/{owner}/{repo}/installation', as: 'app', handle: ofRepository },
  { method: 'GET', path: '/app/installations/{installation_id}', as: 'app', handle: one },
  { method: 'POST', path: '/app/installations/{installation_id}/access_tokens', as: 'app', handle: token },
];
