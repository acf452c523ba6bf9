import { describe, expect, it } from '@jest/globals';
import type { Window } from '../../src/language/types.ts';
import type { Plan, PlanStep } from '../../src/plan/types.ts';
import { accept, type Accepted } from '../../src/run/accept.ts';
import { next } from '../../src/run/next.ts';
import { refusalText } from '../../src/run/refusal-text.ts';
import { check, plan, step } from './plans.ts';
import { ended, Record, well, william } from './record.ts';

const two = { hosts: ['alpha', 'beta'] };
const THREE = [step('one', two), step('two', two), step('three')];

/** The job of the first step is under way, and somebody has asked for a pause. */
function pausing(steps: readonly PlanStep[] = THREE, more: Partial<Plan> = {}): Record {
  const run = new Record(plan(steps, more));
  run.due();
  expect(run.decide('pause', undefined, william).ok).toBe(true);
  return run;
}

function paused(steps: readonly PlanStep[] = THREE, more: Partial<Plan> = {}): Record {
  const run = pausing(steps, more);
  steps[0]?.hosts.forEach(() => run.job(ended('done')));
  expect(run.settle()).toEqual([]);
  return run;
}

const words = (accepted: Accepted): string => (accepted.ok ? '' : refusalText(accepted.run, accepted.refusal));

describe('a pause', () => {
  it('lets the step at hand come to its end on all hosts, and holds the next before anything of it', () => {
    const run = pausing();
    expect(run.events.at(-1)).toMatchObject({ type: 'decision_made', decision: 'pause', by: william, comment: 42 });
    expect(run.state).toMatchObject({ status: 'running', pausing: { by: william } });
    run.job(ended('done'));
    expect(run.settle()).toMatchObject([{ do: 'ensure_job', job: { step: 'one', host: 'beta' } }]);
    run.job(ended('done'));
    expect(run.settle()).toEqual([]);
    expect(run.events.at(-1)).toMatchObject({
      ...{ type: 'prompt_opened', step: 'two', tasks: [], paused: true },
      answers: ['continue', 'rollback', 'abort'],
    });
    expect(run.state).toMatchObject({ status: 'paused', locked: ['alpha', 'beta'] });
    expect(run.state.prompts).toMatchObject([{ paused: { by: william } }]);
    expect(run.state.pausing).toBe(undefined);
    expect(run.replayed()).toEqual(run.state);
    expect(run.decide('continue', 'p1').ok).toBe(true);
    expect(run.settle()).toMatchObject([
      { job: { step: 'two', host: 'alpha' } },
      { job: { step: 'two', host: 'beta' } },
    ]);
    expect(run.state.status).toBe('running');
  });

  it('comes after all batches of the step at hand', () => {
    const run = pausing([step('one', { ...two, serial: { hosts: 1 } }), step('two')]);
    run.job(ended('done'));
    expect(run.job(ended('done'))).toMatchObject({ step: 'one', host: 'beta' });
    expect(run.settle()).toEqual([]);
    expect(run.state).toMatchObject({ status: 'paused', prompts: [{ step: 'two' }] });
  });

  it('is taken back by /continue before the run has come to it, and also where that is heard late', () => {
    const run = pausing();
    expect(run.decide('continue').ok).toBe(true);
    expect(run.state.pausing).toBe(undefined);
    run.job(ended('done'));
    run.job(ended('done'));
    expect(run.due()).toMatchObject({ step: 'two' });
    expect(run.state.prompts).toEqual([]);
    const late = paused();
    const [prompt] = late.state.prompts;
    const heardAt = prompt?.paused?.at ?? '';
    expect(heardAt < (prompt?.openedAt ?? '')).toBe(true);
    expect(accept(late.state, { kind: 'continue', heardAt }, william).ok).toBe(true);
    const early = accept(late.state, { kind: 'continue', heardAt: '2000-01-01T00:00:00.000Z' }, william);
    expect(words(early)).toMatch(/^`\/continue` did nothing: it was written before p1/);
  });

  it('gives way to the prompt of a step that fails, and does not come after it', () => {
    const run = pausing();
    run.job(ended('failed'));
    run.job(ended('done'));
    run.settle();
    expect(run.state).toMatchObject({
      status: 'waiting',
      prompts: [{ step: 'one', answers: ['retry', 'skip', 'rollback', 'abort'] }],
    });
    expect(run.state.pausing).toBe(undefined);
    run.decide('retry');
    run.job(ended('done'));
    expect(run.due()).toMatchObject({ step: 'two' });
  });

  it('leads to a rollback or to the end where that is answered', () => {
    const back = paused();
    back.decide('rollback', undefined, william);
    expect(back.due()).toMatchObject({ step: 'one', phase: 'undo' });
    expect(back.state.rollback).toMatchObject({ because: 'william decided so at p1' });
    const out = paused();
    out.decide('abort');
    out.settle();
    expect(out.state).toMatchObject({ status: 'aborted', because: 'aborted by olivia' });
  });

  it('holds a rollback between two of its steps, and one that begins by itself', () => {
    const run = new Record(plan(THREE));
    for (let job = 0; job < 4; job += 1) run.job(ended('done'));
    run.job(ended('failed'));
    run.settle();
    run.decide('rollback');
    expect(run.due()).toMatchObject({ step: 'three', phase: 'undo' });
    expect(run.decide('pause').ok).toBe(true);
    run.job(ended('done'));
    expect(run.settle()).toEqual([]);
    expect(run.state).toMatchObject({ status: 'paused', rollback: {} });
    expect(run.state.prompts.at(-1)).toMatchObject({ step: 'two', phase: 'undo', answers: ['continue', 'abort'] });
    expect(words(run.decide('rollback'))).toMatch(/^The run is rolling back already\. Answer `\/continue .* p2` or/);
    run.decide('continue');
    expect(run.due()).toMatchObject({ step: 'two', phase: 'undo' });
    const itself = pausing([step('one', { onFailure: 'rollback' }), step('two')]);
    itself.job(ended('failed'));
    expect(itself.settle()).toEqual([]);
    expect(itself.state.prompts).toMatchObject([{ step: 'one', phase: 'undo', paused: {} }]);
  });

  it('asked for while the run waits for a host comes before its first step, which it is then ready for', () => {
    const run = new Record(plan([step('look', { work: check('facts.up') }), step('one')]));
    run.see({ for: 'lock', host: 'alpha', held: 'run x' });
    expect(run.state.status).toBe('queued');
    expect(run.decide('pause').ok).toBe(true);
    expect(run.state).toMatchObject({ status: 'queued', pausing: {} });
    expect(next(run.state)).toEqual([{ do: 'lock', host: 'alpha' }]);
    run.see({ for: 'lock', host: 'alpha' });
    run.see(well('alpha'));
    expect(run.settle()).toEqual([]);
    expect(run.state.prompts).toMatchObject([{ step: 'look', paused: {} }]);
    run.decide('continue');
    expect(run.settle()).toMatchObject([{ do: 'observe', step: 'look' }]);
  });

  it('that outlasts the window of a run which has not changed anything keeps it from beginning', () => {
    const window: Window = { timezone: 'UTC', notAfter: '2026-11-22T03:45:00.000Z' };
    const held = (): Record => {
      const run = new Record(plan(THREE, { window }));
      run.decide('pause');
      expect(run.settle()).toEqual([]);
      return run;
    };
    const late = held();
    late.pass(3_600_000);
    late.decide('continue');
    late.settle();
    expect(late.state).toMatchObject({ status: 'failed', because: expect.stringMatching(/^blocked: .*window/) });
    const inTime = held();
    inTime.decide('continue');
    expect(inTime.due()).toMatchObject({ step: 'one' });
    const begun = paused(THREE, { window });
    begun.pass(3_600_000);
    begun.decide('continue');
    expect(begun.due()).toMatchObject({ step: 'two' });
  });

  it('before a step at which a person is asked is not that asking', () => {
    const asks = step('ask', { work: { kind: 'ask', how: 'manual', text: { lit: 'by hand' } } });
    const run = paused([step('one'), asks, step('last')]);
    run.decide('continue');
    run.settle();
    expect(run.state.prompts).toMatchObject([
      { step: 'ask', paused: {}, answer: { decision: 'continue' } },
      { step: 'ask', answers: ['continue', 'skip', 'rollback', 'abort'] },
    ]);
    expect(run.state.steps[1]?.tasks[0]?.outcome).toBe(undefined);
    run.decide('continue');
    expect(run.due()).toMatchObject({ step: 'last' });
    const back = paused([step('one'), asks, step('last')]);
    back.decide('rollback');
    expect(back.due()).toMatchObject({ step: 'one', phase: 'undo' });
  });

  it('is no event of a blocked run, which ends', () => {
    const run = new Record(
      plan([step('a', { work: check('facts.up') }), step('b', { work: check('facts.up') }), step('one')]),
    );
    expect(run.settle()).toMatchObject([{ do: 'observe', step: 'a' }]);
    run.decide('pause');
    const look = {
      for: 'check',
      phase: 'apply',
      host: 'alpha',
      item: '-',
      attempt: 1,
      facts: { up: { value: false } },
    } as const;
    run.see({ ...look, step: 'a' });
    expect(run.settle()).toMatchObject([{ do: 'observe', step: 'b' }]);
    expect(words(run.decide('pause'))).toContain('has already asked for a pause');
    run.see({ ...look, step: 'b' });
    run.settle();
    expect(run.state).toMatchObject({ status: 'failed', prompts: [] });
  });
});

describe('a pause is refused, and what to do instead is told,', () => {
  const refused = (run: Record): string => words(run.decide('pause'));

  it('twice', () => {
    expect(refused(pausing())).toBe(
      '@william has already asked for a pause: run 20261122-7k3f stops before its next step. `/continue 20261122-7k3f` takes that back, `/abort 20261122-7k3f` stops what is under way.',
    );
  });

  it('while the run waits, at a prompt or before its start', () => {
    expect(refused(paused())).toMatch(
      /^Run 20261122-7k3f waits at p1 already, so there is nothing to pause.*Answer `\/continue 20261122-7k3f p1`, `\/rollback/,
    );
    const run = new Record(plan(THREE, { environment: { name: 'place', approvals: { by: ['write'], count: 1 } } }));
    expect(refused(run)).toMatch(/has not started: it waits for an approval.*`\/abort 20261122-7k3f` drops it/);
  });

  it('where no step follows, at the end, when the run is aborted, and when it is over', () => {
    const last = new Record(plan([step('one')], { always: [step('free')] }));
    last.due();
    expect(refused(last)).toMatch(/^Step one of run 20261122-7k3f is followed by no other step.*`\/abort/);
    last.job(ended('done'));
    expect(last.due()).toMatchObject({ step: 'free' });
    expect(refused(last)).toMatch(/is at its end, and what is always done there is not held back/);
    last.job(ended('done'));
    last.settle();
    expect(refused(last)).toMatch(/has ended \(succeeded\)/);
    const aborted = pausing();
    aborted.decide('abort');
    expect(refused(aborted)).toMatch(/^@olivia has already aborted/);
    const back = paused([step('one'), step('two')]);
    back.decide('rollback');
    back.due();
    expect(refused(back)).toMatch(/^Step one of run .* is followed by no other/);
  });

  it('of a rehearsal only where its rollback has come to the last step', () => {
    const environment = { name: 'trial', onSuccess: 'rollback' } as const;
    const run = new Record(plan([step('one')], { environment }));
    run.due();
    expect(run.decide('pause').ok).toBe(true);
    run.job(ended('done'));
    expect(run.settle()).toEqual([]);
    expect(run.state.prompts).toMatchObject([{ step: 'one', phase: 'undo', paused: {} }]);
    run.decide('continue');
    run.due();
    expect(refused(run)).toContain('followed by no other');
  });

  it('of a dry run', () => {
    const run = new Record(plan(THREE), 'dryrun');
    expect(refused(run)).toMatch(/is a dry run: it changes nothing/);
  });
});
