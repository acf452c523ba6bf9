import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { tryToWrite } from '../../src/journal/writable.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-writable-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('writes into a folder that may not be there yet, and leaves nothing there', async () => {
  const dir = join(folder, 'state', 'journal');
  await tryToWrite(dir);
  await tryToWrite(dir);
  expect(existsSync(dir)).toBe(true);
  expect(readdirSync(dir)).toEqual([]);
});

it('fails where there can be no folder', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(tryToWrite(join(folder, 'file'))).rejects.toThrow(/ENOTDIR|EEXIST/);
});
