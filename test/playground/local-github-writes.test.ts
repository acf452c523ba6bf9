import { expect, it } from '@jest/globals';
import { Octokit } from '@octokit/rest';

import { blobsQuery, COMMIT_MUTATION } from '../../src/github/graphql-queries.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';

const openApi = await loadOpenApi();
const repo = '/repos/acme/ops';
const place = { owner: 'acme', repo: 'ops' };
/** Without its log, which would tell of each refusal. */
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const as = (github: LocalGitHub) => new Octokit({ auth: 'william', baseUrl: github.url, log: quiet }).rest;
const text = (words: string): string => Buffer.from(words).toString('base64');

/** @param files `null` removes one */
async function commit(
  github: LocalGitHub,
  login: string,
  expectedHeadOid: string,
  files: Readonly<Record<string, string | null>>,
  branch: object = {},
): Promise<unknown> {
  const paths = Object.entries(files);
  const input = {
    branch: { repositoryNameWithOwner: 'acme/ops', branchName: 'main', ...branch },
    message: { headline: 'Change' },
    expectedHeadOid,
    fileChanges: {
      additions: paths.flatMap(([path, words]) => (words === null ? [] : [{ path, contents: text(words) }])),
      deletions: paths.flatMap(([path, words]) => (words === null ? [{ path }] : [])),
    },
  };
  return (await speaker(github, login)('POST', '/graphql', { query: COMMIT_MUTATION, variables: { input } })).body;
}

describeWith(openApi)('what is written to the local GitHub', (checker) => {
  const start = localGitHubs(checker);

  it('can begin a branch of its own, without anything of the default one', async () => {
    const github = await start();
    const { git, repos } = as(github);
    const blob = await git.createBlob({ ...place, content: 'one\n' });
    const entry = { path: 'runs/a/1.jsonl', mode: '100644', type: 'blob' } as const;
    const tree = await git.createTree({
      ...place,
      tree: [
        { ...entry, sha: blob.data.sha },
        { ...entry, path: 'README.md', content: 'of runs\n' },
      ],
    });
    const commit = await git.createCommit({ ...place, message: 'Begin', tree: tree.data.sha, parents: [] });
    const ref = { ...place, ref: 'refs/heads/changeover', sha: commit.data.sha };

    await git.createRef(ref);

    await expect(git.createRef(ref)).rejects.toMatchObject({ status: 422 });
    const { data } = await git.getTree({ ...place, tree_sha: 'changeover', recursive: '1' });
    expect(data.tree.map(({ path }) => path)).toEqual(['README.md', 'runs', 'runs/a', 'runs/a/1.jsonl']);
    const listed = await repos.getContent({ ...place, path: 'runs/a', ref: 'changeover' });
    expect(listed.data).toMatchObject([{ name: '1.jsonl', size: 4 }]);
    expect((await repos.getCommit({ ...place, ref: 'changeover' })).data.parents).toEqual([]);
  });

  it('moves a branch on, and back only by force', async () => {
    const github = await start();
    const { git } = as(github);
    const first = (await git.getRef({ ...place, ref: 'heads/main' })).data.object.sha;
    const { data: whole } = await git.getTree({ ...place, tree_sha: first });
    const tree = await git.createTree({
      ...place,
      base_tree: whole.sha,
      tree: [{ path: 'new.txt', mode: '100644', type: 'blob', content: 'new\n' }],
    });
    const commit = await git.createCommit({ ...place, message: 'Go on', tree: tree.data.sha, parents: [first] });

    await git.updateRef({ ...place, ref: 'heads/main', sha: commit.data.sha });

    const back = { ...place, ref: 'heads/main', sha: first };
    await expect(git.updateRef(back)).rejects.toMatchObject({ status: 422 });
    expect((await git.updateRef({ ...back, force: true })).data.object.sha).toBe(first);
    await git.createRef({ ...place, ref: 'refs/heads/other', sha: first });
    await git.deleteRef({ ...place, ref: 'heads/other' });
    await expect(git.deleteRef({ ...place, ref: 'heads/other' })).rejects.toMatchObject({ status: 422 });
    const nowhere = { ...place, ref: 'heads/nowhere', sha: first };
    await expect(git.updateRef(nowhere)).rejects.toMatchObject({ status: 422 });
  });

  it('makes, changes and removes files in one commit, only on top of the one that is expected', async () => {
    const github = await start();
    const { git, repos } = as(github);
    const head = async () => (await git.getRef({ ...place, ref: 'heads/main' })).data.object.sha;
    const before = await head();
    const made = await commit(github, 'william', before, { a: '1', 'b/c': '2' });
    expect(made).toEqual({ data: { createCommitOnBranch: { commit: { oid: await head() } } } });
    expect(await commit(github, 'william', before, { a: '2' })).toMatchObject({ errors: [{ type: 'STALE_DATA' }] });
    expect(await commit(github, 'william', await head(), { a: null, 'b/c': '3' })).toMatchObject({ data: {} });
    await expect(repos.getContent({ ...place, path: 'a' })).rejects.toMatchObject({ status: 404 });
    expect((await repos.getContent({ ...place, path: 'b/c' })).data).toMatchObject({ content: `${text('3')}\n` });
    const now = await head();
    expect(await commit(github, 'william', now, { a: null })).toMatchObject({ errors: [{ type: 'UNPROCESSABLE' }] });
    const [elsewhere, nowhere] = [{ repositoryNameWithOwner: 'acme/none' }, { branchName: 'nowhere' }];
    for (const branch of [elsewhere, nowhere]) {
      expect(await commit(github, 'william', now, { a: '1' }, branch)).toMatchObject({
        errors: [{ type: 'NOT_FOUND' }],
      });
    }
    expect(await head()).toBe(now);
  });

  it('is refused to who may not write, and to an app that was not given that', async () => {
    const github = await start();
    const { git } = as(github);
    const now = (await git.getRef({ ...place, ref: 'heads/main' })).data.object.sha;
    const refused = { data: { createCommitOnBranch: null }, errors: [{ type: 'FORBIDDEN' }] };

    expect(await commit(github, 'rita', now, { x: 'x' })).toMatchObject(refused);
    expect(await commit(github, 'changeover[bot]', now, { x: 'x' })).toMatchObject(refused);
    expect((await speaker(github, 'rita')('POST', `${repo}/git/blobs`, { content: 'x' })).status).toBe(404);
    expect((await speaker(github, 'changeover[bot]')('POST', `${repo}/git/blobs`, { content: 'x' })).status).toBe(403);
    expect(await commit(github, 'olivia', now, { x: 'x' })).toMatchObject({ data: {} });
  });

  it('is asked by GraphQL in no other words than those that are known here', async () => {
    const github = await start({}, { unknown: 2 });
    const say = speaker(github, 'william');
    expect((await say('POST', '/graphql', { query: 'query { viewer { login } }' })).status).toBe(404);
    expect(
      (await say('POST', '/graphql', { query: blobsQuery(['a'.repeat(40)]).replace('text', 'byteSize') })).status,
    ).toBe(404);
    expect(github.unknownRequests).toHaveLength(2);
  });

  it('must be what GitHub takes', async () => {
    const william = speaker(await start(), 'william');
    const status = async (path: string, body: object) => (await william('POST', `${repo}/git/${path}`, body)).status;
    const none = '0'.repeat(40);
    const blob = { path: 'x', mode: '100644', type: 'blob' };

    expect(await status('blobs', {})).toBe(422);
    expect(await status('trees', { tree: [{ ...blob, sha: none }] })).toBe(422);
    expect(await status('trees', { base_tree: none, tree: [] })).toBe(404);
    expect(await status('commits', { message: 'x', tree: none })).toBe(422);
    expect(await status('refs', { ref: 'refs/heads/x', sha: none })).toBe(422);
    expect(await status('refs', { ref: 'x', sha: none })).toBe(422);
  });
});
