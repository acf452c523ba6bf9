import { describe, expect, it } from '@jest/globals';
import { next } from '../../src/run/next.ts';
import { refusalText } from '../../src/run/refusal-text.ts';
import { accept, type Accepted } from '../../src/run/accept.ts';
import { jobWork, plan, step } from './plans.ts';
import { ended, Record, william } from './record.ts';

const two = { hosts: ['alpha', 'beta'] };

function failedAt(more: Parameters<typeof step>[1] = {}): Record {
  const run = new Record(plan([step('one'), step('two', more), step('three')]));
  run.job(ended('done'));
  run.job(ended('failed'));
  run.settle();
  return run;
}

const words = (accepted: Accepted): string => (accepted.ok ? '' : refusalText(accepted.run, accepted.refusal));

describe('a prompt', () => {
  it('is opened once for all hosts of a step that did not do well, when all have settled', () => {
    const run = new Record(plan([step('one', { hosts: ['alpha', 'beta', 'gamma'] })]));
    run.job(ended('failed'));
    run.job(ended('done'));
    expect(run.settle()).toHaveLength(1);
    expect(run.state.prompts).toEqual([]);
    run.finish(run.due(), { kind: 'unreachable', why: 'no route' });
    run.settle();
    expect(run.state.prompts).toMatchObject([
      { id: 'p1', tasks: [{ host: 'alpha' }, { host: 'gamma' }], answers: ['retry', 'skip', 'rollback', 'abort'] },
    ]);
    expect(run.state.status).toBe('waiting');
    run.decide('retry');
    expect(run.settle()).toMatchObject([
      { do: 'ensure_job', job: { host: 'alpha', attempt: 2 } },
      { do: 'ensure_job', job: { host: 'gamma', attempt: 2 } },
    ]);
  });

  it('is about a host that never answered too, beside one that failed: a retry begins the step there', () => {
    const work = jobWork({ env: { F: { expr: '${{ facts.free }}' } } });
    const run = new Record(plan([step('one', { ...two, work })]));
    run.settle();
    const open = { for: 'open', step: 'one', phase: 'apply' } as const;
    run.see({ ...open, host: 'alpha', facts: {}, unreachable: 'no route' });
    run.see({ ...open, host: 'beta', facts: { free: { value: 12 } } });
    run.job(ended('failed'));
    run.settle();
    expect(run.state.prompts).toMatchObject([{ tasks: [{ host: 'alpha' }, { host: 'beta' }] }]);
    run.decide('retry');
    expect(run.settle()).toMatchObject([{ do: 'observe', for: 'open', host: 'alpha' }]);
    run.see({ ...open, host: 'alpha', facts: { free: { value: 12 } } });
    expect(run.settle()).toMatchObject([
      { do: 'ensure_job', job: { host: 'alpha', attempt: 1 } },
      { do: 'ensure_job', job: { host: 'beta', attempt: 2 } },
    ]);
  });

  it('takes the first answer; a later one is told whose it was', () => {
    const run = failedAt();
    expect(run.decide('skip', 'p1', william).ok).toBe(true);
    const late = run.decide('retry', 'p1');
    expect(words(late)).toMatch(/^p1 of run 20261122-7k3f was answered already by @william with `\/skip`/);
    expect(run.due()).toMatchObject({ step: 'three' });
  });

  it('is not answered by words that came in before it was asked, unless they name it', () => {
    const run = failedAt();
    const [asked] = run.state.prompts;
    expect(asked?.openedAt).toBeDefined();
    const before = { kind: 'skip', heardAt: '2000-01-01T00:00:00.000Z' } as const;
    const early = accept(run.state, before, william);
    expect(words(early)).toMatch(
      /^`\/skip` did nothing: it was written before p1 of run 20261122-7k3f was asked, about step two\. Answer .*`\/skip 20261122-7k3f p1`/,
    );
    expect(accept(run.state, { ...before, prompt: 'p1' }, william).ok).toBe(true);
    expect(accept(run.state, { ...before, kind: 'abort' }, william).ok).toBe(true);
    expect(accept(run.state, { ...before, heardAt: asked?.openedAt ?? '' }, william).ok).toBe(true);
  });

  it('records who decided, by which comment, with which right', () => {
    const run = failedAt();
    run.decide('retry', 'p1', william);
    expect(run.events.at(-1)).toMatchObject({
      type: 'decision_made',
      decision: 'retry',
      prompt: 'p1',
      by: william,
      comment: 42,
    });
  });

  it('lets a skipped step be skipped, never well, and says so at the end', () => {
    const run = failedAt();
    run.decide('skip');
    run.job(ended('done'));
    run.settle();
    expect(run.state.steps[1]?.tasks[0]).toMatchObject({ outcome: 'skipped', skippedAt: 'p1' });
    expect(run.state).toMatchObject({ status: 'succeeded', because: 'step two on alpha was skipped at p1' });
  });

  it('skips nothing critical', () => {
    const run = failedAt({ critical: true });
    expect(words(run.decide('skip'))).toBe(
      'Step two is critical: what comes after it rests on it, so it cannot be skipped. ' +
        'Answer `/retry 20261122-7k3f p1`, `/rollback 20261122-7k3f p1` or `/abort 20261122-7k3f p1`.',
    );
    expect(run.state.status).toBe('waiting');
  });

  it('refuses what is no answer to it, another prompt, and answers to nothing', () => {
    const run = failedAt();
    expect(words(run.decide('continue'))).toContain('`/continue` is no answer to p1. Answer `/retry');
    expect(words(run.decide('retry', 'p7'))).toContain('has never asked p7. It is asking p1 now');
    run.decide('retry');
    expect(words(run.decide('retry', 'p1'))).toContain('answered already by @olivia');
    const fresh = new Record(plan([step('one')]));
    fresh.settle();
    expect(words(fresh.decide('rollback'))).toContain('not asking anything now');
    expect(words(fresh.decide('rollback'))).toContain('`/abort 20261122-7k3f`');
  });

  it('takes nothing any more once the run has ended', () => {
    const run = failedAt();
    run.decide('abort');
    run.settle();
    expect(words(run.decide('retry'))).toContain('has ended (aborted)');
  });
});

describe('on_failure', () => {
  it.each([
    ['rollback', 'rolled_back'],
    ['abort', 'aborted'],
    ['continue', 'succeeded'],
  ] as const)('%s asks nobody', (onFailure, status) => {
    const run = failedAt({ onFailure });
    for (let left = 5; left > 0 && run.settle().length > 0; left -= 1) run.job(ended('done'));
    expect(run.state.status).toBe(status);
    expect(run.state.prompts).toEqual([]);
  });

  it('of the command line stands in for prompt, not for what a step says itself', () => {
    const make = (onFailure: 'prompt' | 'continue'): Record => {
      const run = new Record(plan([step('one', { onFailure }), step('two')]), 'apply', 'abort');
      run.job(ended('failed'));
      run.settle();
      return run;
    };
    expect(make('prompt').state.status).toBe('aborted');
    expect(make('continue').due()).toMatchObject({ step: 'two' });
  });
});

describe('an abort', () => {
  it('stops the jobs under way, waits for their ends, and begins nothing', () => {
    const run = new Record(plan([step('one', two), step('two')]));
    const alpha = run.due();
    run.add({ type: 'job_started', job: alpha, boot_id: 'boot', pid: 4 });
    expect(run.decide('abort').ok).toBe(true);
    const beta = { ...alpha, host: 'beta' };
    expect(next(run.state)).toEqual([
      { do: 'kill', job: alpha },
      { do: 'ensure_job', job: alpha },
      { do: 'kill', job: beta },
      // No start of it is known: the host shall prove that it never will.
      { do: 'settle', job: beta },
    ]);
    run.finish(alpha, ended('killed'));
    run.finish(beta, { kind: 'void' });
    run.settle();
    expect(run.state).toMatchObject({ status: 'aborted', because: 'aborted by olivia' });
    expect(run.state.steps[0]?.tasks.map((task) => task.outcome)).toEqual(['aborted', 'unreachable']);
    expect(run.state.steps[1]?.tasks).toEqual([]);
  });

  it('names what nobody knows, after one more look', () => {
    const run = new Record(plan([step('one')]));
    const job = run.job({ kind: 'unknown', why: 'the link broke' });
    run.decide('abort');
    expect(next(run.state)).toEqual([
      { do: 'kill', job },
      { do: 'settle', job },
    ]);
    run.finish(job, { kind: 'unknown', why: 'no route' });
    run.settle();
    expect(run.state.because).toBe('aborted by olivia; how step one ended on alpha is not known');
  });

  it('ends a run that waits in the queue, and one in the middle of a rollback', () => {
    const queued = new Record(plan([step('one')]));
    queued.see({ for: 'lock', host: 'alpha', held: 'another run' });
    queued.decide('abort');
    queued.settle();
    expect(queued.state.status).toBe('aborted');

    const back = failedAt();
    back.decide('rollback');
    const undo = back.due();
    expect(undo).toMatchObject({ step: 'two', phase: 'undo' });
    back.decide('abort');
    expect(words(back.decide('abort', undefined, william))).toContain('@olivia has already aborted');
    back.finish(undo, ended('killed'));
    back.settle();
    expect(back.state.status).toBe('aborted');
  });

  it('gives up what is only waited for', () => {
    const wait = { kind: 'wait', until: { expr: 'facts.up' }, everyMs: 10, atMostMs: 1000 } as const;
    const run = new Record(plan([step('one', { work: jobWork() }), step('two', { work: wait })]));
    run.job(ended('done'));
    run.settle();
    run.decide('abort');
    run.settle();
    expect(run.state.steps[1]?.tasks[0]?.outcome).toBe('aborted');
    // What still comes in changes nothing.
    run.see({
      for: 'wait',
      step: 'two',
      phase: 'apply',
      host: 'alpha',
      item: '-',
      attempt: 1,
      facts: { up: { value: true } },
    });
    expect(run.state).toMatchObject({ status: 'aborted', seq: run.events.length });
  });

  it('takes the first end that it hears of a job, and the first end of the run', () => {
    const run = new Record(plan([step('one')]));
    const job = run.due();
    run.decide('abort');
    run.finish(job, { kind: 'void' });
    run.finish(job, ended('done'));
    expect(run.state.steps[0]?.tasks[0]?.outcome).toBe('unreachable');
    expect(run.state.steps[0]?.tasks[0]?.attempts[0]?.finished?.outcome).toBe('unreachable');
    run.settle();
    run.add({ type: 'run_finished', status: 'succeeded' });
    expect(run.state.status).toBe('aborted');
  });

  it('does not take silence for proof that a job never started', () => {
    const run = new Record(plan([step('one')]));
    const job = run.due();
    run.decide('abort');
    run.finish(job, { kind: 'unreachable', why: 'no route' });
    run.finish(job, { kind: 'unreachable', why: 'no route' });
    run.settle();
    expect(run.state.because).toBe('aborted by olivia; how step one ended on alpha is not known');
  });

  it('at a prompt stops what may still live, and looks at it, before it ends', () => {
    const lost = { kind: 'unknown', why: 'the link broke' } as const;
    const run = new Record(plan([step('one')]));
    const job = run.job(lost);
    run.finish(job, lost);
    run.settle();
    run.decide('abort');
    expect(next(run.state)).toEqual([
      { do: 'kill', job },
      { do: 'settle', job },
    ]);
    run.finish(job, ended('killed'));
    run.settle();
    expect(run.state).toMatchObject({ status: 'aborted', because: 'aborted by olivia' });
    expect(run.state.steps[0]?.tasks[0]?.outcome).toBe('aborted');
  });
});
