import { describe, expect, it } from '@jest/globals';
import { AWAY_MS, type History } from './history.ts';
import { pointsOf } from './points.ts';
import type { ProcedureSpec } from './procedures.ts';
import { type Counted, Report } from './report.ts';
import { World } from './world.ts';

const procedure: ProcedureSpec = {
  ...{ rollback: false, always: false, lock: false },
  steps: [
    {
      ...{ kind: 'run', on: ['alpha'], many: 'once', retries: 0, idempotent: false, critical: false },
      ...{ doneWhen: false, verify: false, undo: 'run', onFailure: 'prompt', unlock: false },
    },
  ],
};

async function played(troubles: History['troubles']): Promise<Counted & { readonly lines: readonly string[] }> {
  const report = new Report();
  const lines: string[] = [];
  const history: History = {
    ...{ procedure, dryrun: false },
    ...{
      secondAfterMs: undefined,
      servers: 1,
      byHand: undefined,
      reactions: [],
      deliveries: [],
      fates: [],
      troubles,
      words: 'short',
      jitter: 0,
    },
  };
  await new World(history, report, (line) => lines.push(line)).play();
  return { ...report.counts(), lines };
}

const crash = { do: 'crash', lateMs: 0, awayMs: AWAY_MS } as const;

describe('the moments of a history', () => {
  it('are each in a list, and of events that are written together each counts', () => {
    expect(pointsOf('step_opened+job_started is written')).toEqual([
      'step_opened is written',
      'job_started is written',
    ]);
    expect(pointsOf('people')).toEqual([]);
    expect(() => pointsOf('co_new arrives')).toThrow('"co_new arrives" is in no list');
    expect(() => pointsOf('step_opened+new is written')).toThrow('"new is written" is in no list');
  });

  it('count as met by a death only where somebody has died', async () => {
    const when = { point: 'a job works', nth: 0 };
    const { crashes, troubles } = await played([
      { when, trouble: crash },
      { when, trouble: crash },
    ]);
    expect(troubles).toEqual({ crash: 1 });
    expect(Object.entries(crashes).filter(([, count]) => count > 0)).toEqual([['a job works', 1]]);
  });

  it.each(['co_job arrives', 'a job works'])('kill whose doing comes next: %s', async (point) => {
    const { crashes, lines } = await played([
      { when: { atom: 1 }, trouble: { do: 'second' } },
      { when: { point: 'run_started is known', nth: 0 }, trouble: crash },
      { when: { point, nth: 0 }, trouble: crash },
    ]);
    const victims = lines.flatMap((line) => /! .*"crash".* of (bot \d)/.exec(line)?.[1] ?? []);
    // The second bot lives on beside, and has nothing to do with it.
    expect(victims.toSorted()).toEqual(['bot 1', 'bot 3']);
    expect(crashes[point]).toBe(1);
  });
});
