import { describe, expect, it } from '@jest/globals';
import type { Restart } from '../../src/actions/types.ts';
import { next } from '../../src/run/next.ts';
import { orderOf } from '../../src/run/order.ts';
import type { Effect, Observation, RunState, TaskState } from '../../src/run/types.ts';
import { jobWork, plan, sh, step } from './plans.ts';
import { ended, Record } from './record.ts';

const OLD = 'b00-7 100';
const NEW = 'b00-7 200';
const NEWER = 'b00-7 300';

const work = (more: Partial<Restart> = {}) => {
  const restart = { boot: sh('boot'), command: 'reboot', everyMs: 10, atMostMs: 600_000, stableMs: 30_000, ...more };
  return jobWork({ restart });
};
const restarted = (more: Partial<Restart> = {}, idempotent = false): Record => {
  const undo = { kind: 'leave', reason: 'a test' } as const;
  return new Record(plan([step('restart', { work: work(more), undo, idempotent }), step('after')]));
};

const common = { step: 'restart', phase: 'apply', host: 'alpha', item: '-' } as const;
const boot = (value: string, attempt = 1): Observation => ({ for: 'boot', ...common, attempt, boot: value });
const up = (value: string, attempt = 1): Observation => ({
  for: 'restart',
  ...common,
  facts: {},
  attempt,
  boot: value,
});
const away = (attempt = 1): Observation => ({ for: 'restart', ...common, facts: {}, attempt, unreachable: 'no route' });
const said = (value: string, holds: boolean, attempt = 1): Observation => ({
  for: 'restart',
  ...common,
  ...{ facts: {}, attempt, boot: value },
  condition: { exit_code: holds ? 0 : 1, stdout: '', stderr: holds ? '' : 'not yet' },
});

const task = ({ steps, undo }: RunState): TaskState | undefined => [...undo, ...steps][0]?.tasks[0];
const wait = (run: Record): Extract<Effect, { do: 'observe' }> => {
  const [effect] = run.settle();
  if (effect?.do !== 'observe') throw new Error(`nothing is waited for: ${JSON.stringify(effect)}`);
  return effect;
};
/** Lets as much time go by. */
const pass = (run: Record, seconds: number): void => {
  for (let gone = 0; gone < seconds; gone += 1) run.see({ for: 'wake', due: '2026-11-22T00:00:00.000Z' });
};
const told = (run: Record, report: Parameters<Record['job']>[0] = ended('done')): void => {
  expect(wait(run)).toMatchObject({ for: 'boot', facts: [] });
  run.see(boot(OLD));
  run.job(report);
};

describe('a host that restarts', () => {
  it('is looked at before it is told, and its order carries by what it ran', () => {
    const run = restarted();
    expect(wait(run)).toMatchObject({ for: 'boot' });
    run.see(boot(OLD));
    const job = run.due();
    expect(orderOf(run.state, job, 1).env).toMatchObject({ CO_BOOT: OLD });
  });

  it('is told nothing while by what it runs cannot be had', () => {
    const run = restarted();
    run.settle();
    run.see({ for: 'boot', ...common, attempt: 1 });
    expect(task(run.state)).toMatchObject({ outcome: 'failed' });
    run.settle();
    run.decide('retry');
    run.settle();
    run.see({ for: 'boot', ...common, attempt: 2, unreachable: 'no route' });
    expect(task(run.state)).toMatchObject({ outcome: 'unreachable', detail: 'no route' });
    expect(run.events.some(({ type }) => type === 'job_started')).toBe(false);
  });

  it('goes down, comes back by a new boot, is asked for what must hold, and must stay so', () => {
    const run = restarted({ until: { run: sh('is it up') } });
    told(run);
    run.see(up(OLD));
    expect(task(run.state)?.restart?.stage).toBe('before');
    run.see(away());
    expect(task(run.state)?.restart).toMatchObject({ stage: 'away', why: 'no route' });
    run.see(said(NEW, true));
    // What was asked together with the first look may have been answered by the old system.
    expect(task(run.state)?.restart).toMatchObject({ stage: 'back', times: 1 });
    expect(next(run.state)).toEqual([{ do: 'lock', host: 'alpha' }]);
    run.see({ for: 'lock', host: 'alpha' });
    expect(wait(run)).toMatchObject({ for: 'restart', poll: { everyMs: 10 } });
    run.see(said(NEW, true));
    const { since = '' } = task(run.state)?.restart ?? {};
    const deadline = wait(run).poll?.deadline ?? '';
    expect(Date.parse(deadline) - Date.parse(since)).toBe(30_000);
    run.see(said(NEW, true));
    expect(task(run.state)?.outcome).toBeUndefined();
    pass(run, 30);
    run.see(said(NEW, true));
    expect(task(run.state)).toMatchObject({ outcome: 'changed', restart: { stage: 'held' } });
    expect(run.due()).toMatchObject({ step: 'after' });
  });

  it('is waited for anew where it starts anew once more before it has stayed', () => {
    const run = restarted();
    told(run);
    run.see(up(NEW));
    run.see({ for: 'lock', host: 'alpha' });
    pass(run, 29);
    run.see(up(NEWER));
    expect(task(run.state)?.restart).toMatchObject({ stage: 'well', times: 2, boot: NEWER });
    // Its lock may be lost again.
    expect(next(run.state)).toEqual([{ do: 'lock', host: 'alpha' }]);
    run.see({ for: 'lock', host: 'alpha' });
    pass(run, 10);
    run.see(up(NEWER));
    expect(task(run.state)?.outcome).toBeUndefined();
    pass(run, 25);
    run.see(up(NEWER));
    expect(task(run.state)?.outcome).toBe('changed');
  });

  it('that starts anew for ever is given up when its time is over', () => {
    const run = restarted({ atMostMs: 20_000 });
    told(run);
    for (let turn = 0; task(run.state)?.outcome === undefined && turn < 60; turn += 1) {
      run.settle();
      run.see(up(`b00-7 ${String(200 + turn)}`));
    }
    const { outcome, detail } = task(run.state) ?? {};
    expect(outcome).toBe('timed_out');
    expect(detail).toMatch(/^within 20s it has not stayed as it must for 30s; it has started anew \d+ times$/);
  });

  it.each([
    ['does not go down', up(OLD), 'it has not gone down within 10m: it still runs by the boot of before'],
    ['does not come back', away(), 'it has not come back within 10m: no route'],
    [
      'comes back without what must hold',
      said(NEW, false),
      'it has started anew, but not as until wants it within 10m: its script exited 1: not yet',
    ],
  ])('that %s stops the run, and the words say so', (_, seen, detail) => {
    const run = restarted({ until: { run: sh('is it up') } });
    told(run);
    run.see(seen);
    run.settle();
    expect(task(run.state)?.outcome).toBeUndefined();
    pass(run, 600);
    run.see(seen);
    expect(task(run.state)).toMatchObject({ outcome: 'timed_out', detail });
    run.settle();
    expect(run.state.prompts).toMatchObject([{ answers: ['retry', 'skip', 'rollback', 'abort'] }]);
  });

  it('has half a minute to go down where its command failed, and no more', () => {
    const run = restarted();
    told(run, ended('failed'));
    run.see(up(OLD));
    pass(run, 30);
    run.see(up(OLD));
    expect(task(run.state)).toMatchObject({
      outcome: 'failed',
      detail: 'the command ended with exit 1, and the host has not gone down',
    });
  });

  it('went down all the same where its command was ended by that', () => {
    const run = restarted();
    told(run, ended('failed'));
    run.see(away());
    run.see(up(NEW));
    run.settle();
    pass(run, 30);
    run.see(up(NEW));
    expect(task(run.state)?.outcome).toBe('changed');
  });
});

describe('the end of the command that nobody saw', () => {
  const unseen = { kind: 'unknown', why: 'the link broke' } as const;

  it('is settled by the host that has started anew', () => {
    const run = restarted();
    told(run, unseen);
    expect(task(run.state)?.outcome).toBeUndefined();
    run.see(away());
    run.see(up(NEW));
    run.settle();
    pass(run, 30);
    run.see(up(NEW));
    expect(next(run.state)).toMatchObject([{ do: 'record', event: { type: 'job_settled', by: 'checks' } }]);
    run.settle();
    expect(task(run.state)).toMatchObject({ outcome: 'changed' });
    expect(run.due()).toMatchObject({ step: 'after' });
  });

  it('is looked at once the host is seen to run as before: it may never have begun', () => {
    const run = restarted();
    told(run, unseen);
    run.see(up(OLD));
    const [effect] = run.settle();
    expect(effect).toMatchObject({ do: 'settle', job: { step: 'restart', attempt: 1 } });
    run.finish({ step: 'restart', item: '-', host: 'alpha', phase: 'apply', attempt: 1 }, { kind: 'void' });
    expect(task(run.state)).toMatchObject({ outcome: 'unreachable' });
  });

  it('is left as it is where the run is aborted', () => {
    const run = restarted();
    told(run, unseen);
    run.see(away());
    run.decide('abort');
    expect(next(run.state)).toMatchObject([{ do: 'kill' }, { do: 'settle' }]);
    run.finish({ step: 'restart', item: '-', host: 'alpha', phase: 'apply', attempt: 1 }, unseen);
    run.settle();
    expect(run.state).toMatchObject({ status: 'aborted' });
    expect(run.state.because).toContain('how step restart ended on alpha is not known');
  });
});

describe('a retry', () => {
  const late = (seen: Observation): Record => {
    const run = restarted({ until: { run: sh('is it up') } });
    told(run);
    run.see(seen);
    run.settle();
    pass(run, 600);
    run.see(seen);
    run.settle();
    expect(run.decide('retry').ok).toBe(true);
    return run;
  };

  it('only waits for a host that has started anew', () => {
    const run = late(said(NEW, false));
    expect(wait(run)).toMatchObject({ for: 'restart', attempt: 2 });
    run.see(said(NEW, true, 2));
    run.settle();
    run.see(said(NEW, true, 2));
    run.settle();
    pass(run, 30);
    run.see(said(NEW, true, 2));
    expect(task(run.state)?.outcome).toBe('changed');
    expect(run.events.filter(({ type }) => type === 'job_started').length).toBe(1);
  });

  it('tells a host again that has not gone down, by what it ran at first', () => {
    const run = late(up(OLD));
    run.settle();
    run.see(up(OLD, 2));
    const job = run.due();
    expect(job).toMatchObject({ attempt: 2 });
    expect(orderOf(run.state, job, 1).env).toMatchObject({ CO_BOOT: OLD });
  });

  it('waits anew for a host that is away', () => {
    const run = late(away());
    expect(wait(run)).toMatchObject({ for: 'restart', attempt: 2 });
    run.see(away(2));
    expect(wait(run)).toMatchObject({ for: 'restart' });
    expect(task(run.state)?.outcome).toBeUndefined();
  });
});

describe("a restarted host's lock", () => {
  it('is waited for where another run has it by then', () => {
    const run = restarted();
    told(run);
    run.see(up(NEW));
    run.see({ for: 'lock', host: 'alpha', held: 'run 20261121-aaaa of william' });
    expect(run.state.status).toBe('queued');
    expect(next(run.state)).toEqual([{ do: 'lock', host: 'alpha' }]);
    run.see({ for: 'lock', host: 'alpha' });
    expect(run.state.status).toBe('running');
    expect(wait(run)).toMatchObject({ for: 'restart' });
  });

  it('is asked for again once the host answers again', () => {
    const run = restarted();
    told(run);
    run.see(up(NEW));
    run.see({ for: 'lock', host: 'alpha', trouble: 'no route' });
    expect(task(run.state)?.restart).toMatchObject({ stage: 'away', why: 'no route' });
    run.see(up(NEW));
    expect(next(run.state)).toEqual([{ do: 'lock', host: 'alpha' }]);
  });
});

describe('in a dry run', () => {
  it('it is asked what must hold then, as of now, and nothing is done', () => {
    const run = new Record(plan([step('restart', { work: work({ until: { run: sh('is it up') } }) })]), 'dryrun');
    const effects = run.settle();
    expect(effects).toMatchObject([{ do: 'observe', for: 'restart' }]);
    run.see(said(OLD, false));
    expect(task(run.state)?.restart).toMatchObject({ stage: 'back', why: 'its script exited 1: not yet' });
    expect(run.settle()).toMatchObject([{ do: 'look' }]);
    const look = { missing_programs: [], chdir_missing: false, sudo_missing: false };
    run.see({ for: 'look', step: 'restart', host: 'alpha', item: '-', look });
    run.settle();
    expect(run.state.status).toBe('succeeded');
  });
});
