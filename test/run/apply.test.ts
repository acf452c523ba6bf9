import { describe, expect, it } from '@jest/globals';
import { next } from '../../src/run/next.ts';
import { check, jobWork, plan, sh, step } from './plans.ts';
import { ended, Record, well } from './record.ts';

const two = { hosts: ['alpha', 'beta'] };

describe('a run that goes well', () => {
  it('takes its hosts one after the other, looks at all of them side by side, then takes its steps in order', () => {
    const run = new Record(plan([step('one', two), step('two')]));
    expect(next(run.state)).toEqual([{ do: 'lock', host: 'alpha' }]);
    run.see({ for: 'lock', host: 'alpha' });
    expect(next(run.state)).toEqual([{ do: 'lock', host: 'beta' }]);
    run.see({ for: 'lock', host: 'beta' });
    expect(next(run.state)).toEqual([
      { do: 'preflight', host: 'alpha' },
      { do: 'preflight', host: 'beta' },
    ]);
    run.see(well('beta'));
    run.see(well('alpha'));
    const jobs = run.settle();
    expect(jobs.map((effect) => effect.do === 'ensure_job' && effect.job.host)).toEqual(['alpha', 'beta']);
    run.job(ended('done'));
    run.job(ended('nothing'));
    run.job(ended('done'));
    expect(run.settle()).toEqual([]);
    expect(run.state.status).toBe('succeeded');
    expect(run.state.steps.map((each) => each.tasks.map((task) => task.outcome))).toEqual([
      ['changed', 'ok'],
      ['changed'],
    ]);
  });

  it('waits in the queue for a host that another run holds, and says for whom', () => {
    const run = new Record(plan([step('one')]));
    run.see({ for: 'lock', host: 'alpha', held: 'run 20261121-aaaa of william' });
    expect(run.state.status).toBe('queued');
    expect(run.state.waitingFor).toEqual({ what: 'host', name: 'alpha', held: 'run 20261121-aaaa of william' });
    expect(next(run.state)).toEqual([{ do: 'lock', host: 'alpha' }]);
    run.see({ for: 'lock', host: 'alpha' });
    expect(run.state.status).toBe('running');
    expect(run.state.waitingFor).toBeUndefined();
  });

  it('says a text once, and hands on what a read-only step printed', () => {
    const run = new Record(
      plan([
        step('look', { readOnly: true }),
        step('tell', { work: { kind: 'say', text: { expr: 'found ${{ steps.look.stdout }}' } } }),
      ]),
    );
    run.job(ended('done'), '1.5\n');
    run.settle();
    expect(run.state.steps[0]?.tasks[0]?.outcome).toBe('ok');
    expect(run.state.steps[1]?.tasks[0]).toMatchObject({
      text: 'found 1.5',
      // What was printed, as against what the procedure says.
      inserted: [[6, 9]],
      outcome: 'ok',
    });
    expect(run.state.status).toBe('succeeded');
  });
});

describe('the opening of a step', () => {
  it('reads the facts it needs afresh, of its own and of other hosts, and records what came of them', () => {
    const work = jobWork({ env: { from: { expr: '${{ facts.version }}-${{ hosts.beta.facts.free }}' } } });
    const run = new Record(plan([step('one', { work }), step('two', two)]));
    expect(run.settle()).toEqual([
      {
        do: 'observe',
        for: 'open',
        step: 'one',
        phase: 'apply',
        host: 'alpha',
        item: '-',
        attempt: 1,
        facts: ['beta free', 'version'],
      },
    ]);
    run.see({
      for: 'open',
      step: 'one',
      phase: 'apply',
      host: 'alpha',
      facts: { version: { value: '1.5' }, 'beta free': { value: 12 } },
    });
    run.settle();
    expect(run.state.steps[0]?.tasks[0]?.env).toEqual({ from: '1.5-12' });
  });

  it('passes over a step whose condition does not hold, and one with nothing to do', () => {
    const run = new Record(
      plan([
        step('one', { when: { expr: "params.version == '2'" } }),
        step('two', { doneWhen: "params.version == '1.6'" }),
      ]),
    );
    expect(run.settle()).toEqual([]);
    expect(run.state.steps.map((each) => each.tasks[0]?.outcome)).toEqual(['skipped', 'ok']);
    expect(run.state.status).toBe('succeeded');
  });

  it('stops at a fact that could not be had, and resolves again when retried', () => {
    const work = jobWork({ env: { from: { expr: '${{ facts.version }}' } } });
    const run = new Record(plan([step('one', { work })]));
    const open = { for: 'open', step: 'one', phase: 'apply', host: 'alpha' } as const;
    run.settle();
    run.see({ ...open, facts: { version: { trouble: 'its script exited 3' } } });
    run.settle();
    expect(run.state.status).toBe('waiting');
    expect(run.state.steps[0]?.tasks[0]?.detail).toContain('fact version: its script exited 3');
    run.decide('retry');
    expect(run.settle()).toMatchObject([{ do: 'observe', for: 'open' }]);
    run.see({ ...open, facts: { version: { value: '1.5' } } });
    expect(run.due()).toMatchObject({ step: 'one', attempt: 1 });
  });

  it('calls a host that does not answer unreachable, and asks', () => {
    const run = new Record(plan([step('one', { when: { run: sh('test -e /x') } })]));
    run.settle();
    run.see({ for: 'open', step: 'one', phase: 'apply', host: 'alpha', facts: {}, unreachable: 'no route' });
    run.settle();
    expect(run.state.steps[0]?.tasks[0]).toMatchObject({ outcome: 'unreachable', detail: 'no route' });
    expect(run.state.prompts).toHaveLength(1);
  });

  it('does not take a condition script that could not run for a no', () => {
    const run = new Record(plan([step('one', { when: { run: sh('nonsense') } })]));
    run.settle();
    const when = { exit_code: 127, stdout: '', stderr: 'nonsense: not found' };
    run.see({ for: 'open', step: 'one', phase: 'apply', host: 'alpha', facts: {}, when });
    run.settle();
    expect(run.state.steps[0]?.tasks[0]).toMatchObject({ outcome: 'failed' });
    expect(run.state.steps[0]?.tasks[0]?.detail).toContain('not found');
  });
});

describe('what blocks a run', () => {
  it('is listed whole, and nothing is touched', () => {
    const run = new Record(
      plan([
        step('space', { work: check('facts.free > 10'), ...two }),
        step('old', { work: check("facts.version == '1.5'") }),
        step('wait', { work: { kind: 'wait', until: { expr: 'facts.up' }, everyMs: 1000, atMostMs: 60_000 } }),
        step('change', two),
      ]),
    );
    run.settle();
    const seen = { for: 'check', phase: 'apply', item: '-', attempt: 1 } as const;
    run.see({ ...seen, step: 'space', host: 'alpha', facts: { free: { value: 3 } } });
    run.see({ ...seen, step: 'space', host: 'beta', facts: { free: { value: 30 } } });
    run.settle();
    run.see({ ...seen, step: 'old', host: 'alpha', facts: { version: { value: '1.4' } } });
    expect(run.settle()).toEqual([]);
    expect(run.state.blocked).toEqual([
      'alpha: step space: does not hold: facts.free > 10 (free is 3)',
      `alpha: step old: does not hold: facts.version == '1.5' (version is "1.4")`,
    ]);
    expect(run.state).toMatchObject({ status: 'failed', because: `blocked: ${run.state.blocked.join('; ')}` });
    expect(run.state.prompts).toEqual([]);
    expect(run.events.some((event) => event.type.startsWith('job'))).toBe(false);
  });

  it('is also two names of one machine, and a host that cannot be locked; checks still look at hosts that answered', () => {
    const run = new Record(plan([step('space', { work: check('facts.free > 10'), ...two }), step('change', two)]));
    run.see({ for: 'lock', host: 'alpha' });
    run.see({ for: 'lock', host: 'beta', trouble: 'connection refused' });
    expect(next(run.state)).toEqual([{ do: 'preflight', host: 'alpha' }]);
    run.see(well('alpha'));
    expect(run.settle()).toMatchObject([{ do: 'observe', for: 'check', host: 'alpha' }]);
    run.see({
      for: 'check',
      step: 'space',
      phase: 'apply',
      host: 'alpha',
      item: '-',
      attempt: 1,
      facts: { free: { value: 3 } },
    });
    run.settle();
    expect(run.state.because).toBe(
      'blocked: beta: connection refused; alpha: step space: does not hold: facts.free > 10 (free is 3)',
    );

    const twins = new Record(plan([step('change', two)]));
    twins.see({ for: 'lock', host: 'alpha' });
    twins.see({ for: 'lock', host: 'beta' });
    twins.see(well('alpha'));
    twins.see({
      for: 'preflight',
      host: 'beta',
      report: { troubles: [], machine_id: 'machine-alpha', login_user: 'adm' },
    });
    twins.settle();
    expect(twins.state.because).toContain('beta: it is the same machine as alpha, logged in to as root and as adm');
  });

  it('is told with all its reasons, and with two names of one machine, where the machines have no machine id', () => {
    const seen = (host: string, instance: string): void => {
      run.see({ for: 'preflight', host, report: { troubles: [], instance, boot_id: 'boot', login_user: 'root' } });
    };
    let run = new Record(plan([step('space', { work: check('facts.free > 10'), ...two }), step('change', two)]));
    run.see({ for: 'lock', host: 'alpha' });
    run.see({ for: 'lock', host: 'beta', trouble: 'connection refused' });
    seen('alpha', 'boot 17 8:1');
    expect(run.settle()).toMatchObject([{ do: 'observe', for: 'check', host: 'alpha' }]);

    run = new Record(plan([step('change', two)]));
    for (const host of ['alpha', 'beta']) run.see({ for: 'lock', host });
    seen('alpha', 'boot 17 8:1');
    seen('beta', 'boot 17 8:1');
    run.settle();
    expect(run.state.because).toContain('beta: it is the same machine as alpha (by its boot, as it has no machine id)');

    run = new Record(plan([step('change', two)]));
    for (const host of ['alpha', 'beta']) run.see({ for: 'lock', host });
    seen('alpha', 'boot 17 8:1');
    seen('beta', 'boot 18 8:1');
    expect(run.settle()).toMatchObject([{ do: 'ensure_job' }, { do: 'ensure_job' }]);
  });
});

describe('waits and later checks', () => {
  const wait = step('wait', {
    work: { kind: 'wait', until: { expr: 'facts.up' }, everyMs: 1000, atMostMs: 60_000 },
  });

  it('polls until its deadline, which a retry sets anew', () => {
    const run = new Record(plan([step('one'), wait]));
    run.job(ended('done'));
    const [effect] = run.settle();
    const opened = run.state.steps[1]?.openedAt;
    expect(effect).toMatchObject({ do: 'observe', for: 'wait', facts: ['up'], poll: { everyMs: 1000 } });
    expect(opened && effect?.do === 'observe' && effect.poll?.deadline).toBe(
      opened?.replace(/:(\d\d):/, (_, m: string) => `:${String(Number(m) + 1).padStart(2, '0')}:`),
    );
    run.see({
      for: 'wait',
      step: 'wait',
      phase: 'apply',
      host: 'alpha',
      item: '-',
      attempt: 1,
      facts: { up: { value: false } },
    });
    run.settle();
    expect(run.state.steps[1]?.tasks[0]).toMatchObject({ outcome: 'timed_out' });
    run.decide('retry');
    const [again] = run.settle();
    expect(
      again?.do === 'observe' &&
        effect?.do === 'observe' &&
        (again.poll?.deadline ?? '') > (effect.poll?.deadline ?? ''),
    ).toBe(true);
    run.see({
      for: 'wait',
      step: 'wait',
      phase: 'apply',
      host: 'alpha',
      item: '-',
      attempt: 2,
      facts: { up: { value: true } },
    });
    run.settle();
    expect(run.state.status).toBe('succeeded');
  });

  it('lets verify as an expression fail a job that went well', () => {
    const run = new Record(plan([step('one', { verify: "facts.version == '1.6'" })]));
    run.job(ended('done'));
    expect(run.settle()).toMatchObject([{ do: 'observe', for: 'verify', facts: ['version'], attempt: 1 }]);
    run.see({
      for: 'verify',
      step: 'one',
      phase: 'apply',
      host: 'alpha',
      item: '-',
      attempt: 1,
      facts: { version: { value: '1.5' } },
    });
    run.settle();
    expect(run.state.steps[0]?.tasks[0]?.outcome).toBe('failed');
    expect(run.state.status).toBe('waiting');
  });
});
