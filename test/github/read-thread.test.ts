import { describe, expect, it } from '@jest/globals';
import nock from 'nock';
import type { Clock } from '../../src/engine/ports.ts';
import { readThread } from '../../src/github/read-thread.ts';
import type { Speaker, Where } from '../../src/run/types.ts';
import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { jumpingClock } from './fake-time.ts';
import { onlyNock } from './only-nock.ts';

const GITHUB = 'https://api.github.com';
const PATH = '/repos/acme/ops/issues/1/comments';
const SINCE = '2026-11-21T06:00:00Z';

const where = (as?: Speaker): Where => ({
  kind: 'issue',
  owner: 'acme',
  repo: 'ops',
  issue: 1,
  comment: 100,
  ...(as === undefined ? {} : { speaker: as }),
});

const read = (
  env: Readonly<Record<string, string>>,
  as: Speaker | undefined = { app: 7001 },
  clock: Clock = jumpingClock(),
  how: Parameters<typeof readThread>[3] = {},
) => readThread({ where: where(as), requestedAt: '2026-11-22T06:00:00.000Z' }, env, clock, how);

const comment = (
  id: number,
  of: { readonly login?: string; readonly type?: string; readonly app?: number | null } = {},
) => ({
  id,
  body: `comment ${String(id)}`,
  user: { id: 9002, login: of.login ?? 'changeover[bot]', type: of.type ?? 'Bot' },
  performed_via_github_app: of.app === null ? null : { id: of.app ?? 7001 },
  created_at: '2026-11-22T06:00:00Z',
  updated_at: '2026-11-22T06:00:00Z',
  html_url: `https://github.com/acme/ops/issues/1#issuecomment-${String(id)}`,
});

const page = (number: number) => nock(GITHUB).get(PATH).query({ since: SINCE, per_page: 100, page: number });
const many = (from: number): readonly unknown[] => Array.from({ length: 100 }, (_, index) => comment(from + index));

describe('the comments of a thread', () => {
  onlyNock();

  it('are all read, page by page, as far back as the run goes', async () => {
    nock(GITHUB, { reqheaders: { authorization: 'token secret' } })
      .get(PATH)
      .query({ since: SINCE, per_page: 100, page: 1 })
      .reply(200, many(1));
    page(2).reply(200, many(101));
    page(3).reply(200, [comment(201)]);
    const thread = await read({ GITHUB_TOKEN: 'secret' });
    expect(thread.kind === 'read' && thread.comments.length).toBe(201);
    expect(thread).toMatchObject({
      comments: expect.arrayContaining([
        { url: 'https://github.com/acme/ops/issues/1#issuecomment-201', body: 'comment 201' },
      ]),
    });
  });

  it('are only those of the app that the record names, by its id: whatever others write', async () => {
    page(1).reply(200, [
      comment(1),
      comment(2, { login: 'changeover', type: 'User', app: null }),
      comment(3, { app: 7002 }),
      // A person who acts by way of the app.
      comment(4, { login: 'rita', type: 'User' }),
      { ...comment(5), user: null },
    ]);
    expect(await read({ GITHUB_TOKEN: 'secret' })).toMatchObject({ comments: [{ body: 'comment 1' }] });
  });

  it('are those of a login, where a plain token spoke', async () => {
    page(1).reply(200, [
      comment(1, { login: 'github-actions[bot]', app: 15368 }),
      comment(2),
      comment(3, { login: 'github-actions', type: 'User', app: null }),
    ]);
    expect(await read({ GITHUB_TOKEN: 'secret' }, { login: 'github-actions[bot]' })).toMatchObject({
      comments: [{ body: 'comment 1' }],
    });
  });

  it('are asked for where GITHUB_API_URL says', async () => {
    nock('https://github.example.com').get(`/api/v3${PATH}`).query(true).reply(200, []);
    const env = { GITHUB_TOKEN: 'secret', GITHUB_API_URL: 'https://github.example.com/api/v3/' };
    expect(await read(env)).toEqual({ kind: 'read', comments: [] });
  });

  it('are asked for again where GitHub is busy, so long as it asks for', async () => {
    page(1).reply(502, 'Bad gateway');
    page(1).reply(403, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': '30' });
    page(1).reply(200, [comment(1)]);
    const waited: number[] = [];
    const how = { waits: (seconds: number) => waited.push(seconds), secondMs: 1 };
    expect(await read({ GITHUB_TOKEN: 'secret' }, undefined, jumpingClock(), how)).toMatchObject({ kind: 'read' });
    expect(waited).toEqual([30]);
  });

  it('are not waited for longer than a person would', async () => {
    page(1).reply(429, { message: 'API rate limit exceeded' }, { 'retry-after': '3600' });
    expect(await read({ GITHUB_TOKEN: 'secret' })).toMatchObject({
      kind: 'not_read',
      why: expect.stringMatching(/^GitHub could not be asked \(429 .*\)\. Verify again later$/),
    });
    page(1).times(3).replyWithError('getaddrinfo ENOTFOUND api.github.com');
    expect(await read({ GITHUB_TOKEN: 'secret' })).toMatchObject({
      kind: 'not_read',
      why: expect.stringContaining('ENOTFOUND'),
    });
  });

  it('are not taken for all where there are more than are read', async () => {
    for (let number = 1; number <= 30; number += 1) page(number).reply(200, many(number * 100));
    expect(await read({ GITHUB_TOKEN: 'secret' })).toMatchObject({
      kind: 'not_read',
      why: expect.stringContaining('more comments since then than are read (3000)'),
    });
  });

  it.each([
    [401, 'Bad credentials', /does not know the token in GITHUB_TOKEN \(401 Bad credentials.*Set another one/],
    [403, 'Resource not accessible', /does not let the token in GITHUB_TOKEN read acme\/ops#1/],
    [404, 'Not Found', /shows no issue acme\/ops#1 to the token.* may not read it, or GITHUB_API_URL is not/],
    [410, 'This issue was deleted', /shows no issue acme\/ops#1 .*This issue was deleted/],
  ])('are told to be out of reach with %i, at once, and what to set', async (status, message, why) => {
    page(1).reply(status, { message });
    const thread = await read({ GITHUB_TOKEN: 'secret' });
    expect(thread).toEqual({ kind: 'not_read', why: expect.stringMatching(why) });
    expect(JSON.stringify(thread)).not.toContain('secret');
  });

  it('are told to be out of reach without a token, and by a record that does not say whose they are', async () => {
    expect(await read({})).toEqual({
      kind: 'not_read',
      why: expect.stringMatching(/^GITHUB_TOKEN is not set\. Set it to a token that may read issues of acme\/ops/),
    });
    const thread = readThread(
      { where: where(), requestedAt: '2026-11-22T06:00:00.000Z' },
      { GITHUB_TOKEN: 'secret' },
      jumpingClock(),
    );
    expect(await thread).toEqual({ kind: 'not_read', why: expect.stringContaining('does not say as whom') });
  });
});

const openApi = await loadOpenApi();

describeWith(openApi)('the comments of a thread at the local GitHub', (checker) => {
  const start = localGitHubs(checker);

  it('are read with a login for a token, as GitHub describes it', async () => {
    const github = await start();
    await speaker(github, 'changeover[bot]')('POST', PATH, { body: 'by the bot' });
    await speaker(github, 'olivia')('POST', PATH, { body: 'by olivia' });
    const now = new Date().toISOString();
    const env = { GITHUB_TOKEN: 'rita', GITHUB_API_URL: github.url };
    const thread = await readThread({ where: where({ app: 7001 }), requestedAt: now }, env, jumpingClock(now));
    expect(thread).toEqual({
      kind: 'read',
      comments: [{ url: expect.stringContaining('/acme/ops/issues/1#issuecomment-'), body: 'by the bot' }],
    });
  });
});
