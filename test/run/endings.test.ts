import { describe, expect, it } from '@jest/globals';
import type { Plan, PlanStep } from '../../src/plan/types.ts';
import { accept } from '../../src/run/accept.ts';
import { next } from '../../src/run/next.ts';
import { preflightNeeds } from '../../src/run/preflight.ts';
import { refusalText } from '../../src/run/refusal-text.ts';
import { check, jobWork, plan, sh, step } from './plans.ts';
import { ended, olivia, Record } from './record.ts';

const none = { undo: { kind: 'none' } } as const;
const end = (id: string, more: Partial<PlanStep> = {}): PlanStep => step(id, { ...none, ...more });
const last = (id: string, more: Partial<PlanStep> = {}): PlanStep => end(id, { onFailure: 'continue', ...more });
const say = (id: string, expr: string, more: Partial<PlanStep> = {}): PlanStep =>
  end(id, { work: { kind: 'say', text: { expr } }, readOnly: true, ...more });

const two = { hosts: ['alpha', 'beta'] };

const planOf = (steps: readonly PlanStep[], lists: Pick<Plan, 'rollback' | 'always'>): Plan => plan(steps, lists);

/** Jobs that end well until the run ends or waits; what was done, in order. */
function onwards(run: Record): readonly string[] {
  const done: string[] = [];
  for (let left = 30; left > 0; left -= 1) {
    const effects = run.settle();
    if (effects.length === 0) return done;
    const { step: id, host, phase } = run.job(ended('done'));
    done.push(`${phase === 'undo' ? 'undo ' : ''}${id} ${host}`);
  }
  throw new Error('no end');
}

const failed = (run: Record): void => {
  run.job(ended('failed'));
  run.settle();
};
const textOf = (run: Record, id: string): string | undefined =>
  [...run.state.after, ...run.state.always].find((each) => each.id === id)?.tasks[0]?.text;
const last3 = (run: Record): unknown => run.events.slice(-3).map(({ type }) => type);

describe('what follows a rollback', () => {
  const lists = { rollback: [end('check', two), end('tell')] };

  it('comes after the last undo, and never without a rollback', () => {
    const good = new Record(planOf([step('one')], lists));
    expect(onwards(good)).toEqual(['one alpha']);
    expect(good.state.status).toBe('succeeded');
    const back = new Record(planOf([step('one'), step('two')], lists));
    back.job(ended('done'));
    failed(back);
    back.decide('rollback');
    expect(onwards(back)).toEqual(['undo two alpha', 'undo one alpha', 'check alpha', 'check beta', 'tell alpha']);
    expect(back.state.status).toBe('rolled_back');
  });

  it('comes also where there is nothing to undo', () => {
    const run = new Record(planOf([step('one', { readOnly: true, ...none })], lists));
    failed(run);
    run.decide('rollback');
    expect(onwards(run)).toEqual(['check alpha', 'check beta', 'tell alpha']);
    expect(run.state).toMatchObject({ status: 'rolled_back', because: 'olivia decided so at p1' });
  });

  it('asks where it fails, can be tried again, and is then rolled back', () => {
    const run = new Record(planOf([step('one')], lists), 'apply', 'rollback');
    failed(run);
    run.job(ended('done'));
    run.job(ended('failed'));
    run.job(ended('done'));
    run.settle();
    expect(run.state.prompts).toMatchObject([{ step: 'check', answers: ['retry', 'skip', 'abort'] }]);
    const refused = accept(run.state, { kind: 'rollback' }, olivia);
    expect(refused.ok ? '' : refusalText(refused.run, refused.refusal)).toContain('rolling back already');
    run.decide('retry');
    expect(onwards(run)).toEqual(['check alpha', 'tell alpha']);
    expect(run.state.status).toBe('rolled_back');
  });

  it('skipped by a person is told, and the run is rolled back still', () => {
    const run = new Record(planOf([step('one')], lists), 'apply', 'rollback');
    failed(run);
    run.job(ended('done'));
    run.job(ended('failed'));
    failed(run);
    run.decide('skip');
    onwards(run);
    expect(run.state.status).toBe('rolled_back');
    expect(run.state.because).toContain('step check on alpha was skipped at p1; step check on beta was skipped at p1');
  });

  it('that fails and goes on by its own word makes the rollback none', () => {
    const run = new Record(planOf([step('one')], { rollback: [end('check', { onFailure: 'continue' }), end('tell')] }));
    failed(run);
    run.decide('rollback');
    run.job(ended('done'));
    run.job(ended('failed'));
    expect(onwards(run)).toEqual(['tell alpha']);
    expect(run.state).toMatchObject({ status: 'failed', because: 'step check on alpha ended failed' });
  });

  it('comes also where an undo was passed over, and the run is failed then', () => {
    const run = new Record(planOf([step('one')], lists), 'apply', 'rollback');
    failed(run);
    failed(run);
    run.decide('skip');
    expect(onwards(run)).toEqual(['check alpha', 'check beta', 'tell alpha']);
    expect(run.state.status).toBe('failed');
  });

  it('knows how the steps before ended, of those never taken as of skipped ones, and facts afresh', () => {
    const outcomes =
      '${{ steps.one.outcome }} ${{ steps.two.outcome }} ${{ steps.check.outcome }} ${{ facts.version }}';
    const run = new Record(planOf([step('one'), step('two')], { rollback: [end('check'), say('tell', outcomes)] }));
    failed(run);
    run.decide('rollback');
    run.job(ended('done'));
    run.job(ended('nothing'));
    expect(run.settle()).toMatchObject([{ do: 'observe', for: 'open', step: 'tell', facts: ['version'] }]);
    const facts = { version: { value: '1.5' } };
    run.see({ for: 'open', step: 'tell', phase: 'apply', host: 'alpha', facts });
    run.settle();
    // How the step itself ended, not how its undo did.
    expect(textOf(run, 'tell')).toBe('failed skipped ok 1.5');
  });

  it('can be stopped, which leaves out the rest of it', () => {
    const run = new Record(planOf([step('one')], lists), 'apply', 'rollback');
    failed(run);
    run.job(ended('done'));
    run.job(ended('failed'));
    failed(run);
    run.decide('abort');
    expect(onwards(run)).toEqual([]);
    expect(run.state).toMatchObject({ status: 'aborted', because: 'aborted by olivia' });
  });
});

describe('what is always done', () => {
  const lists = { rollback: [end('check')], always: [last('open', two), last('tell')] };

  it('is done at the end of a run that succeeds', () => {
    const run = new Record(planOf([step('one')], lists));
    expect(onwards(run)).toEqual(['one alpha', 'open alpha', 'open beta', 'tell alpha']);
    expect(run.events.filter(({ type }) => type === 'always_started')).toMatchObject([{ status: 'succeeded' }]);
    expect(run.state.status).toBe('succeeded');
  });

  it('is done after a rollback and what follows that', () => {
    const run = new Record(planOf([step('one')], lists), 'apply', 'rollback');
    failed(run);
    expect(onwards(run)).toEqual(['undo one alpha', 'check alpha', 'open alpha', 'open beta', 'tell alpha']);
    expect(run.state.status).toBe('rolled_back');
  });

  it('is done where a step’s failure ends the run', () => {
    const run = new Record(planOf([step('one', { onFailure: 'abort' })], lists));
    failed(run);
    expect(onwards(run)).toEqual(['open alpha', 'open beta', 'tell alpha']);
    expect(run.state).toMatchObject({ status: 'aborted', because: 'step one did not go well' });
  });

  it('is done after an abort, but only once what was under way has been stopped', () => {
    const run = new Record(planOf([step('one', two)], lists));
    const job = run.due();
    run.add({ type: 'job_started', job, boot_id: 'boot', pid: 4 });
    run.decide('abort');
    const kinds = (): string[] => next(run.state).map((effect) => effect.do);
    expect(kinds()).toEqual(['kill', 'ensure_job', 'kill', 'settle']);
    run.finish(job, ended('killed'));
    expect(kinds()).toEqual(['kill', 'settle']);
    run.finish({ ...job, host: 'beta' }, { kind: 'void' });
    expect(kinds()).toEqual(['record']);
    run.settle();
    // It is in the record, so that whoever picks the run up goes on with it, too.
    expect(run.replayed()).toEqual(run.state);
    expect(run.state.aborting).toBeUndefined();
    expect(onwards(run)).toEqual(['open alpha', 'open beta', 'tell alpha']);
    expect(run.state).toMatchObject({ status: 'aborted', because: 'aborted by olivia' });
  });

  it('is not done in a run that never began: one that is blocked, or was aborted before it touched anything', () => {
    const blocked = new Record(planOf([step('look', { work: check('facts.free > 9'), ...none }), step('one')], lists));
    blocked.settle();
    blocked.see({ for: 'check', ...at('look', 'alpha'), facts: { free: { value: 3 } } });
    blocked.settle();
    expect(blocked.state.status).toBe('failed');
    const early = new Record(planOf([step('look', { work: check('facts.free > 9'), ...none }), step('one')], lists));
    early.settle();
    early.decide('abort');
    early.settle();
    expect(early.state.status).toBe('aborted');
    const waiting = new Record(planOf([step('one')], lists));
    waiting.decide('abort');
    waiting.settle();
    for (const { events } of [blocked, early, waiting]) {
      expect(events.map(({ type }) => type)).not.toContain('always_started');
    }
  });

  it('is done also where the run only looked, once it has', () => {
    const run = new Record(planOf([step('look', { work: check('facts.free > 9'), ...none })], lists));
    run.settle();
    run.see({ for: 'check', ...at('look', 'alpha'), facts: { free: { value: 30 } } });
    expect(onwards(run)).toEqual(['open alpha', 'open beta', 'tell alpha']);
  });

  it('that fails on one host is told, makes no success of the run, and keeps back nothing else', () => {
    const run = new Record(planOf([step('one')], lists));
    run.job(ended('done'));
    run.job(ended('failed'));
    run.finish(run.due(), { kind: 'unreachable', why: 'no route' });
    expect(onwards(run)).toEqual(['tell alpha']);
    expect(run.state.status).toBe('failed');
    expect(run.state.because).toBe(
      'its steps succeeded, but at its end step open on alpha ended failed; at its end step open on beta ended unreachable',
    );
    expect(run.state.prompts).toEqual([]);
  });

  it('makes a failure no worse than it was', () => {
    const run = new Record(planOf([step('one')], { always: lists.always }), 'apply', 'rollback');
    failed(run);
    run.job(ended('done'));
    run.job(ended('failed'));
    onwards(run);
    expect(run.state).toMatchObject({ status: 'rolled_back' });
    expect(run.state.because).toBe('step one did not go well; at its end step open on alpha ended failed');
  });

  it('makes a rehearsal that went well none', () => {
    const rehearsal = {
      ...planOf([step('one')], lists),
      environment: { name: 'test', onSuccess: 'rollback' },
    } as const;
    const run = new Record(rehearsal);
    run.job(ended('done'));
    run.job(ended('done'));
    run.job(ended('done'));
    expect(run.state.rollback).toMatchObject({ rehearsed: true });
    run.job(ended('failed'));
    onwards(run);
    expect(run.events.filter(({ type }) => type === 'always_started')).toMatchObject([{ status: 'rolled_back' }]);
    expect(run.state.status).toBe('failed');
    expect(run.state.because).toContain('its steps succeeded, but at its end step open on alpha ended failed');
  });

  it('asks where it says so, and there is no way back then', () => {
    const run = new Record(planOf([step('one')], { always: [end('open'), last('tell')] }));
    run.job(ended('done'));
    failed(run);
    expect(run.state.prompts).toMatchObject([{ step: 'open', answers: ['retry', 'skip', 'abort'] }]);
    const refused = accept(run.state, { kind: 'rollback' }, olivia);
    expect(refused.ok ? '' : refusalText(refused.run, refused.refusal)).toMatch(
      /^The run is at its end, from which there is no way back\. Answer `\/retry/,
    );
    run.decide('skip');
    expect(onwards(run)).toEqual(['tell alpha']);
    expect(run.state).toMatchObject({ status: 'succeeded', because: 'step open on alpha was skipped at p1' });
  });

  it('asks where an end was not seen, once all is done that need not be begun beside it', () => {
    const always = [last('open', two), last('close', two), say('tell', 'over', { onFailure: 'continue' })];
    const run = new Record(planOf([step('one')], { always }));
    run.job(ended('done'));
    const job = run.due();
    run.add({ type: 'job_started', job, boot_id: 'boot', pid: 4 });
    run.finish(job, { kind: 'unknown', why: 'the link broke' });
    run.finish({ ...job, host: 'beta' }, ended('done'));
    run.finish(job, { kind: 'unknown', why: 'no route' });
    expect(run.due()).toMatchObject({ step: 'close', host: 'beta' });
    run.job(ended('done'));
    expect(run.settle()).toEqual([]);
    expect(textOf(run, 'tell')).toBe('over');
    expect(run.state.prompts).toMatchObject([
      { step: 'open', tasks: [{ host: 'alpha' }], answers: ['retry', 'skip', 'abort'] },
    ]);
    // To try again is to look again first: nobody knows that it is dead.
    run.decide('retry');
    expect(run.settle()).toEqual([{ do: 'settle', job }]);
    expect(run.replayed()).toEqual(run.state);
    run.finish(job, { kind: 'unknown', why: 'no route' });
    run.settle();
    run.decide('skip');
    run.settle();
    expect(run.state.prompts.at(-1)).toMatchObject({ id: 'p3', step: 'close', tasks: [{ host: 'alpha' }] });
    const [behind] = run.state.always[1]?.tasks ?? [];
    expect(behind).toMatchObject({
      outcome: 'unreachable',
      detail: expect.stringMatching(/^how step open ended here/),
    });
    run.decide('retry');
    expect(onwards(run)).toEqual(['close alpha']);
    expect(run.state).toMatchObject({ status: 'succeeded', because: 'step open on alpha was skipped at p2' });
  });

  it('asks about a job whose end was not seen before what it says, and tries the next items only then', () => {
    const loop = { list: [{ lit: 'a' }, { lit: 'b' }] };
    const run = new Record(planOf([step('one')], { always: [last('open', { ...two, loop })] }));
    run.job(ended('done'));
    const job = run.due();
    run.add({ type: 'job_started', job, boot_id: 'boot', pid: 4 });
    run.finish(job, { kind: 'unknown', why: 'the link broke' });
    run.finish(job, { kind: 'unknown', why: 'it is dead', alive: false });
    for (const item of ['a', 'b']) run.finish({ ...job, host: 'beta', item }, ended('done'));
    run.settle();
    expect(run.state.prompts).toMatchObject([{ tasks: [{ item: 'a' }, { item: 'b' }] }]);
    run.decide('retry');
    // Still one after the other.
    expect(run.settle()).toMatchObject([{ do: 'ensure_job', job: { item: 'a', host: 'alpha', attempt: 2 } }]);
    run.job(ended('done'));
    expect(run.job(ended('done'))).toMatchObject({ item: 'b', attempt: 1 });
    run.settle();
    expect(run.state.status).toBe('succeeded');
  });

  it('is given up by an abort that was meant for it, which makes a success an aborted run', () => {
    const run = new Record(planOf([step('one')], lists));
    run.job(ended('done'));
    run.settle();
    run.decide('abort');
    run.finish({ step: 'open', item: '-', host: 'alpha', phase: 'apply', attempt: 1 }, { kind: 'void' });
    run.finish({ step: 'open', item: '-', host: 'beta', phase: 'apply', attempt: 1 }, { kind: 'void' });
    run.settle();
    expect(run.state.status).toBe('aborted');
    expect(run.state.because).toMatch(/^its steps succeeded, but what is always done at its end was aborted by olivia/);
    expect(run.events.filter(({ type }) => type === 'always_started')).toHaveLength(1);
  });

  it('is not given up by a second abort that was written before it began', () => {
    const run = new Record(planOf([step('one')], lists));
    const job = run.due();
    run.add({ type: 'job_started', job, boot_id: 'boot', pid: 4 });
    run.decide('abort');
    run.finish(job, ended('killed'));
    run.settle();
    const early = accept(run.state, { kind: 'abort', heardAt: '2026-11-22T02:45:01.000Z' }, olivia);
    expect(early).toMatchObject({ ok: false, refusal: { kind: 'aborting' } });
    expect(accept(run.state, { kind: 'abort', heardAt: '2026-11-23T00:00:00.000Z' }, olivia)).toMatchObject({
      ok: true,
    });
  });

  it('is given up by an abort that names what is asked there, though by a wrong clock it was written before', () => {
    const run = new Record(planOf([step('one')], { always: [end('open')] }));
    const job = run.due();
    run.add({ type: 'job_started', job, boot_id: 'boot', pid: 4 });
    run.decide('abort');
    run.finish(job, ended('killed'));
    run.job(ended('failed'));
    run.settle();
    const asked = run.state.prompts.at(-1)?.id ?? '';
    const early = { kind: 'abort', heardAt: '2026-11-22T02:45:01.000Z' } as const;
    const unnamed = accept(run.state, early, olivia);
    expect(!unnamed.ok && refusalText(unnamed.run, unnamed.refusal)).toContain(`\`/abort ${run.state.run} ${asked}\``);
    expect(accept(run.state, { ...early, prompt: asked }, olivia)).toMatchObject({ ok: true });
  });

  it('takes hosts again that others could have meanwhile, and does without those that it cannot have', () => {
    const asks = { kind: 'ask', how: 'manual', text: { lit: 'look' }, unlock: true } as const;
    const lists = { always: [last('open', two), say('tell', 'over', { onFailure: 'continue' })] };
    const run = new Record(planOf([step('one', two), step('ask', { work: asks, ...none })], lists));
    run.job(ended('done'));
    run.job(ended('done'));
    expect(run.settle()).toEqual([{ do: 'unlock', host: 'beta' }]);
    run.see({ for: 'unlock', host: 'beta' });
    run.settle();
    run.see({ for: 'unlock', host: 'alpha' });
    run.settle();
    run.decide('abort');
    // Taken in the order of names, and waited for where another run has one.
    for (let left = 5; left > 0 && next(run.state)[0]?.do === 'record'; left -= 1) {
      const [effect] = next(run.state);
      if (effect?.do === 'record') run.add(effect.event);
    }
    expect(next(run.state)).toEqual([{ do: 'lock', host: 'alpha' }]);
    run.see({ for: 'lock', host: 'alpha', trouble: 'no route' });
    expect(next(run.state)).toEqual([{ do: 'lock', host: 'beta' }]);
    run.see({ for: 'lock', host: 'beta', held: 'another run' });
    expect(run.state.status).toBe('queued');
    run.see({ for: 'lock', host: 'beta' });
    expect(run.due().host).toBe('beta');
    run.job(ended('done'));
    run.settle();
    // What is only said needs no host.
    expect(textOf(run, 'tell')).toBe('over');
    expect(run.state).toMatchObject({ status: 'aborted' });
    expect(run.state.because).toContain('step open on alpha ended unreachable');
  });

  it('knows how everything before ended, of what was never taken as of what was skipped', () => {
    const outcomes = '${{ steps.one.outcome }} ${{ steps.two.outcome }} ${{ steps.check.outcome }}';
    const run = new Record(planOf([step('one'), step('two')], { ...lists, always: [say('tell', outcomes)] }));
    failed(run);
    run.decide('abort');
    run.settle();
    expect(textOf(run, 'tell')).toBe('failed skipped skipped');
    expect(last3(run)).toEqual(['always_started', 'step_opened', 'run_finished']);
  });

  it('belongs to what a host must have, as all steps do', () => {
    const needs = { needs: ['rsync'] };
    const scripts = {
      always: [last('open', { becomeUser: 'app', work: jobWork({ apply: sh('open it'), ...needs }) })],
    };
    const run = new Record(planOf([step('one')], scripts));
    const wanted = preflightNeeds(run.state, 'alpha');
    expect(wanted).toMatchObject({ programs: ['rsync'], becomeUsers: ['app'] });
    expect(wanted.scripts.map(({ name }) => name)).toContain('step open');
  });
});

describe('a dry run', () => {
  it('looks at all of it, takes nothing, and cannot know what rests on steps before', () => {
    const lists = {
      rollback: [end('check', { work: check('facts.free > 9'), readOnly: true })],
      always: [last('open'), say('tell', '${{ steps.one.outcome }}')],
    };
    const run = new Record(planOf([step('one')], lists), 'dryrun');
    const seen: string[] = [];
    for (let left = 20; left > 0; left -= 1) {
      const [effect] = run.settle();
      if (effect === undefined) break;
      if (effect.do === 'look') {
        seen.push(effect.step);
        const look = { missing_programs: [], chdir_missing: false, sudo_missing: false };
        run.see({ for: 'look', step: effect.step, host: effect.host, item: effect.item, look });
      } else if (effect.do === 'observe') {
        seen.push(effect.step);
        run.see({ for: 'check', ...at(effect.step, effect.host), facts: { free: { value: 3 } } });
      } else throw new Error(`a dry run that would ${effect.do}`);
    }
    expect(seen).toEqual(['one', 'check', 'open']);
    expect(run.state.status).toBe('succeeded');
    const [checked] = run.state.after.flatMap(({ tasks }) => tasks);
    expect(checked?.undetermined).toMatch(/^step one would run before; now: does not hold/);
    expect(run.state.always.flatMap(({ tasks }) => tasks)).toMatchObject([
      { step: 'open', outcome: 'ok' },
      { step: 'tell', unresolved: ['text'] },
    ]);
  });

  it('is blocked by what at the end would certainly fail', () => {
    const run = new Record(planOf([step('one')], { always: [last('open')] }), 'dryrun');
    for (const id of ['one', 'open']) {
      run.settle();
      const look = { missing_programs: id === 'open' ? ['jq'] : [], chdir_missing: false, sudo_missing: false };
      run.see({ for: 'look', step: id, host: 'alpha', item: '-', look });
    }
    run.settle();
    expect(run.state).toMatchObject({ status: 'failed', blocked: ['alpha: step open: not on the host: jq'] });
  });
});

const at = (id: string, host: string) => ({ step: id, phase: 'apply', host, item: '-', attempt: 1 }) as const;
