import { expect, it } from '@jest/globals';
import type { Journal, Read } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createCensus } from '../../src/github/census.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { localGitHubs } from '../support/local-github.ts';
import { describeWith, loadOpenApi } from '../support/openapi.ts';
import { startBot, stopBots, withDemo } from './workbench.ts';

const openApi = await loadOpenApi();

describeWith(openApi)('how runs stand', (checker) => {
  const start = localGitHubs(checker);
  stopBots();

  it('is counted by reading those that are over once, and those that cannot be read each time', async () => {
    const github = await start(withDemo);
    const journal = createMemoryJournal({ clock: systemClock, worker: 'test' });
    const bot = await startBot(github, { journal });
    await bot.say('william', '/upgrade demo 1.6');
    const [over = ''] = await journal.runs();
    const reads: string[] = [];
    const watched: Journal = {
      ...journal,
      runs: () => Promise.resolve(['20261122-0000', over]),
      read: (run): Promise<Read> => {
        reads.push(run);
        return run === over ? journal.read(run) : Promise.resolve({ kind: 'broken', why: 'its end is missing' });
      },
    };
    const census = createCensus(watched);
    const first = await census();
    expect([first.runs.succeeded, first.runs.unreadable, first.prompts]).toEqual([1, 1, 0]);
    expect(await census()).toEqual(first);
    expect(reads).toEqual(['20261122-0000', over, '20261122-0000']);
  });
});
