import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { textsIn } from '../../src/github/tarball.ts';
import { needs } from '../support/needs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tarball-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

needs('git')('a tarball that git itself makes', () => {
  const git = (...words: readonly string[]): Buffer =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words]);

  it('gives the text of each file, whatever it is called and however long it is', async () => {
    git('init', '-q');
    const files = new Map([
      ['README.md', 'Read me\n'],
      [`${'deep/'.repeat(30)}${'long-'.repeat(30)}.jsonl`, 'a long name\n'],
      ['ä ö.txt', 'é 😀\n'],
      ['empty', ''],
      ['block', 'x'.repeat(512)],
      ['large', 'y'.repeat(300_000)],
    ]);
    for (const [path, text] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    git('add', '.');
    git('commit', '-qm', 'All');
    const { buffer, byteOffset, length } = git('archive', '--format=tar.gz', '--prefix=acme-ops-1234567/', 'HEAD');
    const tarball = new Uint8Array(buffer, byteOffset, length).slice().buffer;
    expect([...(await textsIn(tarball))].toSorted()).toEqual([...files.values()].toSorted());
  });
});
