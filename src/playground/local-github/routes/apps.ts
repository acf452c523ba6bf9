import { paged } from '../paging.ts';
import { created, notFound, ok, refusal, type Handler, type Route } from '../reply.ts';
import { installation, integration } from '../views/apps.ts';
import { repository, roleFlags } from '../views/repository.ts';
import { param } from './lookup.ts';

const self: Handler = (_request, { base, state, app }) => ok(integration(base, state, app));

const all: Handler = (request, context) =>
  paged([context.app], (app) => installation(context.base, context.state, app), request, context);

/** What the token's installation reaches. A person's token has none. */
const reached: Handler = (request, context) => {
  if (request.actor.kind === 'user') return refusal(403, 'You must authenticate with an installation access token');
  const { base, state } = context;
  const { body, ...page } = paged(
    [repository(base, state)],
    (one) => ({ ...one, permissions: roleFlags('read') }),
    request,
    context,
  );
  return { ...page, body: { total_count: 1, repository_selection: 'selected', repositories: body } };
};

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

/** Without a token: who has the code is the one who registered the App. */
const conversion: Handler = (request, { base, state, app }) => {
  const code = param(request, 'code');
  const made = state.codes.get(code);
  if (made === undefined) return notFound;
  state.codes.delete(code);
  const { name, key, webhookSecret } = made;
  const given = { client_secret: 'a client secret', webhook_secret: webhookSecret, pem: key };
  return created({ ...integration(base, state, app), name, ...given });
};

export const appRoutes: readonly Route[] = [
  { method: 'POST', path: '/app-manifests/{code}/conversions', as: 'nobody', handle: conversion },
  { method: 'GET', path: '/app', as: 'app', handle: self },
  { method: 'GET', path: '/app/installations', as: 'app', query: ['per_page', 'page'], handle: all },
  {
    method: 'GET',
    path: '/installation/repositories',
    as: 'user',
    needs: ['metadata', 'read'],
    query: ['per_page', 'page'],
    handle: reached,
  },
  { method: 'GET', path: '/repos/{owner}/{repo}/installation', as: 'app', handle: ofRepository },
  { method: 'GET', path: '/app/installations/{installation_id}', as: 'app', handle: one },
  { method: 'POST', path: '/app/installations/{installation_id}/access_tokens', as: 'app', handle: token },
];
