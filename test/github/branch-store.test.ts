import { expect, it } from '@jest/globals';
import { createBranchStore } from '../../src/github/branch-store.ts';
import { plainClient } from '../../src/github/plain-client.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';
import { localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';

const openApi = await loadOpenApi();

describeWith(openApi)('the store of a branch', (checker) => {
  const start = localGitHubs(checker);
  const storeOf = (github: LocalGitHub) =>
    createBranchStore(plainClient('william', github.url), { owner: 'acme', repo: 'ops' });
  const asked = (github: LocalGitHub, path: RegExp): number =>
    github.requests.filter((each) => path.test(each.path)).length;

  it('asks for what it knows once, and is told for free that nothing has changed', async () => {
    const github = await start();
    const store = storeOf(github);
    expect((await store.list()).size).toBe(0);
    expect(await store.put('a.txt', 'one\n', undefined)).toEqual({ kind: 'put' });
    const blob = (await store.list()).get('a.txt') ?? '';
    expect([...(await store.list()).keys()]).toEqual(['README.md', 'a.txt']);
    expect(github.requests.at(-1)).toMatchObject({ status: 304 });
    expect(await store.texts([blob, blob])).toEqual(['one\n', 'one\n']);
    expect(await store.texts([blob])).toEqual(['one\n']);
    expect(asked(github, /\/git\/blobs\//)).toBe(1);
    expect(await store.put('a.txt', 'two\n', undefined)).toEqual({ kind: 'refused' });
    expect(await store.put('a.txt', 'two\n', blob)).toEqual({ kind: 'put' });
  });

  it('reads a long history in one call, whatever its files are called', async () => {
    const github = await start();
    const writing = storeOf(github);
    const paths = Array.from({ length: 20 }, (_, index) => `runs/${'long-'.repeat(index)}/${String(index)}.jsonl`);
    for (const path of paths) await writing.put(path, `${path} é\n`, undefined);
    await writing.put('empty.txt', '', undefined);
    const store = storeOf(github);
    const listed = await store.list();
    const texts = await store.texts(paths.map((path) => listed.get(path) ?? ''));
    expect(texts).toEqual(paths.map((path) => `${path} é\n`));
    expect(asked(github, /\/tarball\//)).toBe(1);
    expect(asked(github, /\/git\/blobs\//)).toBe(0);
    expect(await store.texts([listed.get('empty.txt') ?? ''])).toEqual(['']);
    // What was written since is asked for by itself.
    await writing.put('late.txt', 'late\n', undefined);
    expect(await store.texts([(await store.list()).get('late.txt') ?? ''])).toEqual(['late\n']);
    expect(asked(github, /\/tarball\//)).toBe(1);
  });

  it('asks for each file where the whole is not to be had', async () => {
    const github = await start();
    const writing = storeOf(github);
    for (let each = 0; each < 14; each += 1) await writing.put(`${String(each)}.txt`, `${String(each)}\n`, undefined);
    github.faults.add({ path: /\/tarball\//, status: 503, times: Infinity });
    const store = storeOf(github);
    const listed = [...(await store.list())].filter(([path]) => path.endsWith('.txt'));
    expect(await store.texts(listed.map(([, blob]) => blob))).toEqual(
      listed.map(([path]) => path.replace('.txt', '\n')),
    );
  });
});
