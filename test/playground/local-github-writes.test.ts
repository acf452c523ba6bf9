import { expect, it } from '@jest/globals';
import { Octokit } from '@octokit/rest';

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

  it('makes, changes and removes a file only for who has read it as it is', async () => {
    const github = await start();
    const { repos } = as(github);
    const file = { ...place, path: 'claims/a.json', message: 'Claim' };
    const made = await repos.createOrUpdateFileContents({ ...file, content: text('1') });
    const sha = made.data.content?.sha ?? '';
    expect(made.status).toBe(201);

    await expect(repos.createOrUpdateFileContents({ ...file, content: text('2') })).rejects.toMatchObject({
      status: 422,
    });
    const changed = await repos.createOrUpdateFileContents({ ...file, content: text('2'), sha });
    expect(changed.status).toBe(200);
    await expect(repos.createOrUpdateFileContents({ ...file, content: text('3'), sha })).rejects.toMatchObject({
      status: 409,
    });
    await expect(repos.deleteFile({ ...file, sha })).rejects.toMatchObject({ status: 409 });
    const gone = await repos.deleteFile({ ...file, sha: changed.data.content?.sha ?? '' });
    expect(gone.data.content).toBeNull();
    await expect(repos.getContent({ ...place, path: file.path })).rejects.toMatchObject({ status: 404 });
    const elsewhere = { ...file, content: text('1'), branch: 'nowhere' };
    await expect(repos.createOrUpdateFileContents(elsewhere)).rejects.toMatchObject({ status: 404 });
  });

  it('is refused to who may not write, and to an app that was not given that', async () => {
    const github = await start();
    const write = async (token: string) =>
      (await speaker(github, token)('PUT', `${repo}/contents/x`, { message: 'x', content: text('x') })).status;

    expect(await write('rita')).toBe(404);
    expect(await write('changeover[bot]')).toBe(403);
    expect(await write('olivia')).toBe(201);
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
