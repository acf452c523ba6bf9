import { describe, expect, it } from '@jest/globals';
import { orderOf } from '../../src/run/order.ts';
import type { PlanStep } from '../../src/plan/types.ts';
import { undoPlan } from '../../src/run/undo.ts';
import { hostNamed, jobWork, plan, sh, step } from './plans.ts';
import { ended, Record } from './record.ts';

const two = { hosts: ['alpha', 'beta'] };
const keep = { reached: 'keep' } as const;

/** Jobs that end well until the run has ended; what was undone, in order. */
function undoAll(run: Record): readonly string[] {
  const undone: string[] = [];
  for (let left = 20; left > 0; left -= 1) {
    const effects = run.settle();
    if (run.state.endedAt !== undefined) return undone;
    if (effects.length === 0) throw new Error(`it waits: ${JSON.stringify(run.state.prompts.at(-1))}`);
    const { step: id, host, phase } = run.job(ended('done'));
    undone.push(`${phase} ${id} ${host}`);
  }
  throw new Error('no end');
}

describe('a rollback', () => {
  it('undoes what was done and what may have been, last step first, hosts side by side, and nothing else', () => {
    const steps = [step('done', two), step('nothing', two), step('early', two), step('late', two)];
    const run = new Record(plan(steps));
    run.job(ended('done'));
    run.job(ended('done'));
    run.job(ended('nothing'));
    run.job(ended('nothing'));
    run.job(ended('failed', keep));
    run.finish(run.due(), { kind: 'unreachable', why: 'no route' });
    run.settle();
    run.decide('skip');
    run.job(ended('timed_out'));
    run.job(ended('done'));
    run.settle();
    const both = (id: string) => ['alpha', 'beta'].map((host) => ({ step: id, item: '-', host }));
    expect(undoPlan(run.state)).toEqual([
      { step: 'late', hosts: ['alpha', 'beta'], tasks: both('late'), how: { kind: 'self' } },
      { step: 'done', hosts: ['alpha', 'beta'], tasks: both('done'), how: { kind: 'self' } },
    ]);
    run.decide('rollback');
    expect(run.settle()).toHaveLength(2);
    expect(run.state.status).toBe('rolling_back');
    expect(undoAll(run)).toEqual(['undo late alpha', 'undo late beta', 'undo done alpha', 'undo done beta']);
    expect(run.state.status).toBe('rolled_back');
  });

  it('undoes a step that failed half-way and was then skipped, or found nothing left to do when retried', () => {
    const run = new Record(plan([step('half'), step('twice'), step('last')]));
    run.job(ended('failed'));
    run.settle();
    run.decide('skip');
    run.job(ended('failed'));
    run.settle();
    run.decide('retry');
    run.job(ended('nothing'));
    run.job(ended('failed', keep));
    run.settle();
    run.decide('rollback');
    expect(undoAll(run)).toEqual(['undo twice alpha', 'undo half alpha']);
  });

  it('gives the undo exactly what apply got, whatever is so now, and tells it that apply ran', () => {
    const work = jobWork({
      env: { old: { expr: '${{ facts.version }}' } },
      stdin: { lit: 'text' },
      undo: sh('put back'),
    });
    const hosts = [hostNamed('alpha', { root: '/var/pryv' })];
    const run = new Record(plan([step('one', { work, chdir: { lit: '/srv' }, becomeUser: 'root' })], { hosts }));
    run.settle();
    run.see({ for: 'open', step: 'one', phase: 'apply', host: 'alpha', facts: { version: { value: '1.5' } } });
    const job = run.due();
    const first = orderOf(run.state, job, 1);
    run.job(ended('failed'));
    run.settle();
    run.decide('rollback');
    const undo = run.due();
    const order = orderOf(run.state, undo, 2);
    expect(order).toMatchObject({ apply: sh('put back'), epoch: 2, stdin: 'text', chdir: '/srv', becomeUser: 'root' });
    // That apply ran is known, so a pre-state that is gone by then is no reason to say that all is undone.
    expect(order.env).toEqual({ ...first.env, CO_APPLIED: 'yes' });
    expect(order.env).toMatchObject({ old: '1.5', root: '/var/pryv', version: '1.6' });
    expect(order.env['CO_STDIN_SHA256']).toHaveLength(64);
    expect(order.keep).toBeUndefined();
  });

  it('takes the steps of an on_rollback in their order, and leaves what the procedure says is to be left', () => {
    const sub = (id: string): PlanStep => step(id, { undo: { kind: 'none' }, ...two });
    const steps = [
      step('one', { ...two, undo: { kind: 'steps', steps: [sub('one/stop'), sub('one/undo-2')] } }),
      step('two', { undo: { kind: 'leave', reason: 'the copy does no harm' } }),
      step('three'),
    ];
    const run = new Record(plan(steps));
    run.job(ended('done'));
    run.job(ended('nothing'));
    run.job(ended('done'));
    run.job(ended('failed', keep));
    run.settle();
    expect(undoPlan(run.state).map(({ step: id, how }) => [id, how.kind])).toEqual([
      ['two', 'leave'],
      ['one', 'steps'],
    ]);
    run.decide('rollback');
    // On beta the step had nothing to do, so nothing is undone there.
    expect(undoAll(run)).toEqual(['undo one/stop alpha', 'undo one/undo-2 alpha']);
    expect(run.state.undo.map((each) => each.tasks.map((task) => task.host))).toEqual([['alpha'], ['alpha']]);
    expect(run.state.status).toBe('rolled_back');
  });

  it('passes over what cannot be undone, named before, and does not call itself complete', () => {
    const run = new Record(plan([step('one'), step('gone', { undo: { kind: 'irreversible' } }), step('three')]));
    run.job(ended('done'));
    run.job(ended('done'));
    run.job(ended('failed', keep));
    run.settle();
    expect(undoPlan(run.state)[0]).toMatchObject({ step: 'gone', how: { kind: 'irreversible' } });
    run.decide('rollback');
    expect(undoAll(run)).toEqual(['undo one alpha']);
    expect(run.state).toMatchObject({ status: 'failed', because: 'step gone on alpha cannot be undone' });
  });

  it('stops and asks where what stands there is not what the run left; a skip there is no complete rollback', () => {
    const run = new Record(plan([step('one'), step('two')]));
    run.job(ended('done'));
    run.job(ended('failed'));
    run.settle();
    run.decide('rollback');
    run.job(ended('failed', { exitCode: 77 }));
    run.settle();
    expect(run.state.status).toBe('waiting');
    expect(run.state.undo[0]?.tasks[0]?.detail).toContain('not what this run left');
    expect(run.state.prompts.at(-1)).toMatchObject({ id: 'p2', phase: 'undo', answers: ['retry', 'skip', 'abort'] });
    expect(run.decide('rollback')).toMatchObject({ ok: false, refusal: { kind: 'not_allowed', why: 'rolling_back' } });
    run.decide('retry');
    expect(run.due()).toMatchObject({ step: 'two', phase: 'undo', attempt: 2 });
    run.job(ended('failed'));
    run.settle();
    run.decide('skip', 'p3');
    expect(undoAll(run)).toEqual(['undo one alpha']);
    expect(run.state).toMatchObject({ status: 'failed', because: 'the undo of step two on alpha was skipped at p3' });
  });

  it('looks again at a job whose end nobody saw before it undoes it, and stops it where it lives', () => {
    const make = (alive?: boolean): Record => {
      const run = new Record(plan([step('one')]));
      const lost = { kind: 'unknown', why: 'the link broke', ...(alive === undefined ? {} : { alive }) } as const;
      const job = run.job(lost);
      run.finish(job, lost);
      run.settle();
      run.decide('rollback');
      return run;
    };
    const job = { step: 'one', item: '-', host: 'alpha', phase: 'apply', attempt: 1 } as const;
    const gone = make(false);
    expect(gone.settle()).toEqual([{ do: 'settle', job }]);
    gone.finish(job, { kind: 'unknown', why: 'its folder is gone', alive: false });
    expect(undoAll(gone)).toEqual(['undo one alpha']);

    const never = make();
    expect(never.settle()).toEqual([
      { do: 'kill', job },
      { do: 'settle', job },
    ]);
    never.finish(job, { kind: 'void' });
    expect(undoAll(never)).toEqual([]);
    expect(never.state.status).toBe('rolled_back');

    const alive = make();
    alive.settle();
    alive.finish(job, { kind: 'unknown', why: 'it does not die', alive: true });
    alive.settle();
    expect(alive.state.status).toBe('waiting');
    expect(alive.state.undo[0]?.tasks[0]?.detail).toContain('may still be running on alpha');
    alive.decide('retry');
    expect(alive.settle()).toEqual([
      { do: 'kill', job },
      { do: 'settle', job },
    ]);
    alive.finish(job, ended('killed'));
    expect(undoAll(alive)).toEqual(['undo one alpha']);
    expect(alive.state.status).toBe('rolled_back');
  });

  it('of a run that has done nothing yet ends rolled back', () => {
    const run = new Record(plan([step('one')]));
    run.job(ended('failed', { reached: 'probe' }));
    run.settle();
    run.decide('rollback');
    run.settle();
    expect(run.state.status).toBe('rolled_back');
  });
});
