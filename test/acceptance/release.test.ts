import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { read, ROOT } from '../docs/pages.ts';
import { needs } from '../support/needs.ts';

const run = promisify(execFile);
/** Nothing of whoever runs the tests. */
const env = (home: string): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], HOME: home, LANG: 'C.UTF-8' });
const NOT_COPIED = /^(\.git|\.cache|node_modules|dist|coverage)$/;

needs('git')('a release', () => {
  let folder = '';
  let said = '';
  const released = (): string => join(folder, 'released');
  const git = (at: string, ...words: readonly string[]) =>
    run('git', ['-C', join(folder, at), ...words], { env: env(folder) });
  const release = () => run(join(folder, 'source/.ci/release'), [], { env: env(folder) });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-release-'));
    await run('git', ['init', '--quiet', '--bare', join(folder, 'origin')], { env: env(folder) });
    const source = join(folder, 'source');
    cpSync(ROOT, source, {
      recursive: true,
      filter: (path) => !NOT_COPIED.test(path.slice(ROOT.length).split('/')[0] ?? ''),
    });
    await git('source', 'init', '--quiet', '--initial-branch', 'main');
    await git('source', 'add', '.');
    await git('source', '-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-m', 'All of it');
    // As though `npm ci` had been there.
    symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'));
    await git('source', 'remote', 'add', 'origin', join(folder, 'origin'));
    await git('source', 'push', '--quiet', 'origin', 'main');
    said = (await release()).stdout;
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
    await run('git', ['clone', '--quiet', '--branch', `v${version}`, join(folder, 'origin'), released()], {
      env: env(folder),
    });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is a commit of its own on the version tag, on top of the source, and no branch moves', async () => {
    const { stdout: head } = await git('released', 'rev-parse', 'HEAD', 'HEAD^');
    const [commit, parent] = head.split('\n');
    expect(said).toContain(` is ${commit ?? ''}`);
    // As the Action's page says where it stands.
    const [command = ''] = /git ls-remote --tags ADDRESS/.exec(read('docs/action.md')) ?? [];
    const listed = await run('sh', ['-c', command.replace('ADDRESS', '"$0"'), join(folder, 'origin')], {
      env: env(folder),
    });
    expect(listed.stdout).toMatch(new RegExp(`^${commit ?? ''}\\s+refs/tags/v\\S+$`, 'm'));
    expect((await git('origin', 'rev-parse', 'main')).stdout.trim()).toBe(parent);
    expect((await git('origin', 'branch', '--list')).stdout.trim()).toBe('main');
  });

  it('starts from a folder in which there is nothing else', async () => {
    const { stdout: files } = await run('ls', ['-A', released()]);
    expect(files).not.toContain('node_modules');
    const alone = join(folder, 'alone');
    cpSync(join(released(), 'dist'), join(alone, 'dist'), { recursive: true });
    cpSync(join(released(), 'package.json'), join(alone, 'package.json'));
    const start = (name: string, words: readonly string[], more: NodeJS.ProcessEnv = {}) =>
      run(process.execPath, [join(alone, 'dist', name), ...words], { env: { ...env(folder), ...more } });
    expect((await start('github-action.js', [], { GITHUB_EVENT_NAME: 'push' })).stdout).toContain(
      'nothing to do for push',
    );
    expect((await start('cli.js', ['--help'])).stdout).toContain('Usage: changeover');
    await expect(start('server.js', [])).rejects.toMatchObject({ stderr: expect.stringContaining('WEBHOOK_SECRET') });
  });

  it('names every package that is in a bundle, with its licence', () => {
    const notices = readFileSync(join(released(), 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    const named = new Set([...notices.matchAll(/^(\S+) \d+\.\d+\.\d+\S* \((\S.*)\)$/gm)].map(([, name]) => name));
    // The bundler writes above each module where it comes from.
    const bundled = ['github-action.js', 'cli.js', 'server.js', 'playground.js'].flatMap((name) => {
      const text = readFileSync(join(released(), 'dist', name), 'utf8');
      const from = [...text.matchAll(/^\s*\/\/ \S*node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\/\S+$/gm)];
      expect(from.length).toBeGreaterThan(50);
      return from.map(([, each = '']) => each);
    });
    expect([...new Set(bundled)].filter((name) => !named.has(name))).toEqual([]);
    // The page is minified; these are what it is made of.
    for (const name of ['marked', 'dompurify', 'github-markdown-css']) expect(named).toContain(name);
    expect(notices).toMatch(/ssh2 1\.\d+\.\d+ \(MIT\)\n\n.*Copyright Brian White/);
  });

  it('leaves a tag alone that is there', async () => {
    await expect(release()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') });
  });
});
