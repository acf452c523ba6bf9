import { describe, expect, it } from '@jest/globals';
import type { RunState } from '../../src/run/types.ts';
import { commentsOf } from '../../src/thread/comments.ts';
import { runStatusText } from '../../src/thread/terminal-status.ts';
import { allWell, pryvPlan } from './pryv.ts';
import { Story } from './story.ts';

const live = (state: RunState): string => commentsOf(state, {})[0]?.body ?? '';
const opened = (): Story =>
  new Story(pryvPlan(), 'apply', allWell).play(({ steps: [, , stop] }) => stop?.status === 'open');

describe('a worker that was told to end', () => {
  const run = opened();
  const job = { step: 'stop', item: '-', host: 'pryv-1', phase: 'apply', attempt: 1 } as const;
  run.add({ type: 'job_started', job, boot_id: 'boot', pid: 7 });
  run.add({ type: 'worker_stopped', worker: 'server ops-1 4711' }, 1_000);
  const stopped = run.state;

  it('is told of, with what goes on by itself and who goes on with it', () => {
    expect(live(stopped)).toContain(
      '### 🕓 `/upgrade pryv 1.6` waits for its next worker: step 3 of 8, Stop all services but mongodb',
    );
    expect(live(stopped)).toContain(
      'Changeover (server ops-1 4711) was stopped at 05:58:03 UTC. Step 3, Stop all services but mongodb, goes on on pryv-1. Nothing new is begun until it is started again: then it takes the run up by itself. As a GitHub Action the next comment here starts it.',
    );
    expect(runStatusText(stopped).replaceAll(/\s+/g, ' ')).toContain('was stopped at 05:58:03 UTC. Step 3,');
    // It goes on by itself: nobody needs to answer anything.
    expect(stopped.status).toBe('running');
  });

  it('is forgotten by the words once the next has come', () => {
    run.add({ type: 'run_started', worker: 'server ops-1 4712', epoch: 2 }, 60_000);
    expect(live(run.state)).not.toContain('was stopped at');
    expect(live(run.state)).toContain('is running: step 3 of 8');
    expect(run.state).not.toHaveProperty('stopped');
  });

  it('does not say that a job has not begun of which no start is known', () => {
    const known = opened();
    known.add({ type: 'worker_stopped', worker: 'server ops-1 4711' });
    expect(live(known.state)).toContain('Step 3, Stop all services but mongodb, may be under way on pryv-1.');
    const before = new Story(pryvPlan(), 'apply', allWell);
    before.add({ type: 'worker_stopped', worker: 'server ops-1 4711' });
    expect(live(before.state)).toContain('Nothing is under way on its hosts.');
    const queued = new Story(pryvPlan(), 'apply', allWell);
    queued.add({ type: 'observed', for: 'lock', host: 'pryv-1', held: 'run x' });
    queued.decide('pause');
    queued.add({ type: 'worker_stopped', worker: 'server ops-1 4711' });
    expect(live(queued.state)).toMatch(
      /waits for a host: pryv-1: run x\n[^]*was stopped at[^]*it pauses before its first step/,
    );
  });
});
