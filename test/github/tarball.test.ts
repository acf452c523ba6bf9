import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readArchive } from '../../src/github/tarball.ts';
import { needs } from '../support/needs.ts';
import { execFileSync } from '../support/run-sync.ts';

const arrayOf = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;

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

  it('gives each file, whatever it is called and however long it is, and the commit', async () => {
    git('init', '-q');
    const files = new Map([
      ['README.md', 'Read me\n'],
      [`${'deep/'.repeat(30)}${'long-'.repeat(30)}.jsonl`, 'a long name\n'],
      [`${'deep/'.repeat(20)}short.jsonl`, 'a name in two parts\n'],
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
    const packed = git('archive', '--format=tar.gz', '--prefix=acme-ops-1234567/', 'HEAD');
    const { commit, files: found } = await readArchive(arrayOf(packed));
    expect(commit).toBe(git('rev-parse', 'HEAD').toString().trim());
    expect(new Map([...found].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]))).toEqual(files);
    const cut = gzipSync(gunzipSync(packed).subarray(0, -10_240));
    await expect(readArchive(arrayOf(cut))).rejects.toThrow('cut off');
    const ofTree = git('archive', '--format=tar.gz', '--prefix=x/', 'HEAD^{tree}');
    await expect(readArchive(arrayOf(ofTree))).rejects.toThrow('does not say of which commit');
  });
});
