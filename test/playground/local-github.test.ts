import { expect, it } from '@jest/globals';
import { Octokit } from '@octokit/rest';

import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';

const repo = '/repos/acme/ops';
const comments = `${repo}/issues/1/comments`;
const place = { owner: 'acme', repo: 'ops' };
const openApi = await loadOpenApi();

describeWith(openApi)('local GitHub', (checker) => {
  const start = localGitHubs(checker);

  it('starts with the issues of the playground', async () => {
    const as = speaker(await start(), 'rita');
    expect(await as('GET', `${repo}/issues`)).toMatchObject({
      status: 200,
      body: [
        { number: 2, title: 'nbhosting: Fedora upgrade' },
        { number: 1, title: 'Pryv upgrade', comments: 0, user: { login: 'olivia' } },
      ],
    });
    expect(await as('GET', `${repo}/issues/1`)).toMatchObject({ status: 200, body: { number: 1 } });
    expect(await as('GET', `${repo}/issues/99`)).toMatchObject({ status: 404, body: { message: 'Not Found' } });
    expect(await as('GET', '/repos/acme/other')).toMatchObject({ status: 404 });
  });

  it('opens issues for whoever has an account', async () => {
    const github = await start();
    const as = speaker(github, 'oscar');
    expect(await as('POST', `${repo}/issues`, { title: 'Broken', body: '' })).toMatchObject({
      status: 201,
      body: { number: 3, author_association: 'NONE', user: { login: 'oscar' } },
    });
    expect(await as('POST', `${repo}/issues`, { title: '' })).toMatchObject({ status: 422 });
    const found = await as('GET', `${repo}/issues?creator=oscar&direction=asc&sort=updated&state=all`);
    expect(found.body).toMatchObject([{ title: 'Broken' }]);
  });

  it('keeps comments: created, read, edited, deleted', async () => {
    const octokit = new Octokit({ auth: 'william', baseUrl: (await start()).url });
    const made = await octokit.rest.issues.createComment({ ...place, issue_number: 1, body: 'Hello' });
    const { id } = made.data;
    // Real ids are larger than 32 bits.
    expect(id).toBeGreaterThan(2 ** 32);
    expect(made.data).toMatchObject({ body: 'Hello', user: { login: 'william', type: 'User' } });
    await octokit.rest.issues.updateComment({ ...place, comment_id: id, body: 'Hello again' });
    expect((await octokit.rest.issues.getComment({ ...place, comment_id: id })).data.body).toBe('Hello again');
    expect((await octokit.rest.issues.get({ ...place, issue_number: 1 })).data.comments).toBe(1);
    await octokit.rest.issues.deleteComment({ ...place, comment_id: id });
    const left = await octokit.rest.issues.listCommentsForRepo(place);
    expect(left.data).toEqual([]);
  });

  it('refuses a comment that is blank, missing, too long or on no issue', async () => {
    const as = speaker(await start(), 'olivia');
    const long = '💥'.repeat(65_536);
    expect((await as('POST', comments, { body: long })).status).toBe(201);
    expect(await as('POST', comments, { body: `${long}x` })).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'Body is too long (maximum is 65536 characters)' }] },
    });
    expect(await as('POST', comments, { body: ' \n' })).toMatchObject({
      status: 422,
      body: { message: 'Validation Failed', errors: [{ message: 'Body cannot be blank' }] },
    });
    expect((await as('POST', comments, {})).status).toBe(422);
    expect((await as('POST', comments, '{"body":')).status).toBe(400);
    expect((await as('POST', `${repo}/issues/99/comments`, { body: 'x' })).status).toBe(404);
  });

  it('lets everybody comment, and only writers change what others wrote', async () => {
    const github = await start();
    const ids: Record<string, string> = {};
    for (const login of ['olivia', 'rita', 'oscar']) {
      const made = await speaker(github, login)('POST', comments, { body: `by ${login}` });
      expect(made.status).toBe(201);
      ids[login] = String((made.body as { id: number }).id);
    }
    const edit = async (by: string, author: string) =>
      (await speaker(github, by)('PATCH', `${repo}/issues/comments/${ids[author]!}`, { body: 'changed' })).status;
    expect(await edit('rita', 'rita')).toBe(200);
    expect(await edit('oscar', 'rita')).toBe(403);
    expect(await edit('rita', 'olivia')).toBe(403);
    expect(await edit('william', 'olivia')).toBe(200);
    expect(await edit('changeover[bot]', 'olivia')).toBe(200);
    const remove = (by: string) => speaker(github, by)('DELETE', `${repo}/issues/comments/${ids['olivia']!}`);
    expect((await remove('rita')).status).toBe(403);
    expect((await remove('william')).status).toBe(204);
    expect((await remove('william')).status).toBe(404);
  });

  it('answers lists in pages, with links to the others', async () => {
    const github = await start();
    const octokit = new Octokit({ auth: 'rita', baseUrl: github.url });
    const bodies = Array.from({ length: 7 }, (_, index) => `comment ${String(index)}`);
    for (const body of bodies) await octokit.rest.issues.createComment({ ...place, issue_number: 1, body });
    const before = github.requests.length;
    const all = await octokit.paginate(octokit.rest.issues.listComments, { ...place, issue_number: 1, per_page: 3 });
    expect(all.map((comment) => comment.body)).toEqual(bodies);
    expect(github.requests.length - before).toBe(3);
    const second = await speaker(github, 'rita')('GET', `${comments}?per_page=3&page=2`);
    const link = second.headers.get('link') ?? '';
    expect(
      [...link.matchAll(/page=(\d+)>; rel="(\w+)"/g)].map((match) => `${match[2] ?? ''} ${match[1] ?? ''}`),
    ).toEqual(['prev 1', 'next 3', 'last 3', 'first 1']);
    const beyond = await speaker(github, 'rita')('GET', `${comments}?per_page=3&page=9`);
    expect(beyond.body).toEqual([]);
  });

  it('lists only what changed since a time, to the second', async () => {
    let now = Date.parse('2026-01-01T10:00:00.700Z');
    const as = speaker(await start({ clock: () => now }), 'olivia');
    const first = await as('POST', comments, { body: 'first' });
    expect(first.body).toMatchObject({ created_at: '2026-01-01T10:00:00Z' });
    now += 60_000;
    await as('POST', comments, { body: 'second' });
    const listed = await as('GET', `${comments}?since=2026-01-01T10:01:00Z`);
    expect(listed.body).toMatchObject([{ body: 'second' }]);
    now += 60_000;
    await as('PATCH', `${repo}/issues/comments/${String((first.body as { id: number }).id)}`, { body: 'edited' });
    const everywhere = await as(
      'GET',
      `${repo}/issues/comments?since=2026-01-01T10:01:00Z&sort=updated&direction=desc`,
    );
    expect(everywhere.body).toMatchObject([{ body: 'edited', updated_at: '2026-01-01T10:02:00Z' }, { body: 'second' }]);
  });

  it('dates its answers by the clock by which it dates comments', async () => {
    const as = speaker(await start({ clock: () => Date.parse('2026-11-22T06:00:00Z') }), 'rita');
    const made = await as('POST', comments, { body: 'Hello' });
    expect(made.body).toMatchObject({ created_at: '2026-11-22T06:00:00Z' });
    expect(made.headers.get('date')).toBe('Sun, 22 Nov 2026 06:00:00 GMT');
  });

  it('answers 304 as long as nothing changed', async () => {
    const github = await start();
    const as = speaker(github, 'william');
    const etag = (await as('GET', comments)).headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/".+"$/);
    const again = await as('GET', comments, undefined, { 'if-none-match': etag });
    expect(again).toMatchObject({ status: 304, body: '' });
    // And asks nothing of the limit.
    expect([again, await as('GET', '/rate_limit')].map(({ headers }) => headers.get('x-ratelimit-used'))).toEqual([
      '1',
      '1',
    ]);
    await as('POST', comments, { body: 'news' });
    expect((await as('GET', comments, undefined, { 'if-none-match': etag })).status).toBe(200);
    expect(github.requests.map(({ status }) => status)).toEqual([200, 304, 200, 201, 200]);
  });

  it('counts a reaction once for each who reacts', async () => {
    const github = await start();
    const as = speaker(github, 'olivia');
    const made = await as('POST', comments, { body: '/help' });
    const one = `${repo}/issues/comments/${String((made.body as { id: number }).id)}`;
    const bot = speaker(github, 'changeover[bot]');
    expect((await bot('POST', `${one}/reactions`, { content: 'eyes' })).status).toBe(201);
    expect((await bot('POST', `${one}/reactions`, { content: 'eyes' })).status).toBe(200);
    expect((await bot('POST', `${one}/reactions`, { content: 'shrug' })).status).toBe(422);
    expect((await as('POST', `${one}/reactions`, { content: 'rocket' })).status).toBe(201);
    expect((await as('GET', one)).body).toMatchObject({ reactions: { total_count: 2, eyes: 1, rocket: 1 } });
    const eyes = await as('GET', `${one}/reactions?content=eyes`);
    expect(eyes.body).toMatchObject([{ content: 'eyes', user: { login: 'changeover[bot]', type: 'Bot' } }]);
    const { id } = (eyes.body as [{ id: number }])[0];
    expect((await as('DELETE', `${one}/reactions/${String(id)}`)).status).toBe(403);
    expect((await bot('DELETE', `${one}/reactions/${String(id)}`)).status).toBe(204);
    expect((await bot('POST', `${repo}/issues/1/reactions`, { content: '+1' })).status).toBe(201);
    expect((await as('GET', `${repo}/issues/1`)).body).toMatchObject({ reactions: { '+1': 1 } });
  });

  it('says what each login may do, to those who may ask', async () => {
    const github = await start();
    const permission = async (login: string, asker = 'changeover[bot]') =>
      speaker(github, asker)('GET', `${repo}/collaborators/${login}/permission`);
    expect((await permission('olivia')).body).toMatchObject({ permission: 'admin', role_name: 'admin' });
    expect((await permission('William')).body).toMatchObject({ permission: 'write', user: { login: 'william' } });
    expect((await permission('rita')).body).toMatchObject({ permission: 'read', role_name: 'read' });
    expect((await permission('oscar')).body).toMatchObject({ permission: 'read', role_name: 'read' });
    expect(await permission('nobody')).toMatchObject({ status: 404, body: { message: 'nobody is not a user' } });
    expect((await permission('olivia', 'rita')).status).toBe(403);
    github.setRole('rita', 'maintain');
    expect((await permission('rita')).body).toMatchObject({ permission: 'write', role_name: 'maintain' });
    github.setRole('rita', undefined);
    expect((await permission('rita')).body).toMatchObject({ permission: 'read' });
    expect(() => {
      github.setRole('nobody', 'read');
    }).toThrow('no user nobody');
  });

  it('can be told that outsiders have no permission', async () => {
    const as = speaker(await start({ outsiders: 'none' }), 'olivia');
    const answer = await as('GET', `${repo}/collaborators/oscar/permission`);
    expect(answer.body).toMatchObject({ permission: 'none', role_name: 'none' });
  });

  it('knows its users, the repository and the rate', async () => {
    const as = speaker(await start(), 'olivia');
    expect((await as('GET', '/user')).body).toMatchObject({ login: 'olivia', user_view_type: 'private' });
    expect((await as('GET', '/users/rita')).body).toMatchObject({ login: 'rita', user_view_type: 'public' });
    expect((await as('GET', '/users/changeover%5Bbot%5D')).body).toMatchObject({ type: 'Bot' });
    expect((await as('GET', '/users/nobody')).status).toBe(404);
    expect((await as('GET', repo)).body).toMatchObject({ default_branch: 'main', permissions: { admin: true } });
    const rate = await as('GET', '/rate_limit');
    expect(rate.body).toMatchObject({ rate: { limit: 5000, used: 5, remaining: 4995 } });
    expect(rate.headers.get('x-ratelimit-remaining')).toBe('4995');
  });

  it('refuses who gives no token or an unknown one', async () => {
    const github = await start();
    expect(await speaker(github, undefined)('GET', repo)).toMatchObject({
      status: 401,
      body: { message: 'Requires authentication' },
    });
    expect(await speaker(github, 'mallory')('GET', repo)).toMatchObject({
      status: 401,
      body: { message: 'Bad credentials' },
    });
    expect((await speaker(github, 'acme')('GET', repo)).status).toBe(401);
    const bearer = await speaker(github, undefined)('GET', repo, undefined, { authorization: 'Bearer rita' });
    expect(bearer.status).toBe(200);
  });

  it('stops answering at the rate limit', async () => {
    const github = await start({ rateLimit: 2 });
    const as = speaker(github, 'olivia');
    expect((await as('GET', repo)).status).toBe(200);
    expect((await as('GET', repo)).status).toBe(200);
    const third = await as('GET', repo);
    expect(third.status).toBe(403);
    expect(third.headers.get('x-ratelimit-remaining')).toBe('0');
    expect((await speaker(github, 'rita')('GET', repo)).status).toBe(200);
  });
});
