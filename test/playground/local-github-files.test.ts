import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, expect, it } from '@jest/globals';
import { Octokit } from '@octokit/rest';

import { localGitHubs, speaker } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { execFileSync } from '../support/run-sync.ts';

const openApi = await loadOpenApi();
const repo = '/repos/acme/ops';
const place = { owner: 'acme', repo: 'ops' };
const files = {
  'README.md': '# ops\n',
  'a.txt': 'a file that sorts before the folder "a"\n',
  'a/deep/er.yml': 'name: deep\n',
  'a-b/c': 'sorts between a.txt and a/\n',
  'bytes.bin': Buffer.from([0, 255, 254, 10, 13, 128]),
  'naïve name.md': 'é\n',
};
const folder = mkdtempSync(join(tmpdir(), 'changeover-git-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The commit that git itself makes of these files. */
function realCommit(): string {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'acme',
        GIT_AUTHOR_EMAIL: 'acme@users.noreply.github.com',
        GIT_AUTHOR_DATE: '1767261600 +0000',
        GIT_COMMITTER_NAME: 'acme',
        GIT_COMMITTER_EMAIL: 'acme@users.noreply.github.com',
        GIT_COMMITTER_DATE: '1767261600 +0000',
      },
    }).trim();
  git('init', '-q');
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  git('add', '.');
  const tree = git('write-tree');
  return git('commit-tree', tree, '-m', 'Start the repository').trim();
}

describeWith(openApi)('files of the local GitHub', (checker) => {
  const start = localGitHubs(checker);

  it('have the names that git itself gives them', async () => {
    const github = await start({ seed: { files }, clock: () => 1767261600_000 });
    const commit = await speaker(github, 'rita')('GET', `${repo}/commits/main`);
    expect(commit.body).toMatchObject({ sha: realCommit() });
  });

  it('are read at a commit, whatever was committed since', async () => {
    const github = await start({ seed: { files } });
    const octokit = new Octokit({ auth: 'changeover[bot]', baseUrl: github.url });
    const ref = await octokit.rest.git.getRef({ ...place, ref: 'heads/main' });
    const old = ref.data.object.sha;
    const later = github.commit({ 'a/deep/er.yml': 'name: later\n', 'a.txt': null }, 'Change one, remove one');
    const read = async (path: string, at: string) => {
      const { data } = await octokit.rest.repos.getContent({ ...place, path, ref: at });
      if (Array.isArray(data) || !('content' in data)) throw new Error(`${path} is no file`);
      return Buffer.from(data.content, 'base64').toString();
    };
    expect(await read('a/deep/er.yml', old)).toBe('name: deep\n');
    expect(await read('a/deep/er.yml', later)).toBe('name: later\n');
    expect(await read('a/deep/er.yml', 'main')).toBe('name: later\n');
    expect(await read('naïve name.md', old.slice(0, 9))).toBe('é\n');
    expect(await read('a.txt', old)).toContain('sorts before');
    expect((await speaker(github, 'rita')('GET', `${repo}/contents/a.txt`)).status).toBe(404);
    const commit = await octokit.rest.repos.getCommit({ ...place, ref: later });
    expect(commit.data.parents.map(({ sha }) => sha)).toEqual([old]);
  });

  it('are listed by folder and as a whole tree', async () => {
    const github = await start({ seed: { files } });
    const as = speaker(github, 'rita');
    expect((await as('GET', `${repo}/contents/a?ref=main`)).body).toMatchObject([
      { name: 'deep', path: 'a/deep', type: 'dir', size: 0 },
    ]);
    expect((await as('GET', `${repo}/contents/`)).body).toHaveLength(6);
    const tree = async (query: string) => {
      const { body } = await as('GET', `${repo}/git/trees/main${query}`);
      return (body as { tree: { path: string }[] }).tree.map(({ path }) => path);
    };
    expect(await tree('')).toEqual(['README.md', 'a-b', 'a.txt', 'a', 'bytes.bin', 'naïve name.md']);
    expect(await tree('?recursive=1')).toEqual([
      'README.md',
      'a-b',
      'a-b/c',
      'a.txt',
      'a',
      'a/deep',
      'a/deep/er.yml',
      'bytes.bin',
      'naïve name.md',
    ]);
  });

  it('come byte for byte as blobs and raw', async () => {
    const github = await start({ seed: { files } });
    const as = speaker(github, 'rita');
    const file = (await as('GET', `${repo}/contents/bytes.bin`)).body as { sha: string; size: number };
    expect(file.size).toBe(6);
    const blob = (await as('GET', `${repo}/git/blobs/${file.sha}`)).body as { content: string };
    expect(Buffer.from(blob.content, 'base64')).toEqual(files['bytes.bin']);
    const raw = await fetch(`${github.url}${repo}/contents/bytes.bin`, {
      headers: { authorization: 'token rita', accept: 'application/vnd.github.raw+json' },
    });
    expect(Buffer.from(await raw.arrayBuffer())).toEqual(files['bytes.bin']);
    const sha = await as('GET', `${repo}/commits/heads/main`, undefined, { accept: 'application/vnd.github.sha' });
    expect(sha.body).toMatch(/^[0-9a-f]{40}$/);
  });

  it('over a megabyte come without their content, as on GitHub', async () => {
    const github = await start({ seed: { files: { 'big.txt': 'x'.repeat(1024 * 1024 + 1) } } });
    const big = await speaker(github, 'rita')('GET', `${repo}/contents/big.txt`);
    expect(big.body).toMatchObject({ content: '', encoding: 'none', size: 1024 * 1024 + 1 });
  });

  it('that are not there are said not to be', async () => {
    const as = speaker(await start(), 'rita');
    const status = async (path: string) => (await as('GET', `${repo}${path}`)).status;
    expect(await status('/contents/nothing.md')).toBe(404);
    expect(await status('/contents/README.md/nothing')).toBe(404);
    expect(await status('/contents/README.md?ref=nowhere')).toBe(404);
    expect(await status('/commits/nowhere')).toBe(422);
    expect(await status(`/git/trees/${'0'.repeat(40)}`)).toBe(404);
    expect(await status(`/git/blobs/${'0'.repeat(40)}`)).toBe(404);
    expect(await status('/git/ref/heads/nowhere')).toBe(404);
  });
});
