import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/engine/system-clock.ts';
import { journalOf } from '../../src/github/repository-journal.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import type { Where } from '../../src/run/types.ts';
import { plan, step } from '../run/plans.ts';
import { olivia } from '../run/record.ts';

const issueOf = (owner: string, repo: string): Where => ({ kind: 'issue', owner, repo, issue: 1, comment: 5 });

describe('the journal as one repository sees it', () => {
  const journal = createMemoryJournal({ clock: systemClock, worker: 'test' });
  const create = async (where: Where, by = journal) => {
    const first = { type: 'run_requested', plan: plan([step('a')]), mode: 'apply', by: olivia, where } as const;
    return (await by.create(first, systemClock.now())).writer;
  };

  it('holds the runs of that repository only', async () => {
    const ours = await create(issueOf('acme', 'ops'));
    const others = await create(issueOf('acme', 'else'));
    const terminals = await create({ kind: 'terminal' });
    for (const writer of [ours, others, terminals]) await writer.release();
    const view = journalOf(journal, { owner: 'Acme', repo: 'OPS' });
    expect(await view.runs()).toEqual([ours.run]);
    for (const hidden of [others.run, terminals.run]) {
      expect(await view.read(hidden)).toEqual({ kind: 'missing' });
      expect(await view.claim(hidden)).toEqual({ kind: 'missing' });
    }
    expect(await view.read(ours.run)).toMatchObject({ kind: 'ok' });
  });
});
