import { expect, it } from '@jest/globals';
import { ProbotOctokit } from 'probot';
import { createGitHubApi } from '../../src/github/api.ts';
import { fetchWithin } from '../../src/github/fetch-within.ts';
import { createGitHubSource } from '../../src/github/source.ts';
import { createLocalGitHub, type LocalGitHub } from '../../src/playground/local-github/server.ts';
import { localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { fastClock } from './fake-time.ts';

const openApi = await loadOpenApi();
const quiet = (): void => undefined;

const patience = () => ({
  clock: fastClock(1_000),
  forMs: 3_600_000,
  signal: new AbortController().signal,
  log: quiet,
});

function sourceOf(github: LocalGitHub) {
  const client = new ProbotOctokit({
    baseUrl: github.url,
    authStrategy: undefined,
    auth: 'william',
    throttle: { enabled: false },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    request: { fetch: fetchWithin() },
  });
  return createGitHubSource(createGitHubApi(client, { owner: 'acme', repo: 'ops' }), patience());
}

it('does not take a web page for a file, nor half an answer for a whole one', async () => {
  const page = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: Buffer.from('<html>') };
  const github = await createLocalGitHub({ seed: { files: { 'inventory.yml': 'hosts: {}\n' } } });
  try {
    const source = sourceOf(github);
    const head = await source.head();
    github.faults.add({ path: /contents/, ...page, times: 2 });
    github.faults.add({ path: /contents/, cut: true, times: 2 });
    github.faults.add({ path: /contents/, dropConnection: true });
    expect(await source.read(head, 'inventory.yml')).toBe('hosts: {}\n');
    expect(github.requests.filter(({ path }) => path.includes('/contents/'))).toHaveLength(6);
  } finally {
    await github.close();
  }
});

const paths = (github: LocalGitHub): readonly string[] =>
  github.requests.map(({ path, status }) => `${path} ${String(status)}`);

describeWith(openApi)('the repository as source', (checker) => {
  const start = localGitHubs(checker);
  const files = {
    'inventory.yml': 'hosts: {}\n',
    'procedures/a/b c.yml': 'ünï\n',
    'procedures/x.yml': 'x',
    'else.yml': 'e',
  };

  it('reads files as they are at a commit, whatever is pushed meanwhile', async () => {
    const github = await start({ seed: { files } });
    const source = sourceOf(github);
    const before = await source.head();
    const after = github.commit({ 'inventory.yml': 'hosts: {a: 1}\n', 'procedures/x.yml': null }, 'Change');
    expect(await source.read(before, 'inventory.yml')).toBe('hosts: {}\n');
    expect(await source.head()).toBe(after);
    expect(await source.read(after, 'inventory.yml')).toBe('hosts: {a: 1}\n');
    expect(await source.read(after, 'procedures/x.yml')).toBeUndefined();
    expect(await source.read(after, 'procedures/a/b c.yml')).toBe('ünï\n');
    expect(await source.list(before, 'procedures')).toEqual(['procedures/a/b c.yml', 'procedures/x.yml']);
    expect(await source.list(after, 'procedures')).toEqual(['procedures/a/b c.yml']);
    expect(await source.list(after, 'nothing')).toEqual([]);
  });

  it('asks once for what cannot change, and costs nothing while the branch stands still', async () => {
    const github = await start({ seed: { files } });
    const source = sourceOf(github);
    const commit = await source.head();
    await Promise.all([source.read(commit, 'inventory.yml'), source.read(commit, 'inventory.yml')]);
    await source.read(commit, 'none.yml');
    await source.read(commit, 'none.yml');
    await source.head();
    expect(paths(github)).toEqual([
      '/repos/acme/ops/commits/HEAD 200',
      '/repos/acme/ops/contents/inventory.yml 200',
      '/repos/acme/ops/contents/none.yml 404',
      '/repos/acme/ops/commits/HEAD 304',
    ]);
  });

  it('asks again after a failure', async () => {
    const github = await start({ seed: { files } });
    const source = sourceOf(github);
    const commit = await source.head();
    github.faults.add({ path: /contents/, status: 403, body: { message: 'Not now' } });
    await expect(source.read(commit, 'else.yml')).rejects.toThrow('Not now');
    expect(await source.read(commit, 'else.yml')).toBe('e');
  });
});

it('finds its way through a repository too large for one answer', async () => {
  const trees: Record<string, readonly (readonly [string, string, string])[]> = {
    root: [
      ['procedures', 'tree', 'p'],
      ['README.md', 'blob', 'r'],
    ],
    p: [['a', 'tree', 'a']],
    'p recursive': [
      ['a', 'tree', 'a'],
      ['a/b.yml', 'blob', 'b'],
    ],
  };
  const api = {
    head: () => Promise.resolve('root'),
    file: () => Promise.resolve(undefined),
    isIn: () => Promise.resolve(true),
    tree: (sha: string, recursive: boolean) => {
      if (sha === 'root' && recursive) return Promise.resolve({ truncated: true, tree: [] });
      const tree = (trees[recursive ? `${sha} recursive` : sha] ?? []).map(([path, type, id]) => ({
        path,
        type,
        sha: id,
      }));
      return Promise.resolve({ truncated: false, tree });
    },
  };
  const source = createGitHubSource(api, patience());
  expect(await source.list('root', 'procedures')).toEqual(['procedures/a/b.yml']);
});
