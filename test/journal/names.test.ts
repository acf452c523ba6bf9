import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock, Journal } from '../../src/engine/ports.ts';
import { createFileJournal } from '../../src/journal/file.ts';
import { AT, clockAt, FIRST } from './requests.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'names-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const inFolder = (clock: Clock): Journal => createFileJournal(folder, { clock, worker: 'test' });

const note = (who: string) => ({ who, why: 'move mail', since: AT, where: 'acme/ops#1' });

async function run(journal: Journal): Promise<{ readonly id: string; readonly end: () => Promise<unknown> }> {
  const { writer } = await journal.create(FIRST, AT);
  return { id: writer.run, end: () => writer.append([{ type: 'run_finished', status: 'succeeded' }]) };
}

describe('a name in files', () => {
  it('goes to exactly one of many that ask at once, again and again', async () => {
    const journals = Array.from({ length: 4 }, () => inFolder(clockAt(AT)));
    const waiting = await Promise.all(
      Array.from({ length: 8 }, (_, index) => run(journals[index % 4] ?? inFolder(clockAt(AT)))),
    );
    while (waiting.length > 0) {
      const asked = await Promise.all(
        waiting.map(
          async ({ id }, index) => (await journals[index % 4]?.lockName('mail', id, note('olivia'))) === undefined,
        ),
      );
      expect(asked.filter((ours) => ours)).toHaveLength(1);
      const [holder] = waiting.splice(asked.indexOf(true), 1);
      await holder?.end();
    }
  });
});
