import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe } from '@jest/globals';
import type { Clock, Journal } from '../../src/engine/ports.ts';
import { createFileJournal } from '../../src/journal/file.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { contract } from './contract.ts';

const folders: string[] = [];
function inFolder(clock: Clock): Journal {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  folders.push(folder);
  return createFileJournal(folder, { clock, worker: 'test' });
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

// The third one, on a branch, is in branch.test.ts: it needs a GitHub.
describe('a journal in memory', () => {
  contract((clock) => Promise.resolve(createMemoryJournal({ clock, worker: 'test' })));
});

describe('a journal in files', () => {
  contract((clock) => Promise.resolve(inFolder(clock)));
});
