import { request } from 'node:http';

import { expect, it } from '@jest/globals';

import { createLocalGitHub } from '../../src/playground/local-github/server.ts';
import type { Change } from '../../src/playground/local-github/types.ts';
import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';

const openApi = await loadOpenApi();
const comments = '/repos/acme/ops/issues/1/comments';

/** Asks with any headers, the `Host` among them, which `fetch` does not let one choose. */
async function statusWith(
  port: number,
  headers: Readonly<Record<string, string>>,
  path = '/rate_limit',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { authorization: 'token rita', ...headers } });
    asked.on('error', reject);
    asked.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.end();
  });
}

describeWith(openApi)('local GitHub, strictly', (checker) => {
  const start = localGitHubs(checker);

  it('refuses requests under a foreign name or from a foreign page', async () => {
    let reached = 0;
    const github = await start({ extra: () => ++reached < 0 });
    const { port } = github;
    const own = `127.0.0.1:${String(port)}`;
    expect(await statusWith(port, { host: own })).toBe(200);
    expect(await statusWith(port, { host: `localhost:${String(port)}`, origin: `http://${own}` })).toBe(200);
    expect(reached).toBe(2);
    expect(await statusWith(port, { host: `evil.example:${String(port)}` })).toBe(403);
    expect(await statusWith(port, { host: '127.0.0.1' })).toBe(403);
    expect(await statusWith(port, { host: own, origin: 'http://evil.example' })).toBe(403);
    expect(await statusWith(port, { host: own, origin: 'null' })).toBe(403);
    expect(await statusWith(port, { host: own, origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await statusWith(port, { host: own, origin: `https://${own}` })).toBe(403);
    expect(reached).toBe(2);
    expect(github.requests).toHaveLength(2);
  });

  it('takes an unknown route for a mistake, and remembers it', async () => {
    const github = await start({}, { unknown: 4 });
    const as = speaker(github, 'olivia');
    expect((await as('GET', '/repos/acme/ops/pulls')).status).toBe(404);
    expect((await as('PUT', comments)).status).toBe(404);
    expect((await as('GET', `${comments}?sort=up`)).status).toBe(404);
    expect((await as('GET', comments, undefined, { accept: 'application/vnd.github.html+json' })).status).toBe(404);
    expect(github.unknownRequests).toEqual([
      'The local GitHub does not have this route: GET /repos/acme/ops/pulls',
      `The local GitHub does not have this route: PUT ${comments}`,
      `The local GitHub does not have the query parameter "sort": GET ${comments}`,
      `The local GitHub does not have this Accept header: GET ${comments}`,
    ]);
  });

  it('writes down every request with who asked', async () => {
    const github = await start();
    await speaker(github, 'rita')('POST', comments, { body: 'Hello' });
    await speaker(github, undefined)('GET', `${comments}?page=1`);
    expect(github.requests).toMatchObject([
      { method: 'POST', path: comments, query: '', status: 201, login: 'rita' },
      { method: 'GET', path: comments, query: '?page=1', status: 401, login: undefined },
    ]);
  });

  it('lets the playground answer on the same port', async () => {
    const github = await start({
      extra: async (asked, answer) => {
        if (asked.url !== '/_playground/echo') return false;
        for await (const chunk of asked) answer.write(chunk);
        answer.end();
        return true;
      },
    });
    const as = speaker(github, undefined);
    expect((await as('POST', '/_playground/echo', 'hello')).body).toBe('hello');
    expect(github.requests).toEqual([]);
    expect(github.unknownRequests).toEqual([]);
  });

  it('tells what changed, until one has heard enough', async () => {
    const github = await start();
    const heard: string[] = [];
    const stop = github.onChange((change: Change) => {
      heard.push(change.kind === 'commit' ? 'commit' : `${change.kind} ${change.action}`);
    });
    const as = speaker(github, 'olivia');
    const made = await as('POST', comments, { body: 'Hello' });
    const one = `/repos/acme/ops/issues/comments/${String((made.body as { id: number }).id)}`;
    await as('PATCH', one, { body: 'Hello!' });
    await as('POST', `${one}/reactions`, { content: '+1' });
    await as('DELETE', one);
    await as('POST', '/repos/acme/ops/issues', { title: 'More' });
    github.commit({ x: 'x' }, 'Add x');
    stop();
    await as('POST', comments, { body: 'unheard' });
    expect(heard).toEqual([
      'comment created',
      'comment edited',
      'reaction created',
      'comment deleted',
      'issue opened',
      'commit',
    ]);
  });

  it('fails as it is told to, so many times', async () => {
    const github = await start();
    const as = speaker(github, 'olivia');
    github.faults.add({ method: 'POST', path: /comments$/g, status: 502, times: 2, headers: { 'retry-after': '1' } });
    const first = await as('POST', comments, { body: 'x' });
    expect([first.status, first.headers.get('retry-after')]).toEqual([502, '1']);
    expect((await as('GET', comments)).body).toEqual([]);
    expect((await as('POST', comments, { body: 'x' })).status).toBe(502);
    expect((await as('POST', comments, { body: 'x' })).status).toBe(201);
    const remove = github.faults.add({ path: /./, times: Infinity, status: 503, body: { message: 'Down' } });
    expect((await as('GET', comments)).body).toEqual({ message: 'Down' });
    remove();
    github.faults.add({ path: /./, delayMs: 5 });
    expect((await as('GET', comments)).body).toHaveLength(1);
  });

  it('can do what it was asked and lose the answer', async () => {
    const github = await start();
    const as = speaker(github, 'olivia');
    github.faults.add({ method: 'POST', path: /comments$/, dropConnection: true, applied: true });
    await expect(as('POST', comments, { body: 'heard, not confirmed' })).rejects.toThrow('fetch failed');
    github.faults.add({ method: 'POST', path: /comments$/, dropConnection: true });
    await expect(as('POST', comments, { body: 'not heard' })).rejects.toThrow('fetch failed');
    github.faults.add({ method: 'POST', path: /comments$/, status: 500, applied: true });
    expect((await as('POST', comments, { body: 'heard too' })).status).toBe(500);
    const { body } = await as('GET', comments);
    expect(body).toMatchObject([{ body: 'heard, not confirmed' }, { body: 'heard too' }]);
    expect(github.requests.map(({ status }) => status)).toEqual([0, 0, 500, 200]);
  });

  it('closes at once, with connections open and a request held up', async () => {
    const github = await createLocalGitHub();
    github.faults.add({ path: /./, delayMs: 60_000 });
    const held = speaker(github, 'olivia')('GET', comments);
    const refused = expect(held).rejects.toThrow('fetch failed');
    await statusWith(github.port, { host: 'evil.example' });
    await github.close();
    await refused;
    await expect(fetch(github.url)).rejects.toThrow('fetch failed');
  });
});
