import { describe, expect, it } from '@jest/globals';
import nock from 'nock';
import { createGitHubApi, type GitHubApi } from '../../src/github/api.ts';
import { failureOf, isTrouble } from '../../src/github/failure.ts';
import { fetchWithin } from '../../src/github/fetch-within.ts';
import { octokitOf } from '../../src/github/octokit.ts';
import { onlyNock } from './only-nock.ts';

const GITHUB = 'https://api.github.com';
const comments = '/repos/acme/ops/issues/1/comments';
const made = {
  id: 5,
  body: 'x',
  user: { id: 1, login: 'changeover[bot]', type: 'Bot' },
  performed_via_github_app: null,
  created_at: '2026-11-22T06:00:00Z',
  updated_at: '2026-11-22T06:00:00Z',
};
const NOW = Date.parse('2026-11-22T06:00:00Z');
const quiet = (): void => undefined;

function api(pace: 'github' | 'none' = 'none', ms = 5_000): GitHubApi {
  const Octokit = octokitOf(pace);
  const client = new Octokit({
    authStrategy: undefined,
    auth: 'token',
    request: { fetch: fetchWithin(ms) },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  return createGitHubApi(client, { owner: 'acme', repo: 'ops' });
}

const failureIn = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no failure',
    (error: unknown) => failureOf(error, NOW),
  );

describe('calls to GitHub', () => {
  onlyNock();

  it('makes a comment by one request, and leaves it to others to look whether it came through', async () => {
    nock(GITHUB).post(comments).reply(502, 'Bad gateway');
    expect(await failureIn(api().createComment(1, 'x'))).toMatchObject({ kind: 'later' });
  });

  it('asks by one request, and leaves it to its caller how long to wait for an answer', async () => {
    nock(GITHUB).get('/repos/acme/ops/issues/comments/5').reply(500, {});
    expect(await failureIn(api().comment(5))).toMatchObject({ kind: 'later' });
  });

  it('shows by itself again that a command was seen, for which nobody waits', async () => {
    nock(GITHUB).post('/repos/acme/ops/issues/comments/5/reactions').reply(500, {});
    nock(GITHUB).post('/repos/acme/ops/issues/comments/5/reactions').reply(201, {});
    await api().react(5);
  });

  it('gives up on a GitHub that does not answer', async () => {
    nock(GITHUB).post(comments).delay(2_000).reply(201, made);
    expect(await failureIn(api('none', 50).createComment(1, 'x'))).toMatchObject({ kind: 'later' });
    nock.abortPendingRequests();
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND'])('may work later where nothing answers: %s', async (code) => {
    nock(GITHUB)
      .post(comments)
      .replyWithError(Object.assign(new Error(code), { code }));
    expect(await failureIn(api().createComment(1, 'x'))).toMatchObject({ kind: 'later' });
    nock(GITHUB)
      .get('/repos/acme/ops/issues/comments/5')
      .replyWithError(Object.assign(new Error(code), { code }));
    const failed = await api()
      .comment(5)
      .catch((error: unknown) => error);
    expect(isTrouble(failed, NOW)).toBe(true);
  });

  it('has the patience that GitHub asks for at its secondary limit', async () => {
    const limit = { message: 'You have exceeded a secondary rate limit' };
    nock(GITHUB).post(comments).reply(403, limit, { 'retry-after': '1' });
    nock(GITHUB).post(comments).reply(201, made);
    expect(await api('github').createComment(1, 'x')).toMatchObject({ id: 5 });
  });

  it('gives up at the third limit', async () => {
    const limit = { message: 'You have exceeded a secondary rate limit' };
    const path = '/repos/acme/ops/issues/comments/5';
    nock(GITHUB).get(path).times(3).reply(403, limit, { 'retry-after': '1' });
    const fourth = nock(GITHUB).get(path).reply(200, {});
    expect(await failureIn(api('github').comment(5))).toMatchObject({ kind: 'later', waitMs: 1_000 });
    expect(fourth.isDone()).toBe(false);
    nock.cleanAll();
  });

  it('hands a longer wait on to those who can wait', async () => {
    const limit = { message: 'You have exceeded a secondary rate limit' };
    nock(GITHUB).post(comments).reply(403, limit, { 'retry-after': '90' });
    expect(await failureIn(api('github').createComment(1, 'x'))).toMatchObject({ kind: 'later', waitMs: 90_000 });
    const reset = String(NOW / 1000 + 600);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    nock(GITHUB).post(comments).reply(403, { message: 'API rate limit exceeded' }, headers);
    expect(await failureIn(api().createComment(1, 'x'))).toMatchObject({ kind: 'later', waitMs: 601_000 });
  });

  it('tells what will never work from what may work later', async () => {
    const kinds = { 401: 'later', 403: 'later', 404: 'gone', 410: 'gone', 422: 'refused', 503: 'later' };
    for (const [status, kind] of Object.entries(kinds)) {
      nock(GITHUB).post(comments).reply(Number(status), { message: 'x' });
      expect(await failureIn(api().createComment(1, 'x'))).toMatchObject({ kind });
    }
  });

  it('knows nobody by the name of a user that is not there', async () => {
    nock(GITHUB).get('/repos/acme/ops/collaborators/ghost/permission').reply(404, { message: 'Not Found' });
    expect(await api().permission('ghost')).toBeUndefined();
  });

  it('reads all pages of comments', async () => {
    const page = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...made, id: from + index }));
    const query = { since: '2026-11-22T05:00:00Z', per_page: '100' };
    nock(GITHUB)
      .get(comments)
      .query({ ...query, page: '1' })
      .reply(200, page(1, 100));
    nock(GITHUB)
      .get(comments)
      .query({ ...query, page: '2' })
      .reply(200, page(101, 3));
    expect(await api().commentsSince(1, query.since)).toHaveLength(103);
  });

  it('says what is strange about an answer', async () => {
    nock(GITHUB)
      .get('/repos/acme/ops/issues/comments/5')
      .reply(200, { ...made, id: 'five' });
    await expect(api().comment(5)).rejects.toThrow('GitHub sent something else than an issue comment at id');
  });
});
