import { expect, it } from '@jest/globals';

import { createLocalGitHub } from '../../src/playground/local-github/server.ts';
import { speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi, watchTraffic } from '../support/openapi.ts';

const openApi = await loadOpenApi();
const path = '/repos/acme/ops/issues/1/comments';
const none = new URLSearchParams();

/** A real comment of the local GitHub, to be spoilt. */
async function comment(): Promise<Readonly<Record<string, unknown>>> {
  const github = await createLocalGitHub();
  try {
    const made = await speaker(github, 'rita')('POST', path, { body: 'Hello' });
    return made.body as Readonly<Record<string, unknown>>;
  } finally {
    await github.close();
  }
}

it('is skipped with a reason where it cannot be had, and missed where nothing may be skipped', async () => {
  const offline = async (): Promise<string> => {
    throw new Error('no network');
  };
  const why = "GitHub's OpenAPI description cannot be had: no network";
  expect(await loadOpenApi(offline, false)).toEqual({ kind: 'unavailable', why });
  await expect(loadOpenApi(offline, true)).rejects.toThrow(why);
});

describeWith(openApi)("GitHub's own description", (checker) => {
  it('finds nothing wrong with a right answer', async () => {
    const right = await comment();
    expect(checker.checkResponse('POST', path, 201, right)).toEqual([]);
    expect(checker.checkResponse('GET', path, 200, [right])).toEqual([]);
  });

  it('names operation, place and fault of a wrong one', async () => {
    const { user, ...userless } = await comment();
    expect(checker.checkResponse('POST', path, 201, userless)).toEqual([
      `POST /repos/{owner}/{repo}/issues/{issue_number}/comments: answer 201 at /: must have required property 'user' {"missingProperty":"user"}`,
    ]);
    const named = { ...userless, user, id: 'seven', created_at: 'yesterday' };
    expect(checker.checkResponse('GET', path, 200, [named])).toEqual([
      expect.stringContaining('answer 200 at /0/id: must be integer'),
      expect.stringContaining('answer 200 at /0/created_at: must match format "date-time"'),
    ]);
    expect(checker.checkResponse('POST', path, 201, { ...userless, user: null })).toEqual([]);
    expect(checker.checkResponse('POST', path, 201, { ...userless, user: { login: 'rita' } })).not.toEqual([]);
  });

  it('knows which answers GitHub gives', () => {
    expect(checker.checkResponse('POST', path, 202, {})).toEqual([
      expect.stringContaining('not one that GitHub gives'),
    ]);
    expect(checker.checkResponse('POST', path, 401, { message: 'Bad credentials' })).toEqual([]);
    expect(checker.checkResponse('POST', path, 401, {})).toEqual([expect.stringContaining("'message'")]);
    const one = '/repos/acme/ops/issues/comments/7';
    expect(checker.checkResponse('DELETE', one, 204, undefined)).toEqual([]);
    expect(checker.checkResponse('DELETE', one, 204, { done: true })).toEqual([expect.stringContaining('has a body')]);
  });

  it('refuses paths that GitHub does not have', () => {
    const wrong = [expect.stringContaining('GitHub has no such route')];
    expect(checker.checkResponse('GET', '/repos/acme/ops/coments', 200, [])).toEqual(wrong);
    expect(checker.checkRequest('PUT', path, none, undefined)).toEqual(wrong);
  });

  it('checks requests: their body and their query', () => {
    expect(checker.checkRequest('POST', path, none, { body: 'Hello' })).toEqual([]);
    expect(checker.checkRequest('POST', path, none, undefined)).toEqual([expect.stringContaining('is missing')]);
    expect(checker.checkRequest('POST', path, none, { text: 'Hello' })).toEqual([expect.stringContaining("'body'")]);
    const query = (text: string) => checker.checkRequest('GET', path, new URLSearchParams(text), undefined);
    expect(query('per_page=100&since=2026-01-01T00:00:00Z')).toEqual([]);
    expect(query('per_page=many')).toEqual([expect.stringContaining('per_page at /value: must be integer')]);
    expect(query('perpage=3')).toEqual([expect.stringContaining('perpage is not known')]);
    expect(checker.checkRequest('GET', path, none, { a: 1 })).toEqual([expect.stringContaining('is not expected')]);
  });

  it('takes a path over several folders, spelled either way', () => {
    for (const file of ['procedures/pryv/upgrade.yml', 'procedures%2Fpryv%2Fupgrade.yml', 'README.md']) {
      expect(checker.checkResponse('GET', `/repos/acme/ops/contents/${file}`, 404, { message: 'Not Found' })).toEqual(
        [],
      );
    }
  });

  it('watches the traffic of a server, and forgives what a test breaks on purpose', async () => {
    const { observe, problems } = watchTraffic(checker);
    const github = await createLocalGitHub({ observe });
    try {
      const as = speaker(github, 'rita');
      github.faults.add({ path: /comments$/, status: 502 });
      expect((await as('GET', path)).status).toBe(502);
      expect((await as('GET', path)).status).toBe(200);
      expect(problems).toEqual([]);
      await as('GET', `${path}?page=x`);
      expect(problems).toEqual([expect.stringContaining('page at /value: must be integer')]);
    } finally {
      await github.close();
    }
  });
});
