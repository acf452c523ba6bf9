import { expect, it } from '@jest/globals';
import type { BranchStore } from '../../src/engine/ports.ts';
import { createBranchStore } from '../../src/github/branch-store.ts';
import { blobsQuery, COMMIT_MUTATION } from '../../src/github/graphql-queries.ts';
import { patientClient } from '../../src/github/patient-client.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import { queryProblems } from '../support/graphql.ts';
import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';

const openApi = await loadOpenApi();

it('asks GitHub in words of its own GraphQL schema', () => {
  expect(queryProblems(COMMIT_MUTATION)).toEqual([]);
  expect(queryProblems(blobsQuery(['a'.repeat(40), 'b'.repeat(40)]))).toEqual([]);
  expect(queryProblems(COMMIT_MUTATION.replace('oid', 'sha'))).toEqual([
    'GraphQL: Cannot query field "sha" on type "Commit".',
  ]);
});

describeWith(openApi)('the store of a branch', (checker) => {
  const start = localGitHubs(checker);
  const storeOf = (github: LocalGitHub, token = 'william') =>
    createBranchStore(patientClient({ token, apiUrl: github.url, pace: 'none' }), { owner: 'acme', repo: 'ops' });
  const asked = (github: LocalGitHub, path: RegExp): number =>
    github.requests.filter((each) => path.test(each.path) && each.status !== 304).length;
  const put = async (store: BranchStore, files: Readonly<Record<string, string>>) =>
    store.commit(new Map(Object.entries(files)), await store.read());
  const textsOf = async (store: BranchStore, ...paths: readonly string[]): Promise<readonly string[]> => {
    const { files } = await store.read();
    return store.texts(paths.map((path) => files.get(path) ?? ''));
  };

  it('begins with the files that are to be there, and puts any number of them there in one commit', async () => {
    const github = await start();
    const store = storeOf(github);
    expect(await store.read()).toEqual({ commit: undefined, files: new Map() });
    expect(await put(store, { 'a.txt': 'one\n' })).toMatchObject({ kind: 'made' });
    const calls = github.requests.length;
    const { commit, files } = await store.read();
    expect([...files.keys()].toSorted()).toEqual(['README.md', 'a.txt']);
    expect(await put(store, { 'a.txt': 'two é\n', 'runs/c.txt': '', 'b/d.txt': 'x'.repeat(256 * 1024) })).toMatchObject(
      {
        kind: 'made',
      },
    );
    // What this process has put there it need not list, and to look whether it is still so costs nothing.
    expect((await store.read()).commit).not.toBe(commit);
    expect(await textsOf(store, 'a.txt', 'runs/c.txt')).toEqual(['two é\n', '']);
    const since = github.requests.slice(calls).map(({ method, path, status }) => `${method} ${path} ${status}`);
    expect(since.filter((each) => !each.endsWith('/commits/changeover 304'))).toEqual([
      ...['POST /graphql 200', 'POST /graphql 200'],
    ]);
    expect(await textsOf(storeOf(github), 'a.txt', 'b/d.txt')).toEqual(['two é\n', 'x'.repeat(256 * 1024)]);
    const told = await speaker(github, 'william')('GET', '/repos/acme/ops/commits/changeover');
    expect(told.body).toMatchObject({ commit: { message: 'runs/c.txt and 2 more' } });
  });

  it('puts nothing there where the branch has been moved on, or begun, by another', async () => {
    const github = await start();
    const [one, other] = [storeOf(github), storeOf(github)];
    const none = await other.read();
    await put(one, { 'a.txt': 'one\n' });
    expect(await other.commit(new Map([['a.txt', 'other\n']]), none)).toMatchObject({ kind: 'stale' });
    const before = await other.read();
    await put(one, { 'b.txt': 'one\n' });
    expect(await other.commit(new Map([['a.txt', 'other\n']]), before)).toMatchObject({
      kind: 'stale',
      why: expect.stringContaining('Expected branch to point to'),
    });
    expect(await textsOf(other, 'a.txt', 'b.txt')).toEqual(['one\n', 'one\n']);
  });

  it('reads a long history in one call, and what has been added since in three', async () => {
    const github = await start();
    const writing = storeOf(github);
    const paths = Array.from({ length: 20 }, (_, index) => `runs/${'long-'.repeat(index)}/${String(index)}.jsonl`);
    await put(writing, { ...Object.fromEntries(paths.map((path) => [path, `${path} é\n`])), 'empty.txt': '' });
    const store = storeOf(github);
    const calls = github.requests.length;
    expect(await textsOf(store, ...paths, 'empty.txt')).toEqual([...paths.map((path) => `${path} é\n`), '']);
    const counted = github.requests.slice(calls).filter(({ status }) => status !== 304);
    expect(counted.map(({ path }) => path)).toEqual(['/repos/acme/ops/tarball/changeover']);
    await put(writing, { 'late.txt': 'late\n', 'later.txt': 'later\n' });
    expect(await textsOf(store, 'late.txt', 'later.txt')).toEqual(['late\n', 'later\n']);
    const since = github.requests.slice(calls + counted.length).filter(({ status }) => status === 200);
    expect(since.map(({ path }) => path.replace(/.*\/ops/, ''))).toEqual([
      '/graphql',
      '/commits/changeover',
      expect.stringContaining('/git/trees/'),
      '/graphql',
    ]);
  });

  it('asks for what it wants where the whole is not to be had, and for what GraphQL does not show by itself', async () => {
    const github = await start();
    const long = 'y'.repeat(600_000);
    const files = { 'a.txt': 'a\n', 'b.txt': 'b\0\n', 'c.txt': long };
    await put(storeOf(github), files);
    for (const trouble of [{ status: 503 }, { dropConnection: true }, { status: 200, body: { no: 'tarball' } }]) {
      github.faults.add({ path: /\/tarball\//, ...trouble });
      expect(await textsOf(storeOf(github), 'a.txt', 'b.txt', 'c.txt')).toEqual(Object.values(files));
    }
    expect([asked(github, /\/graphql/), asked(github, /\/git\/blobs\//)]).toEqual([3, 6]);
  });

  it.each([
    ['is limited', { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded.' }] }, 60_000],
    ['is asked to slow down', { message: 'You have exceeded a secondary rate limit.', documentation_url: 'x' }, 60_000],
    ['is not to be understood', { data: { createCommitOnBranch: null } }, undefined],
    ['fails inside', { errors: [{ message: 'Something went wrong while executing your query.' }] }, undefined],
    ['has other rules', { errors: [{ type: 'UNPROCESSABLE', message: 'Changes must be made otherwise.' }] }, undefined],
  ])('does not know what became of a commit where GitHub %s', async (_what, body, waitMs) => {
    const github = await start();
    const store = storeOf(github);
    await put(store, { 'a.txt': 'one\n' });
    github.faults.add({ path: /graphql/, status: 200, body });
    const made = await put(store, { 'a.txt': 'two\n' });
    expect(made).toEqual({ kind: 'away', why: expect.any(String), ...(waitMs === undefined ? {} : { waitMs }) });
  });

  it('takes a branch that git moves just then for one that was moved', async () => {
    const github = await start();
    const store = storeOf(github);
    await put(store, { 'a.txt': 'one\n' });
    const message = `refs/heads/changeover is at ${'a'.repeat(40)} but expected ${'b'.repeat(40)}`;
    github.faults.add({ path: /graphql/, status: 200, body: { errors: [{ message }] } });
    expect(await put(store, { 'a.txt': 'two\n' })).toMatchObject({ kind: 'stale' });
  });

  it('knows its own commit though GitHub still shows what was before, until that refuses one upon it', async () => {
    const github = await start();
    const store = storeOf(github);
    await put(store, { 'a.txt': 'one\n' });
    const { commit: before = '' } = await store.read();
    await put(store, { 'a.txt': 'two\n' });
    const late = { path: /\/commits\/changeover$/, status: 200, body: Buffer.from(before), times: 2 };
    github.faults.add({ ...late, headers: { 'content-type': 'application/vnd.github.sha; charset=utf-8' } });
    expect(await textsOf(store, 'a.txt')).toEqual(['two\n']);
    const stale = { errors: [{ type: 'STALE_DATA', message: 'Pull and try again.' }] };
    github.faults.add({ path: /graphql/, status: 200, body: stale });
    expect(await store.commit(new Map(), { commit: before, files: new Map() })).toMatchObject({ kind: 'stale' });
    expect((await store.read()).commit).toBe(before);
    expect(await textsOf(store, 'a.txt')).toEqual(['two\n']);
  });

  it('is not led back by a look that was under way while it committed', async () => {
    const github = await start();
    const store = storeOf(github);
    await put(store, { 'a.txt': 'one\n' });
    const on = await store.read();
    const headers = { 'content-type': 'application/vnd.github.sha; charset=utf-8' };
    const body = Buffer.from(on.commit ?? '');
    github.faults.add({ path: /\/commits\/changeover$/, delayMs: 100, status: 200, headers, body });
    const looking = store.read();
    const made = await store.commit(new Map([['a.txt', 'two\n']]), on);
    expect(made).toEqual({ kind: 'made', state: await looking });
    expect(made).toEqual({ kind: 'made', state: await store.read() });
  });

  it('says which right is missing', async () => {
    const github = await start();
    await put(storeOf(github), { 'a.txt': 'one\n' });
    for (const token of ['rita', 'changeover[bot]']) {
      expect(await put(storeOf(github, token), { 'a.txt': 'two\n' })).toMatchObject({
        kind: 'away',
        why: expect.stringContaining('permissions: contents: write'),
      });
    }
  });

  it('is used up by itself, beside what is asked otherwise', async () => {
    const github = await start({ rateLimit: 6 });
    const store = storeOf(github);
    await put(store, { 'a.txt': '0\n' });
    for (let each = 0; each < 6; each += 1)
      expect(await store.commit(new Map([['a.txt', `${String(each)}\n`]]), await store.read())).toMatchObject({
        kind: 'made',
      });
    expect(await store.commit(new Map([['a.txt', 'too many\n']]), await store.read())).toMatchObject({
      kind: 'away',
      why: expect.stringContaining('rate limit'),
      waitMs: expect.any(Number),
    });
  });
});
