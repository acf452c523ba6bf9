import { describe, expect, it } from '@jest/globals';
import type { Work } from '../../src/actions/types.ts';
import type { PlanStep } from '../../src/plan/types.ts';
import { next as nextOf } from '../../src/run/next.ts';
import { refusalText } from '../../src/run/refusal-text.ts';
import type { Effect, Observation } from '../../src/run/types.ts';
import { undoPlan } from '../../src/run/undo.ts';
import { check, plan, step } from './plans.ts';
import { ended, Record, william } from './record.ts';

const asks = (more: Partial<Extract<Work, { how: 'manual' }>> = {}): Work => ({
  kind: 'ask',
  how: 'manual',
  text: { lit: 'look at the site' },
  ...more,
});
const manual = (more: Partial<PlanStep> = {}): PlanStep =>
  step('look', { action: 'manual', work: asks(), undo: { kind: 'leave', reason: 'by hand' }, ...more });
const unlocking = (more: Partial<PlanStep> = {}): PlanStep => manual({ work: asks({ unlock: true }), ...more });
const guard = step('space', { work: check('facts.free > 10'), hosts: ['alpha', 'beta'], undo: { kind: 'none' } });
const first = step('first', { hosts: ['alpha', 'beta'] });
const last = step('last', { hosts: ['alpha'] });

/** What was looked at: how much is free, on a host. */
const free = (host: string, value: number, attempt = 1): Observation => ({
  ...{ for: 'check', step: 'space', phase: 'apply', host, item: '-', attempt },
  facts: { free: { value } },
});
const does = (effects: readonly Effect[]): readonly string[] =>
  effects.map((effect) =>
    [effect.do, 'host' in effect ? effect.host : 'job' in effect ? effect.job.host : ''].join(' '),
  );

/** The run with its first change done, before its manual step. */
function upTo(by: PlanStep): Record {
  const run = new Record(plan([guard, first, by, last]));
  run.settle();
  run.see(free('alpha', 12));
  run.see(free('beta', 12));
  run.job(ended('done'));
  run.job(ended('done'));
  return run;
}
/** Lets the hosts go, and has the person asked. */
function released(by: PlanStep = unlocking()): Record {
  const run = upTo(by);
  expect(does(run.settle())).toEqual(['unlock beta']);
  run.see({ for: 'unlock', host: 'beta' });
  expect(does(run.settle())).toEqual(['unlock alpha']);
  run.see({ for: 'unlock', host: 'alpha' });
  expect(run.settle()).toEqual([]);
  return run;
}
const outcomeOf = (run: Record, id: string): unknown =>
  run.state.steps.find((each) => each.id === id)?.tasks[0]?.outcome;

describe('a step that is done by hand', () => {
  it('waits for a person and goes on when they say that it is done', () => {
    const run = upTo(manual());
    expect(run.settle()).toEqual([]);
    expect(run.state).toMatchObject({ status: 'waiting', locked: ['alpha', 'beta'] });
    expect(run.state.prompts).toMatchObject([{ id: 'p1', answers: ['continue', 'skip', 'rollback', 'abort'] }]);
    expect(run.decide('continue', 'p1', william).ok).toBe(true);
    expect(run.state.steps[2]?.tasks).toMatchObject([{ outcome: 'changed', doneAt: 'p1' }]);
    expect(run.due()).toMatchObject({ step: 'last' });
  });

  it('takes one answer: the second is told by whom it was answered, and a retry is none', () => {
    const run = upTo(manual());
    run.settle();
    const retried = run.decide('retry');
    expect(retried.ok ? '' : refusalText(retried.run, retried.refusal)).toMatch(/no answer to p1. Answer `\/continue/);
    run.decide('continue', undefined, william);
    const late = run.decide('continue');
    expect(late.ok ? '' : refusalText(late.run, late.refusal)).toMatch(
      /answered already by @william with `\/continue`/,
    );
  });

  it('that only looks has changed nothing', () => {
    const run = upTo(manual({ readOnly: true, undo: { kind: 'none' } }));
    run.settle();
    run.decide('continue');
    expect(outcomeOf(run, 'look')).toBe('ok');
    expect(undoPlan(run.state).map((item) => item.step)).toEqual(['first']);
  });

  it('is skipped as not done, by whom, and then needs no undoing', () => {
    const run = upTo(manual());
    run.settle();
    run.decide('skip');
    run.settle();
    expect(run.state.steps[2]?.tasks).toMatchObject([{ outcome: 'skipped', skippedAt: 'p1' }]);
    expect(undoPlan(run.state).map((item) => item.step)).toEqual(['first']);
  });

  it('cannot be skipped where it is critical', () => {
    const run = upTo(manual({ critical: true }));
    run.settle();
    expect(run.state.prompts[0]?.answers).toEqual(['continue', 'rollback', 'abort']);
    const skipped = run.decide('skip');
    expect(skipped.ok ? '' : refusalText(skipped.run, skipped.refusal)).toContain('critical');
  });

  it('is put right by hand in a rollback, where it was done or may have been begun', () => {
    const back = step('look/undo-1', { work: asks({ text: { lit: 'take it back' } }), undo: { kind: 'none' } });
    for (const answer of ['continue', 'rollback'] as const) {
      const run = upTo(manual({ undo: { kind: 'steps', steps: [back] } }));
      run.settle();
      run.decide(answer);
      if (answer === 'continue') {
        run.job(ended('failed'));
        run.settle();
        run.decide('rollback');
        run.job(ended('done'));
      }
      expect(run.settle()).toEqual([]);
      expect(run.state.prompts.at(-1)).toMatchObject({ step: 'look/undo-1', answers: ['continue', 'skip', 'abort'] });
      run.decide('continue');
      expect(run.due()).toMatchObject({ step: 'first', phase: 'undo' });
    }
  });

  it('asks nobody in a dry run', () => {
    const run = new Record(plan([manual()]), 'dryrun');
    run.settle();
    expect(run.state).toMatchObject({ status: 'succeeded', prompts: [] });
  });

  it('is not asked for while the run is blocked', () => {
    const run = new Record(plan([guard, manual(), last]));
    run.settle();
    run.see(free('alpha', 3));
    run.see(free('beta', 12));
    expect(run.settle()).toEqual([]);
    expect(run.state).toMatchObject({ status: 'failed', prompts: [] });
  });

  it('leaves what stands after it to be asked about: somebody may have changed what it looks at', () => {
    const run = new Record(plan([manual(), guard, last]));
    run.settle();
    run.decide('continue');
    run.settle();
    run.see(free('alpha', 3));
    run.see(free('beta', 12));
    run.settle();
    expect(run.state).toMatchObject({ status: 'waiting', blocked: [] });
  });
});

describe('hosts that others may have while a person is asked', () => {
  it('are let go, taken again, and looked at again before the run goes on', () => {
    const run = released();
    expect(run.state).toMatchObject({ locked: [], released: ['beta', 'alpha'], status: 'waiting' });
    run.decide('continue');
    expect(does(next(run))).toEqual(['lock alpha']);
    run.see({ for: 'lock', host: 'alpha', held: 'another run' });
    expect(run.state).toMatchObject({
      status: 'queued',
      waitingFor: { what: 'host', name: 'alpha', held: 'another run' },
    });
    const looks = run.settle();
    expect(run.state).toMatchObject({ locked: ['alpha', 'beta'], released: [] });
    expect(looks).toMatchObject([
      { do: 'observe', for: 'check', step: 'space', host: 'alpha', attempt: 2 },
      { do: 'observe', for: 'check', step: 'space', host: 'beta', attempt: 2 },
    ]);
    expect(outcomeOf(run, 'look')).toBeUndefined();
    run.see(free('alpha', 12, 2));
    run.see(free('beta', 12, 2));
    expect(outcomeOf(run, 'look')).toBe('changed');
    expect(run.state.guards).toBeUndefined();
    expect(run.due()).toMatchObject({ step: 'last' });
  });

  it('are not gone on with while a guard does not hold, and a retry looks at all of them again', () => {
    const run = released();
    run.decide('continue');
    run.settle();
    run.see(free('alpha', 3, 2));
    run.see(free('beta', 12, 2));
    expect(run.settle()).toEqual([]);
    expect(run.state.prompts.at(-1)).toMatchObject({
      ...{ id: 'p2', step: 'look', answers: ['retry', 'rollback', 'abort'] },
      found: ['alpha: step space: does not hold: facts.free > 10 (free is 3)'],
    });
    expect(run.state).toMatchObject({ status: 'waiting', blocked: [] });
    run.decide('retry');
    run.settle();
    run.see(free('alpha', 12, 3));
    run.see(free('beta', 12, 3));
    expect(run.state.steps[2]?.tasks).toMatchObject([{ outcome: 'changed', doneAt: 'p1' }]);
    expect(run.due()).toMatchObject({ step: 'last' });
  });

  it('are asked about where one cannot be taken or is not as the preflight wants it', () => {
    const run = released();
    run.decide('continue');
    run.see({ for: 'lock', host: 'alpha', trouble: 'no route' });
    run.see({ for: 'preflight', host: 'beta', report: { troubles: ['missing: rsync'] } });
    run.settle();
    run.see(free('alpha', 12, 2));
    run.see(free('beta', 12, 2));
    run.settle();
    expect(run.state.prompts.at(-1)?.found).toEqual(['alpha: no route', 'beta: missing: rsync']);
    run.decide('retry');
    run.settle();
    run.see(free('alpha', 12, 3));
    run.see(free('beta', 12, 3));
    expect(run.due()).toMatchObject({ step: 'last' });
  });

  it('are taken again and looked at for a skip too, which then says so', () => {
    const run = released();
    run.decide('skip');
    run.settle();
    run.see(free('alpha', 12, 2));
    run.see(free('beta', 12, 2));
    expect(run.due()).toMatchObject({ step: 'last' });
    expect(run.state.steps[2]?.tasks).toMatchObject([{ outcome: 'skipped', skippedAt: 'p1' }]);
  });

  it('are taken again before anything is undone, and nothing else is looked at', () => {
    const run = released();
    run.decide('rollback');
    expect(does(next(run))).toEqual(['lock alpha']);
    run.see({ for: 'lock', host: 'alpha', trouble: 'no route' });
    run.settle();
    expect(run.state.prompts.at(-1)).toMatchObject({ answers: ['retry', 'abort'], found: ['alpha: no route'] });
    run.decide('retry');
    expect(run.due()).toMatchObject({ step: 'first', phase: 'undo' });
    expect(run.state).toMatchObject({ locked: ['alpha', 'beta'], released: [], status: 'rolling_back' });
  });

  it('stay ours from the first that cannot be released on, so that no two runs can wait for each other', () => {
    const run = upTo(unlocking());
    run.settle();
    run.see({ for: 'unlock', host: 'beta', trouble: 'no route' });
    expect(run.settle()).toEqual([]);
    expect(run.state).toMatchObject({ locked: ['alpha', 'beta'], notReleased: 'beta: no route', status: 'waiting' });
    run.decide('continue');
    run.settle();
    expect(run.state.notReleased).toBeUndefined();
  });

  it('are left at an abort', () => {
    const run = released();
    run.decide('abort');
    expect(run.settle()).toEqual([]);
    expect(run.state).toMatchObject({ status: 'aborted', released: ['beta', 'alpha'] });
  });

  it('are all in doubt where an abort comes before it was seen that they were let go', () => {
    const run = upTo(unlocking());
    run.settle();
    run.see({ for: 'unlock', host: 'beta' });
    run.decide('abort');
    expect(run.state).toMatchObject({ locked: [], released: ['beta', 'alpha'] });
  });
});

const next = (run: Record): readonly Effect[] => nextOf(run.state);
