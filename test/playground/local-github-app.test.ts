import { createSign, generateKeyPairSync } from 'node:crypto';

import { afterEach, expect, it } from '@jest/globals';
import { Probot, ProbotOctokit } from 'probot';

import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';

const openApi = await loadOpenApi();
const pem = (): { readonly publicKey: string; readonly privateKey: string } =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const { publicKey, privateKey } = pem();
const place = { owner: 'acme', repo: 'ops' };
const comments = '/repos/acme/ops/issues/1/comments';
const now = (): number => Math.floor(Date.now() / 1000);

function jwt(claims: Readonly<Record<string, unknown>>, key = privateKey, alg = 'RS256'): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg, typ: 'JWT' })}.${part({ iat: now() - 60, exp: now() + 300, iss: 7001, ...claims })}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}

function appOctokit(github: LocalGitHub, key = privateKey, installationId?: number): ProbotOctokit {
  return new ProbotOctokit({
    auth: { appId: 7001, privateKey: key, ...(installationId === undefined ? {} : { installationId }) },
    baseUrl: github.url,
    throttle: { enabled: false },
    retry: { enabled: false },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
}

const quiet = (): void => undefined;
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

describeWith(openApi)('app of the local GitHub', (checker) => {
  const start = localGitHubs(checker);

  it('signs in with its key, finds its installation and acts as its bot', async () => {
    const github = await start({ app: { publicKey } });
    const app = appOctokit(github);
    expect((await app.rest.apps.getAuthenticated()).data).toMatchObject({ id: 7001, slug: 'changeover' });
    const { id } = (await app.rest.apps.getRepoInstallation(place)).data;
    const bot = appOctokit(github, privateKey, id);
    const made = await bot.rest.issues.createComment({ ...place, issue_number: 1, body: 'I am a bot' });
    expect(made.data).toMatchObject({
      user: { login: 'changeover[bot]', type: 'Bot' },
      performed_via_github_app: { slug: 'changeover' },
    });
    await bot.rest.issues.updateComment({ ...place, comment_id: made.data.id, body: 'Still a bot' });
    // One token does for both.
    expect(github.requests.filter(({ path }) => path.endsWith('/access_tokens'))).toHaveLength(1);
  });

  it('lists where it is installed, and what is there', async () => {
    const github = await start({ app: { publicKey } });
    const [installation, ...others] = (await appOctokit(github).rest.apps.listInstallations()).data;
    expect(others).toEqual([]);
    expect(installation).toMatchObject({ id: 7101, account: { login: 'acme' }, suspended_at: null });
    const bot = appOctokit(github, privateKey, 7101);
    expect((await bot.rest.apps.listReposAccessibleToInstallation()).data).toMatchObject({
      total_count: 1,
      repositories: [{ name: 'ops', owner: { login: 'acme' } }],
    });
    expect((await bot.rest.apps.listReposAccessibleToInstallation({ page: 2 })).data.repositories).toEqual([]);
    expect((await speaker(github, 'olivia')('GET', '/installation/repositories')).status).toBe(403);
    expect((await speaker(github, 'olivia')('GET', '/app/installations')).status).toBe(401);
  });

  it('is refused with another key, another id, or a token that is no JWT', async () => {
    const github = await start({ app: { publicKey } });
    const status = async (token: string, path = '/app') => {
      const authorization = { authorization: `Bearer ${token}` };
      return (await speaker(github, undefined)('GET', path, undefined, authorization)).status;
    };
    expect(await status(jwt({}))).toBe(200);
    expect(await status(jwt({ iss: '7001' }))).toBe(200);
    expect(await status(jwt({}, pem().privateKey))).toBe(401);
    expect(await status(jwt({ iss: 7002 }))).toBe(401);
    expect(await status(jwt({ exp: now() - 1 }))).toBe(401);
    expect(await status(jwt({ exp: now() + 3600 }))).toBe(401);
    expect(await status(jwt({ iat: now() + 3600 }))).toBe(401);
    expect(await status(jwt({}, privateKey, 'none'))).toBe(401);
    expect(await status('olivia')).toBe(401);
    expect(await status('changeover[bot]')).toBe(401);
    // A JWT is good for the app's own routes only.
    expect(await status(jwt({}), '/repos/acme/ops')).toBe(401);
  });

  it('knows no JWT at all when it was given no key', async () => {
    const github = await start();
    const answer = await speaker(github, undefined)('GET', '/app', undefined, { authorization: `Bearer ${jwt({})}` });
    expect(answer).toMatchObject({ status: 401, body: { message: 'A JSON web token could not be decoded' } });
  });

  it('takes tokens for its own installation only', async () => {
    const github = await start({ app: { publicKey } });
    const bearer = { authorization: `Bearer ${jwt({})}` };
    const ask = async (id: number) =>
      (await speaker(github, undefined)('POST', `/app/installations/${String(id)}/access_tokens`, undefined, bearer))
        .status;
    expect(await ask(7101)).toBe(201);
    expect(await ask(1)).toBe(404);
  });

  it('may do only what its permissions say', async () => {
    const github = await start({ app: { permissions: { issues: 'read', metadata: 'read' } } });
    const bot = speaker(github, 'changeover[bot]');
    expect((await bot('GET', comments)).status).toBe(200);
    expect(await bot('POST', comments, { body: 'x' })).toMatchObject({
      status: 403,
      body: { message: 'Resource not accessible by integration' },
    });
    expect((await bot('GET', '/repos/acme/ops/contents/README.md')).status).toBe(403);
    expect((await bot('GET', '/user')).status).toBe(403);
  });

  it('runs as a Probot app: signed webhook in, comment out', async () => {
    const github = await start({ app: { publicKey } });
    const probot = new Probot({
      appId: 7001,
      privateKey,
      secret: 'of the test',
      baseUrl: github.url,
      logLevel: 'fatal',
      Octokit: ProbotOctokit.defaults({ throttle: { enabled: false } }),
    });
    await probot.load((app) => {
      app.on('issue_comment.created', async (context) => {
        if (context.isBot) return;
        await context.octokit.rest.issues.createComment(
          context.issue({ body: `You said: ${context.payload.comment.body}` }),
        );
      });
    });
    const { createServer } = await import('node:http');
    const { createNodeMiddleware } = await import('probot');
    const handle = await createNodeMiddleware(() => undefined, { probot, webhooksPath: '/hook' });
    const server = createServer((request, response) => {
      void handle(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const url = `http://127.0.0.1:${String(address.port)}/hook`;

    github.webhooks.setTarget({ url, secret: 'wrong' });
    await speaker(github, 'olivia')('POST', comments, { body: 'forged' });
    await github.webhooks.idle();
    github.webhooks.setTarget({ url, secret: 'of the test' });
    await speaker(github, 'olivia')('POST', comments, { body: 'hello' });
    await github.webhooks.idle();

    expect(github.webhooks.log().map(({ status }) => status)).toEqual([400, 200, 200]);
    const { body } = await speaker(github, 'rita')('GET', comments);
    expect(body).toMatchObject([{ body: 'forged' }, { body: 'hello' }, { body: 'You said: hello' }]);
  });
});
