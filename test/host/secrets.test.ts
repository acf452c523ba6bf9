import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSecrets } from '../../src/host/secrets.ts';

describe('the values of secrets', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-secrets-'));
    const put = (name: string, bytes: string | Uint8Array): void => {
      writeFileSync(join(folder, name), bytes);
    };
    put('KEY', '-----BEGIN\nline two\n-----END\n\r\n');
    put('SHORT', 'abc\n');
    put('EMPTY', '\n');
    put('BROKEN', Buffer.from([0xff, 0xfe, 1, 2, 3]));
    put('NUL', 'abcd\0efgh');
    put('LONG', 'x'.repeat(65_537));
    mkdirSync(join(folder, 'FOLDER'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('come from the environment, else from a file without its last line ends', () => {
    const env = { CHANGEOVER_SECRETS: folder, CHANGEOVER_SECRET_WORD: ' word ', CHANGEOVER_SECRET_KEY: '' };
    const { values, troubles, mask } = createSecrets(env).take(['WORD', 'KEY']);
    expect([values, troubles]).toEqual([{ WORD: ' word ', KEY: '-----BEGIN\nline two\n-----END' }, []]);
    expect(mask.text('a word, line two')).toBe('a ***, ***');
  });

  it.each([
    ['NONE', 'is not given to Changeover: set CHANGEOVER_SECRET_NONE where it runs, or put it into'],
    ['EMPTY', 'is not given to Changeover'],
    ['SHORT', 'is shorter than 4 bytes, which cannot be hidden'],
    ['BROKEN', 'it is no text in UTF-8'],
    ['NUL', 'holds a NUL byte'],
    ['LONG', 'it is longer than 64 KiB'],
    ['FOLDER', 'cannot be read from'],
  ])('%s: what cannot be used is told, without the value', (name, words) => {
    const { values, troubles } = createSecrets({ CHANGEOVER_SECRETS: folder }).take([name]);
    expect([values, troubles]).toEqual([{}, [expect.stringContaining(words)]]);
    expect(troubles.join()).toMatch(new RegExp(`^the secret ${name} `));
    expect(troubles.join()).not.toMatch(/abc|xxx/);
  });
});
