import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';

/**
 * Compares with a file that people have read: test/thread/golden/<name>. With UPDATE_GOLDEN=1 the file is written anew;
 * read what git shows of it before it is committed.
 */
export function expectGolden(name: string, text: string): void {
  const file = new URL(`golden/${name}`, import.meta.url);
  // The digest of a text says nothing to who reads the text.
  const shown = text.replaceAll(/ text=[0-9a-f]{64} -->/g, ' text=DIGEST -->');
  const written = shown.endsWith('\n') ? shown : `${shown}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, written);
  expect(written).toBe(readFileSync(file, 'utf8'));
}
