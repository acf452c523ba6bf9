import { describe, expect, it } from '@jest/globals';
import { finishedEvents } from '../../src/run/finished.ts';
import { next } from '../../src/run/next.ts';
import { refusalText } from '../../src/run/refusal-text.ts';
import type { JobKey } from '../../src/run/types.ts';
import { jobWork, plan, sh, step } from './plans.ts';
import { ended, Record } from './record.ts';

const lost = (alive?: boolean) =>
  ({ kind: 'unknown', why: 'the link broke', ...(alive === undefined ? {} : { alive }) }) as const;

/** A run whose one step has started and whose end nobody saw. */
function unknown(more: Parameters<typeof step>[1] = {}, alive?: boolean): { run: Record; job: JobKey } {
  const run = new Record(plan([step('one', more), step('two')]));
  return { run, job: run.job(lost(alive)) };
}

const NO_LOG = { sha256: '0', stdout: { text: '' }, stderr: { text: '' }, bytes: { out: 0, err: 0 } };

const outcome = (run: Record): string | undefined => run.state.steps[0]?.tasks[0]?.outcome;

describe('a job whose end nobody saw', () => {
  it('is looked at again before anybody is asked', () => {
    const { run, job } = unknown();
    expect(run.settle()).toEqual([{ do: 'settle', job }]);
    expect(run.state.prompts).toEqual([]);
    expect(outcome(run)).toBeUndefined();
  });

  it('is what its exit says, once that is found, with its output', () => {
    const { run, job } = unknown();
    run.settle();
    run.finish(job, ended('done'), 'late\n');
    expect(run.events.slice(-2).map((event) => event.type)).toEqual(['job_finished', 'job_settled']);
    expect(outcome(run)).toBe('changed');
    expect(run.due()).toMatchObject({ step: 'two' });
    expect(run.state.steps[0]?.tasks[0]?.attempts[0]?.finished?.captured.stdout).toEqual({ text: 'late\n' });
  });

  it('keeps what it had printed also where that comes only with a later look, which finds no end either', () => {
    const { run, job } = unknown();
    run.finish(job, lost(false), 'half of it\n');
    run.settle();

    const [finished, settled] = run.events.slice(-3);
    expect(finished).toMatchObject({ type: 'job_finished', outcome: 'unknown', bytes: { out: 11, err: 0 } });
    expect(settled).toMatchObject({ type: 'job_settled', outcome: 'unknown', alive: false });
    const [attempt] = run.state.steps[0]?.tasks[0]?.attempts ?? [];
    expect(attempt).toMatchObject({ looks: 1, finished: { captured: { stdout: { text: 'half of it\n' } } } });
    expect(outcome(run)).toBe('unknown');
  });

  it('says nothing twice where a later look brings nothing new', () => {
    const { run, job } = unknown();
    const before = run.events.length;
    run.finish(job, lost(false));

    expect(run.events.slice(before).map((event) => event.type)).toEqual(['job_settled']);
  });

  it('is unreachable where the host proves that it never started', () => {
    const { run, job } = unknown();
    run.finish(job, { kind: 'void' });
    run.settle();
    expect(outcome(run)).toBe('unreachable');
    expect(run.state.prompts[0]?.answers).toEqual(['retry', 'skip', 'rollback', 'abort']);
  });

  it('stays unknown where its host refuses to look: the run was closed there', () => {
    const { run, job } = unknown();
    run.finish(job, { kind: 'refused', why: 'the run is closed on this host', unseen: true });
    run.settle();
    expect(run.events.at(-2)).toMatchObject({ type: 'job_settled', outcome: 'unknown' });
    expect(run.state.status).toBe('waiting');
  });

  it('is what it becomes where a host refuses what an earlier worker may have started there', () => {
    const run = new Record(plan([step('one')]));
    const job = run.due();
    const refused = { kind: 'refused', why: 'the run is closed on this host' } as const;
    const told = (): unknown => finishedEvents(run.state, job, { ...refused, unseen: true }, NO_LOG)[0];
    expect(told()).toMatchObject({ outcome: 'failed', reached: 'prepare' });
    run.add({ type: 'run_started', worker: 'next', epoch: 2 });
    expect(told()).toMatchObject({ outcome: 'unknown', reached: 'apply' });
    expect(finishedEvents(run.state, job, refused, NO_LOG)[0]).toMatchObject({ outcome: 'failed', reached: 'prepare' });
  });

  it('is asked about when a second look cannot tell, and is neither success nor failure', () => {
    const { run, job } = unknown();
    run.finish(job, lost());
    run.settle();
    expect(outcome(run)).toBe('unknown');
    expect(run.state.status).toBe('waiting');
  });

  it('is followed while it lives; after three looks a person is asked, and a retry beside it is refused', () => {
    const { run, job } = unknown({}, true);
    for (let look = 1; look <= 3; look += 1) {
      expect(run.settle()).toEqual([{ do: 'settle', job }]);
      run.finish(job, lost(true));
    }
    run.settle();
    expect(outcome(run)).toBe('unknown');
    const accepted = run.decide('retry');
    expect(accepted).toMatchObject({ ok: false, refusal: { kind: 'still_running', tasks: [{ step: 'one' }] } });
    expect(!accepted.ok && refusalText(accepted.run, accepted.refusal)).toContain('`/rollback 20261122-7k3f p1`');
  });

  it('when retried though nobody knows whether it lives, is looked at again instead of being started beside itself', () => {
    const { run, job } = unknown();
    run.finish(job, lost());
    run.settle();
    run.decide('retry');
    expect(run.settle()).toEqual([{ do: 'settle', job }]);
    run.finish(job, lost(false));
    run.settle();
    expect(run.state.prompts).toHaveLength(2);
    run.decide('retry');
    expect(run.due()).toEqual({ ...job, attempt: 2 });
  });

  it('is retried by itself once where its step is idempotent and nothing of it lives', () => {
    const { run, job } = unknown({ idempotent: true });
    run.finish(job, lost(false));
    expect(run.due()).toEqual({ ...job, attempt: 2 });
    run.job(lost(false));
    run.finish({ ...job, attempt: 2 }, lost(false));
    run.settle();
    expect(run.state.prompts).toHaveLength(1);
  });

  it('is not retried by itself where it may live, idempotent or not', () => {
    const { run, job } = unknown({ idempotent: true });
    run.finish(job, lost());
    run.settle();
    expect(run.state.prompts).toHaveLength(1);
  });

  const checks = { work: jobWork({ verify: sh('verify') }), doneWhen: 'facts.up' };
  const seen = { for: 'settle', step: 'one', phase: 'apply', host: 'alpha', item: '-', attempt: 1 } as const;
  const result = (exit_code: number) => ({ exit_code, stdout: '', stderr: '' });

  it.each([
    [true, 0, 'changed'],
    [true, 1, 'unknown'],
    [false, 0, 'unknown'],
  ])('is done only when done_when (%s) and verify (exit %s) both hold and no process is left', (up, code, expected) => {
    const open = { for: 'open', step: 'one', phase: 'apply', host: 'alpha' } as const;
    const run = new Record(plan([step('one', checks)]));
    run.settle();
    run.see({ ...open, facts: { up: { value: false } } });
    const job = run.job(lost(false));
    run.finish(job, lost(false));
    expect(run.settle()).toMatchObject([{ do: 'observe', for: 'settle', facts: ['up'], attempt: 1 }]);
    run.see({ ...seen, facts: { up: { value: up } }, condition: result(code) });
    run.settle();
    expect(outcome(run)).toBe(expected);
    const settled = run.events.filter((event) => event.type === 'job_settled' && event.by === 'checks');
    expect(settled).toHaveLength(expected === 'changed' ? 1 : 0);
  });

  it('is not settled by checks where it may live', () => {
    const run = new Record(plan([step('one', { ...checks, doneWhen: "params.version == '2'" })]));
    const job = run.job(lost());
    run.finish(job, lost());
    run.settle();
    expect(run.state.prompts).toHaveLength(1);
  });

  it('never passes for one to go on without', () => {
    const { run, job } = unknown({ onFailure: 'continue' });
    run.finish(job, lost(false));
    run.settle();
    expect(run.state.status).toBe('waiting');
    expect(next(run.state)).toEqual([]);
  });

  it('is not unreachable because a later worker cannot reach its host: the one before may have started it', () => {
    const make = (takenOver: boolean): Record => {
      const run = new Record(plan([step('one')]));
      const job = run.due();
      if (takenOver) run.add({ type: 'run_started', worker: 'heir', epoch: 2 });
      run.finish(job, { kind: 'unreachable', why: 'no route' });
      return run;
    };
    const first = make(false);
    first.settle();
    expect(outcome(first)).toBe('unreachable');
    const heir = make(true);
    expect(heir.settle()).toMatchObject([{ do: 'settle' }]);
    const begun = new Record(plan([step('one')]));
    const job = begun.due();
    begun.add({ type: 'job_started', job, boot_id: 'boot', pid: 4 });
    begun.finish(job, { kind: 'unreachable', why: 'no route' });
    expect(begun.settle()).toMatchObject([{ do: 'settle' }]);
  });
});
