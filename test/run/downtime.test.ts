import { describe, expect, it } from '@jest/globals';
import { downNow, downtimes } from '../../src/run/downtime.ts';
import type { RunState } from '../../src/run/types.ts';
import { check, jobWork, plan, step } from './plans.ts';
import { ended, Record } from './record.ts';

const LEAVE = { undo: { kind: 'leave', reason: 'a test' } } as const;
const upgrade = (more = {}): Record =>
  new Record(
    plan([
      step('dump', LEAVE),
      step('stop', { downtime: 'begins', ...more }),
      step('copy'),
      step('start', { downtime: 'ends' }),
      step('tell'),
    ]),
  );

const at = ({ steps, undo }: RunState, id: string, phase: 'steps' | 'undo' = 'steps') =>
  (phase === 'steps' ? steps : undo).find((each) => each.id === id);
const jobs = (run: Record, count: number): void => {
  for (let done = 0; done < count; done += 1) run.job(ended('done'));
};

describe('a downtime', () => {
  it('begins with the start of its step, and ends when the other has ended well', () => {
    const run = upgrade();
    jobs(run, 1);
    expect(downtimes(run.state)).toEqual([]);
    run.settle();
    const from = at(run.state, 'stop')?.openedAt;
    expect(downNow(run.state)).toEqual({ step: 'stop', from });
    jobs(run, 2);
    run.settle();
    expect(downNow(run.state)).toEqual({ step: 'stop', from });
    jobs(run, 1);
    const to = at(run.state, 'start')?.endedAt;
    expect(downtimes(run.state)).toEqual([{ step: 'stop', from, to }]);
    jobs(run, 1);
    run.settle();
    expect(run.state.status).toBe('succeeded');
    expect(downtimes(run.state)).toEqual([{ step: 'stop', from, to }]);
  });

  it('does not begin with a step that is passed over', () => {
    const run = upgrade({ when: { expr: "params.version == '1.5'" } });
    jobs(run, 2);
    run.settle();
    expect(downtimes(run.state)).toEqual([]);
  });

  it('is not ended by a step that is passed over', () => {
    const run = new Record(
      plan([
        step('stop', { downtime: 'begins' }),
        step('start', { downtime: 'ends', when: { expr: "params.version == '1.5'" } }),
        step('tell'),
      ]),
    );
    jobs(run, 2);
    run.settle();
    expect([run.state.status, downNow(run.state)?.step]).toEqual(['succeeded', 'stop']);
  });

  it('is not ended by a step that somebody skips, nor by an abort', () => {
    const run = upgrade();
    jobs(run, 3);
    run.job(ended('failed'));
    run.settle();
    run.decide('skip');
    run.settle();
    expect(downNow(run.state)?.step).toBe('stop');
    run.decide('abort');
    run.settle();
    expect(downNow(run.state)?.step).toBe('stop');
  });

  it('is ended by a rollback once the step that began it is undone, and not before', () => {
    const run = upgrade();
    jobs(run, 2);
    run.job(ended('failed'));
    run.settle();
    run.decide('rollback');
    run.settle();
    jobs(run, 1);
    run.settle();
    expect(downNow(run.state)?.step).toBe('stop');
    jobs(run, 1);
    run.settle();
    expect(run.state.status).toBe('rolled_back');
    const [only] = downtimes(run.state);
    expect(only?.to).toBe(at(run.state, 'stop', 'undo')?.endedAt);
  });

  it('lasts on where somebody skips what would undo it', () => {
    const run = upgrade();
    jobs(run, 2);
    run.job(ended('failed'));
    run.settle();
    run.decide('rollback');
    run.job(ended('done'));
    run.job(ended('failed'));
    run.settle();
    run.decide('skip');
    run.settle();
    expect(run.state.status).toBe('failed');
    expect(downNow(run.state)?.step).toBe('stop');
  });

  it('is there once more while a rollback undoes what was done within it', () => {
    const run = upgrade();
    jobs(run, 4);
    run.job(ended('failed'));
    run.settle();
    run.decide('rollback');
    run.job(ended('done'));
    expect(downtimes(run.state)).toHaveLength(1);
    run.settle();
    const from = at(run.state, 'start', 'undo')?.openedAt;
    expect(downNow(run.state)).toEqual({ step: 'stop', from });
    jobs(run, 3);
    run.settle();
    expect(run.state.status).toBe('rolled_back');
    expect(downtimes(run.state)).toEqual([
      expect.objectContaining({ step: 'stop' }),
      { step: 'stop', from, to: at(run.state, 'stop', 'undo')?.endedAt },
    ]);
  });

  it('is none of a dry run', () => {
    const run = new Record(
      plan([
        step('stop', { downtime: 'begins', work: check('facts.up') }),
        step('start', { downtime: 'ends', work: jobWork() }),
      ]),
      'dryrun',
    );
    run.settle();
    expect(downtimes(run.state)).toEqual([]);
  });
});
