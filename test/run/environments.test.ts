import { describe, expect, it } from '@jest/globals';
import type { Window } from '../../src/language/types.ts';
import type { Plan, PlanEnvironment, PlanStep } from '../../src/plan/types.ts';
import type { Accepted } from '../../src/run/accept.ts';
import { downtimes } from '../../src/run/downtime.ts';
import { next } from '../../src/run/next.ts';
import { refusalText } from '../../src/run/refusal-text.ts';
import { findRehearsal } from '../../src/run/rehearsals.ts';
import type { Actor, Mode } from '../../src/run/types.ts';
import { check, hostNamed, jobWork, plan, step } from './plans.ts';
import { ended, olivia, Record, well, william } from './record.ts';

const rita: Actor = { kind: 'github', id: 9, login: 'rita', right: 'read' };
const ada: Actor = { kind: 'github', id: 10, login: 'Ada', right: 'maintain' };
const seat: Actor = { kind: 'terminal', user: 'olivia@desk' };
const DIGEST = 'b'.repeat(8);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const planIn = (environment: Partial<PlanEnvironment>, more: Partial<Plan> = {}, steps?: readonly PlanStep[]): Plan =>
  plan(steps ?? [step('first'), step('second')], { environment: { name: 'place', ...environment }, ...more });
const refusal = (accepted: Accepted): string => (accepted.ok ? '' : refusalText(accepted.run, accepted.refusal));

describe('a run that needs approvals before it starts', () => {
  const waiting = (by: readonly string[] = ['write'], count = 1): Record => {
    const run = new Record(planIn({ approvals: { by, count } }));
    expect([run.settle(), run.state.status, run.state.prompts]).toEqual([[], 'awaiting_approval', []]);
    return run;
  };

  it('touches nothing, not even a lock, until others have agreed to its plan', () => {
    const run = waiting(['rita', 'maintain'], 2);
    expect(refusal(run.approve(DIGEST, olivia))).toContain('You asked for run');
    expect(refusal(run.approve(DIGEST, william))).toMatch(/by rita or whoever has the right "maintain" or more/);
    expect(refusal(run.approve('deadbeef', rita))).toMatch(/`deadbeef` does not name the plan.*`\/approve bbbbbbbb/);
    expect(run.approve(DIGEST, rita).ok).toBe(true);
    expect(run.events.at(-1)).toMatchObject({ type: 'run_approved', digest: DIGEST, by: rita });
    expect(run.events.at(-1)).not.toHaveProperty('prompt');
    expect(refusal(run.approve(DIGEST, rita))).toMatch(/already. It waits for 1 more/);
    expect(next(run.state)).toEqual([]);
    expect(run.approve(DIGEST, ada).ok).toBe(true);
    expect(next(run.state)).toEqual([{ do: 'lock', host: 'alpha' }]);
    expect(run.state.status).toBe('running');
    expect(refusal(run.approve(DIGEST, william))).toContain('was approved already by @rita and @Ada');
    expect(run.replayed()).toEqual(run.state);
  });

  it('can be dropped, and answers nothing else', () => {
    const run = waiting();
    for (const word of ['retry', 'skip', 'rollback', 'continue'] as const)
      expect(refusal(run.decide(word))).toMatch(
        /has not started: it waits for an approval.*`\/approve bbbbbbbb 20261122-7k3f`/,
      );
    run.decide('abort');
    run.settle();
    expect(run.state).toMatchObject({ status: 'aborted', locked: [] });
    expect(refusal(run.approve(DIGEST, william))).toContain('has ended');
  });

  it('is approved at the terminal where it was started by whoever sits there', () => {
    const run = waiting(['ada'], 3);
    expect(run.approve(DIGEST, seat).ok).toBe(true);
    expect(run.due()).toMatchObject({ step: 'first' });
  });

  it('asks nobody in a dry run', () => {
    const run = new Record(planIn({ approvals: { by: ['write'], count: 1 } }), 'dryrun');
    expect(next(run.state)).toEqual([{ do: 'preflight', host: 'alpha' }]);
  });

  it('does not start once its window is closed, or its rehearsal too old', () => {
    // It is asked for at 02:45:00 UTC.
    const window: Window = { timezone: 'UTC', from: '02:00', to: '03:00' };
    const requires = { environment: 'rehearsal', withinMs: HOUR };
    const made = planIn({ approvals: { by: ['write'], count: 1 }, requires }, { window });
    const rehearsed = { environment: 'rehearsal', run: '20261122-aaaa', at: '2026-11-22T02:00:00.000Z' };
    const run = new Record(made, 'apply', undefined, { rehearsed });
    run.pass(HOUR);
    run.approve(DIGEST, william);
    run.settle();
    expect(run.state).toMatchObject({
      status: 'failed',
      blocked: [
        expect.stringMatching(/^the window is closed: .*; next Mon 2026-11-23 02:00 UTC$/),
        expect.stringMatching(/^run 20261122-aaaa, which it rests on, has become too old/),
      ],
    });
    expect(run.events.filter(({ type }) => type === 'step_opened')).toEqual([]);
    const inTime = new Record(made, 'apply', undefined, { rehearsed });
    inTime.approve(DIGEST, william);
    expect(inTime.due()).toMatchObject({ step: 'first' });
  });
});

describe('a rehearsal', () => {
  const rehearsal = (steps?: readonly PlanStep[], mode?: Mode): Record =>
    new Record(planIn({ onSuccess: 'rollback' }, {}, steps), mode);

  it('takes back what it did once all of it went well', () => {
    const run = rehearsal();
    run.job(ended('done'));
    run.job(ended('done'));
    expect(run.due()).toMatchObject({ step: 'second', phase: 'undo' });
    expect(run.state).toMatchObject({ rollback: { because: 'the rehearsal succeeded', rehearsed: true } });
    run.job(ended('done'));
    run.job(ended('done'));
    run.settle();
    expect(run.state).toMatchObject({ status: 'rolled_back', because: 'the rehearsal succeeded' });
    expect(run.replayed()).toEqual(run.state);
  });

  it('of which a step failed is no success, however it is rolled back', () => {
    const run = rehearsal();
    run.job(ended('done'));
    run.job(ended('failed'));
    run.settle();
    run.decide('rollback');
    run.job(ended('done'));
    run.job(ended('done'));
    run.settle();
    expect(run.state.status).toBe('rolled_back');
    expect(run.state.rollback?.rehearsed).toBe(undefined);
  });

  it('that cannot be taken back fails', () => {
    const run = rehearsal([step('first')]);
    run.job(ended('done'));
    run.job(ended('failed'));
    run.settle();
    run.decide('skip');
    run.settle();
    expect(run.state).toMatchObject({ status: 'failed', rollback: { rehearsed: true } });
  });

  it('begins no step that cannot be undone, whatever its when says', () => {
    const never = step('gone', { undo: { kind: 'irreversible' }, when: { expr: 'params.version != vars.x' } });
    const run = rehearsal([{ ...never, when: { expr: "params.version == '1.6'" } }]);
    run.settle();
    expect(run.state.steps[0]?.tasks).toMatchObject([
      { outcome: 'failed', detail: expect.stringContaining('cannot be undone') },
    ]);
    const spared = rehearsal([{ ...never, when: { expr: "params.version == '1.5'" } }, step('last')]);
    expect(spared.due()).toMatchObject({ step: 'last' });
    const dry = rehearsal([{ ...never, when: { expr: "params.version == '1.6'" } }], 'dryrun');
    dry.settle();
    expect(dry.state.status).toBe('failed');
  });

  it('is not taken back in a dry run, nor where it is blocked', () => {
    const dry = rehearsal(
      [step('look', { work: check("params.version == '1.6'"), readOnly: true, undo: { kind: 'none' } })],
      'dryrun',
    );
    while (dry.state.endedAt === undefined) {
      const [effect] = dry.settle();
      if (effect?.do !== 'observe') break;
      dry.see({ ...{ for: 'check', step: 'look', phase: 'apply', host: 'alpha', item: '-', attempt: 1 }, facts: {} });
    }
    expect(dry.state.status).toBe('succeeded');
    const blocked = rehearsal();
    blocked.see({ for: 'lock', host: 'alpha' });
    blocked.see({ for: 'preflight', host: 'alpha', report: { troubles: ['no sudo'] } });
    blocked.settle();
    expect(blocked.state).toMatchObject({ status: 'failed', undo: [] });
  });

  it('proves a plan of the same files and values for a time, unless a step was skipped', () => {
    const wanted = planIn({}, {});
    const requires = { environment: 'place', withinMs: HOUR };
    const now = '2026-11-22T03:00:00.000Z';
    const well = rehearsal();
    for (let job = 0; job < 4; job += 1) well.job(ended('done'));
    well.settle();
    const skipped = rehearsal();
    skipped.job(ended('failed'));
    skipped.settle();
    skipped.decide('skip');
    skipped.job(ended('done'));
    while (skipped.settle().length > 0) skipped.job(ended('done'));
    expect(skipped.state.status).toBe('rolled_back');
    const plain = new Record(planIn({}));
    plain.job(ended('done'));
    plain.job(ended('done'));
    plain.settle();
    const last = (run: Record, of = wanted, at = now) => findRehearsal([run.state], of, requires, at);
    expect(last(well)).toMatchObject({ kind: 'rehearsed', rehearsed: { run: '20261122-7k3f', environment: 'place' } });
    expect(last(plain)).toMatchObject({ kind: 'rehearsed' });
    expect(last(skipped)).toMatchObject({ last: { why: 'proves nothing of step first, which somebody skipped' } });
    expect(last(well, wanted, '2026-11-22T04:00:00.000Z')).toMatchObject({ last: { why: 'is too long ago' } });
    const other = { ...wanted, procedure_digest: 'c'.repeat(64) };
    expect(last(well, other)).toMatchObject({ last: { why: 'was with other files or values' } });
    expect(last(new Record(planIn({})))).toMatchObject({ last: { why: 'has not ended yet' } });
    const failed = rehearsal();
    failed.decide('abort');
    failed.settle();
    expect(last(failed)).toMatchObject({ last: { why: 'did not end well' } });
    expect(findRehearsal([failed.state, well.state], wanted, requires, now)).toMatchObject({ kind: 'rehearsed' });
    for (const stranger of [planIn({ name: 'other' }), { ...planIn({}), file: 'procedures/a/b.yml' }])
      expect(last(new Record(stranger))).toEqual({ kind: 'missing' });
    expect(last(new Record(planIn({}), 'dryrun'))).toEqual({ kind: 'missing' });
  });
});

describe('a window', () => {
  /** Open from 02:00 to 03:00; the run is asked for at 02:45. */
  const window: Window = { timezone: 'UTC', from: '02:00', to: '03:00' };
  const NEVER: Partial<PlanStep> = { undo: { kind: 'irreversible' } };
  const held = (more: Partial<PlanStep> = {}): Record => {
    const run = new Record(plan([step('first'), step('never', { ...NEVER, ...more }), step('last')], { window }));
    const job = run.due();
    run.pass(HOUR);
    run.finish(job, ended('done'));
    expect(run.settle()).toEqual([]);
    return run;
  };

  it('holds a step that cannot be undone until it is open and somebody says so', () => {
    const run = held();
    expect(run.state).toMatchObject({
      status: 'waiting',
      prompts: [{ id: 'p1', step: 'never', closed: true, answers: ['retry', 'skip', 'rollback', 'abort'] }],
    });
    expect(run.state.steps[1]?.tasks).toMatchObject([{ attempts: [] }]);
    expect(run.decide('retry').ok).toBe(true);
    expect(run.settle()).toEqual([]);
    expect(run.state.prompts).toMatchObject([{ answer: { decision: 'retry' } }, { id: 'p2', closed: true }]);
    run.pass(23 * HOUR - 15 * MINUTE);
    expect(run.settle()).toEqual([]);
    run.decide('retry');
    expect(run.due()).toMatchObject({ step: 'never', attempt: 1 });
    // What has begun goes on.
    run.pass(HOUR);
    run.job(ended('done'));
    expect(run.due()).toMatchObject({ step: 'last' });
    expect(run.replayed()).toEqual(run.state);
  });

  it('lets it be skipped, unless it is critical, rolled back and aborted', () => {
    const skipped = held();
    skipped.decide('skip');
    expect(skipped.due()).toMatchObject({ step: 'last' });
    expect(skipped.state.steps[1]?.tasks).toMatchObject([{ outcome: 'skipped', skippedAt: 'p1' }]);
    const critical = held({ critical: true });
    expect(critical.state.prompts[0]?.answers).toEqual(['retry', 'rollback', 'abort']);
    expect(critical.decide('skip').ok).toBe(false);
    critical.decide('rollback');
    expect(critical.due()).toMatchObject({ step: 'first', phase: 'undo' });
    critical.job(ended('done'));
    critical.settle();
    expect(critical.state.status).toBe('rolled_back');
    const aborted = held();
    aborted.decide('abort');
    aborted.settle();
    expect(aborted.state).toMatchObject({ status: 'aborted', because: 'aborted by olivia' });
  });

  it('asks about what could not begin on another host, once what it holds was skipped', () => {
    const never = step('never', {
      ...NEVER,
      hosts: ['alpha', 'beta'],
      work: jobWork({ env: { of: { expr: '${{ vars.of }}' } } }),
    });
    const hosts = [hostNamed('alpha', { of: 'disk' }), hostNamed('beta')];
    const run = new Record(plan([step('first'), never, step('last')], { window, hosts }));
    const job = run.due();
    run.pass(HOUR);
    run.finish(job, ended('done'));
    expect(run.settle()).toEqual([]);
    expect(run.state.prompts).toMatchObject([{ closed: true, tasks: [{ host: 'alpha' }] }]);

    run.decide('skip');

    expect(run.settle()).toEqual([]);
    expect(run.state.prompts[1]).toMatchObject({ id: 'p2', step: 'never', tasks: [{ host: 'beta' }] });
    expect(run.state.prompts[1]?.closed).toBeUndefined();
    run.decide('skip');
    expect(run.due()).toMatchObject({ step: 'last' });
    expect(run.replayed()).toEqual(run.state);
  });

  it('holds a person’s step in the same way', () => {
    const run = held({ work: { kind: 'ask', how: 'manual', text: { lit: 'by hand' } } });
    expect(run.state.prompts).toMatchObject([{ closed: true }]);
    run.pass(22 * HOUR + 45 * MINUTE);
    run.decide('retry');
    expect(run.settle()).toEqual([]);
    expect(run.state.prompts.at(-1)).toMatchObject({ answers: ['continue', 'skip', 'rollback', 'abort'] });
    run.decide('continue');
    expect(run.due()).toMatchObject({ step: 'last' });
  });

  it('holds nothing that can be undone, nothing that is passed over, and no undo', () => {
    const passed = new Record(
      plan([step('first'), step('never', { ...NEVER, when: { expr: "params.version == 'x'" } }), step('last')], {
        window,
      }),
    );
    const job = passed.due();
    passed.pass(HOUR);
    passed.finish(job, ended('done'));
    expect(passed.due()).toMatchObject({ step: 'last' });
    passed.job(ended('failed'));
    passed.settle();
    passed.decide('rollback');
    expect(passed.due()).toMatchObject({ step: 'last', phase: 'undo' });
  });

  it('holds nothing within a downtime, and what begins one before that begins', () => {
    const down = new Record(
      plan([step('stop', { downtime: 'begins' }), step('never', NEVER), step('start', { downtime: 'ends' })], {
        window,
      }),
    );
    const job = down.due();
    down.pass(HOUR);
    down.finish(job, ended('done'));
    expect(down.due()).toMatchObject({ step: 'never' });
    const before = held({ downtime: 'begins' });
    expect(downtimes(before.state)).toEqual([]);
    before.pass(22 * HOUR + 45 * MINUTE);
    before.decide('retry');
    expect(downtimes(before.state)).toEqual([{ step: 'never', from: before.state.lastAt }]);
    const skipped = held({ downtime: 'begins' });
    skipped.decide('skip');
    skipped.settle();
    expect(downtimes(skipped.state)).toEqual([]);
  });

  it('keeps a run from starting where it has closed while that waited for hosts, and a dry run from nothing', () => {
    const late = new Record(plan([step('first')], { window }));
    late.see({ for: 'lock', host: 'alpha', held: 'another run' });
    late.pass(HOUR);
    late.settle();
    expect(late.state).toMatchObject({
      status: 'failed',
      blocked: [expect.stringContaining('the window is closed')],
    });
    const dry = new Record(plan([step('never', NEVER)], { window }), 'dryrun');
    dry.pass(HOUR);
    dry.see(well('alpha'));
    expect(dry.settle()).toEqual([{ do: 'look', step: 'never', host: 'alpha', item: '-' }]);
  });
});
