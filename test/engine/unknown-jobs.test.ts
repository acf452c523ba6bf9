import { expect, it } from '@jest/globals';
import { replay } from '../../src/engine/drive.ts';
import type { FoundJob } from '../../src/engine/ports.ts';
import { unknownJobs } from '../../src/engine/unknown-jobs.ts';
import { NO_HASH, seal } from '../../src/run/chain.ts';
import type { EventBody, Phase, RunEvent, RunState } from '../../src/run/types.ts';
import { plan, step } from '../run/plans.ts';

const AT = '2026-11-22T02:45:00.000Z';
const RUN = '20261122-7k3f';

function stateAfter(...bodies: readonly EventBody[]): RunState {
  const first: EventBody = {
    type: 'run_requested',
    plan: plan([step('one')]),
    mode: 'apply',
    by: { kind: 'terminal', user: 'olivia' },
    where: { kind: 'terminal' },
  };
  let head = NO_HASH;
  const events = [first, ...bodies].map((body, index): RunEvent => {
    const sealed = seal(head, index + 1, RUN, AT, body);
    head = sealed.hash;
    return sealed.event;
  });
  return replay(events);
}

const found = (phase: Phase, state: FoundJob['state'] = 'ended'): FoundJob => ({
  job: { step: 'one', item: '-', host: 'alpha', phase, attempt: 1 },
  state,
});
const on = (...jobs: readonly FoundJob[]) => [{ host: 'alpha', found: { jobs } }];

it('finds what has started on a host and a whole record would tell of', () => {
  const state = stateAfter();
  expect(unknownJobs(state, on(found('apply')), false)).toEqual(['one on alpha, attempt 1']);
  expect(unknownJobs(state, on(found('apply', 'prepared')), false)).toEqual([]);
});

it('leaves to the run what a worker may have started that died before it could tell, but no undo that nobody decided', () => {
  const state = stateAfter();
  expect(unknownJobs(state, on(found('apply'), found('undo')), true)).toEqual(['undo of one on alpha, attempt 1']);
  const back = stateAfter({ type: 'rollback_started', because: 'olivia decided so' });
  expect(unknownJobs(back, on(found('apply'), found('undo')), true)).toEqual([]);
});

it('takes an end that the record does not tell of for what it is, whoever died', () => {
  const closed = [{ host: 'alpha', found: { jobs: [], closed: {} } }];
  expect(unknownJobs(stateAfter(), closed, true)).toEqual(["the run's end on alpha"]);
});
