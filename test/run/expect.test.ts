import { describe, expect, it } from '@jest/globals';
import type { Work } from '../../src/actions/types.ts';
import { withPreflight } from '../../src/plan/preflight-steps.ts';
import type { FactValue, Observation } from '../../src/run/types.ts';
import { check, jobWork, plan, step } from './plans.ts';
import { ended, Record } from './record.ts';

const table: Work = {
  kind: 'expect',
  table: {
    alpha: { version: { lit: '1.6' }, free: { expr: '${{ hosts.beta.facts.free }}' } },
    beta: { version: { any: true }, up: { lit: true } },
  },
};
const expecting = (id = 'table') => step(id, { work: table, hosts: ['alpha', 'beta'] });
const saw = (id: string, host: string, facts: Readonly<globalThis.Record<string, FactValue>>): Observation => ({
  ...{ for: 'check', step: id, phase: 'apply', host, item: '-', attempt: 1, facts },
});
const good = { version: { value: '1.6' }, free: { value: 3 }, 'beta free': { value: 3 }, up: { value: true } };
const task = (run: Record, host: string, id = 'table') =>
  run.state.steps.find((each) => each.id === id)?.tasks.find((each) => each.host === host);

describe('a table that is expected', () => {
  it('looks at each host afresh for its own facts, and for those that it is compared with', () => {
    const run = new Record(plan([expecting()]));
    expect(run.settle()).toMatchObject([
      { do: 'observe', for: 'check', host: 'alpha', facts: ['beta free', 'free', 'version'] },
      { do: 'observe', for: 'check', host: 'beta', facts: ['up', 'version'] },
    ]);
    run.see(saw('table', 'alpha', good));
    run.see(saw('table', 'beta', good));
    run.settle();
    expect(run.state).toMatchObject({ status: 'succeeded' });
    expect(task(run, 'alpha')?.attempts[0]?.rows).toEqual([
      { fact: 'version', wanted: '1.6', found: '1.6', verdict: 'agrees' },
      { fact: 'free', wanted: 3, found: 3, verdict: 'agrees' },
    ]);
    expect(task(run, 'beta')?.attempts[0]?.rows).toMatchObject([
      { fact: 'version', found: '1.6', verdict: 'agrees' },
      { fact: 'up' },
    ]);
  });

  it('fails naming all that differs or cannot be had, with what was wanted', () => {
    const run = new Record(plan([step('change'), expecting()]));
    run.job(ended('done'));
    run.settle();
    const facts = { version: { value: '1.5' }, free: { value: 3 }, 'beta free': { value: 4 } };
    run.see(saw('table', 'alpha', facts));
    run.see(saw('table', 'beta', { version: { trouble: 'its script exited 1' }, up: { value: true } }));
    run.settle();
    expect(task(run, 'alpha')).toMatchObject({
      outcome: 'failed',
      detail: 'version is "1.5", wanted is "1.6"; free is 3, wanted is 4',
    });
    // Any value is right, but there must be one.
    expect(task(run, 'beta')).toMatchObject({ outcome: 'failed', detail: 'version: its script exited 1' });
    expect(run.state).toMatchObject({ status: 'waiting', prompts: [{ step: 'table', tasks: [{}, {}] }] });
  });

  it('compares kinds too, and says so', () => {
    const work: Work = { kind: 'expect', table: { alpha: { free: { expr: "${{ '3' }}" } } } };
    const run = new Record(plan([step('table', { work })]));
    run.settle();
    run.see(saw('table', 'alpha', good));
    expect(run.state.blocked.concat(task(run, 'alpha')?.detail ?? '')).toContain(
      'free is 3, wanted is "3" (one is a text, the other a number)',
    );
  });

  it('is unreachable where its host is', () => {
    const run = new Record(plan([expecting()]));
    run.settle();
    run.see({ ...saw('table', 'alpha', {}), unreachable: 'alpha does not answer' } as Observation);
    expect(task(run, 'alpha')).toMatchObject({ outcome: 'unreachable', attempts: [{ rows: [] }] });
  });
});

describe('what is looked at before the first change', () => {
  const late = (id: string, expr: string) => step(id, { work: check(expr) });

  it('stands there as a step of its own, and again at its place', () => {
    const steps = [step('look', { readOnly: true }), step('change'), late('disk', 'facts.up'), expecting()];
    expect(withPreflight(steps, new Set(['disk', 'table'])).map(({ id }) => id)).toEqual([
      ...['look', 'preflight/disk', 'preflight/table', 'change', 'disk', 'table'],
    ]);
    const early = [late('disk', 'facts.up'), step('change')];
    expect(withPreflight(early, new Set(['disk']))).toEqual(early);
    expect(withPreflight([late('disk', 'facts.up')], new Set(['disk']))).toHaveLength(1);
  });

  it('blocks the run with all that is wrong, before anything is touched', () => {
    const steps = [
      late('first', 'facts.free > 10'),
      step('change', { hosts: ['alpha', 'beta'] }),
      late('disk', 'facts.up'),
      expecting(),
    ];
    const run = new Record(plan(withPreflight(steps, new Set(['disk', 'table']))));
    run.settle();
    run.see(saw('first', 'alpha', { free: { value: 3 } }));
    run.settle();
    run.see(saw('preflight/disk', 'alpha', { up: { value: false } }));
    run.settle();
    run.see(saw('preflight/table', 'alpha', { ...good, version: { value: '1.5' } }));
    run.see(saw('preflight/table', 'beta', good));
    run.settle();
    expect(run.state).toMatchObject({
      status: 'failed',
      blocked: [
        'alpha: step first: does not hold: facts.free > 10 (free is 3)',
        'alpha: step preflight/disk: does not hold: facts.up (up is false)',
        'alpha: step preflight/table: version is "1.5", wanted is "1.6"',
      ],
    });
    expect(run.events.filter(({ type }) => type === 'job_started')).toEqual([]);
  });

  it('is asked for once more at its place, where it only says what it says now in a dry run', () => {
    const steps = [step('change', { work: jobWork() }), late('disk', 'facts.up')];
    const run = new Record(plan(withPreflight(steps, new Set(['disk']))), 'dryrun');
    run.settle();
    run.see(saw('preflight/disk', 'alpha', { up: { value: true } }));
    const [look] = run.settle();
    expect(look).toMatchObject({ do: 'look', step: 'change' });
    run.see({
      ...{ for: 'look', step: 'change', host: 'alpha', item: '-' },
      look: { missing_programs: [], chdir_missing: false, sudo_missing: false },
    });
    run.settle();
    run.see(saw('disk', 'alpha', { up: { value: false } }));
    run.settle();
    expect(run.state).toMatchObject({ status: 'succeeded', blocked: [] });
    expect(task(run, 'alpha', 'disk')?.undetermined).toContain('would run before');
  });
});
