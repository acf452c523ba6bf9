import { describe, expect, it } from '@jest/globals';
import { drySummary, dryVerdict } from '../../src/run/dry.ts';
import { next } from '../../src/run/next.ts';
import { readsOf } from '../../src/run/reads.ts';
import type { Effect, LookReport, Observation } from '../../src/run/types.ts';
import { check, jobWork, plan, sh, step } from './plans.ts';
import { Record } from './record.ts';

const dry = (...steps: Parameters<typeof plan>[0]): Record => new Record(plan(steps), 'dryrun');

const fine: LookReport = { missing_programs: [], chdir_missing: false, sudo_missing: false };
const probe = (exit_code: number): LookReport => ({ ...fine, probe: { exit_code, stdout: 'a diff', stderr: '' } });

/** Settles, and answers the one look that is then due. */
function look(run: Record, report: LookReport = fine): Extract<Effect, { do: 'look' }> {
  const [effect] = run.settle();
  if (effect?.do !== 'look') throw new Error(`no look is due but ${JSON.stringify(effect)}`);
  run.see({ for: 'look', step: effect.step, host: effect.host, item: effect.item, look: report });
  return effect;
}

const seen = (what: 'check' | 'wait', id: string, up: boolean): Observation => ({
  for: what,
  step: id,
  phase: 'apply',
  host: 'alpha',
  item: '-',
  attempt: 1,
  facts: { up: { value: up } },
});

const verdicts = (run: Record): readonly (string | undefined)[] =>
  run.state.steps.map((each) => {
    const planned = run.state.plan.steps.find(({ id }) => id === each.id);
    const [task] = each.tasks;
    return planned && task && dryVerdict(planned, task);
  });

const paths = (...list: string[]) => ({
  work: jobWork({ probe: sh('probe'), touches: { paths: list.map((lit) => ({ lit })), units: [] } }),
});

describe('a dry run', () => {
  it('locks nothing, looks at each job and runs its probe, and ends saying that it would run', () => {
    const run = dry(step('one', paths('/a')), step('two'));
    expect(next(run.state)).toEqual([{ do: 'preflight', host: 'alpha' }]);
    const effect = look(run, probe(0));
    expect(readsOf(run.state, effect).map((read) => [read.name, read.script.text])).toEqual([['probe', 'probe']]);
    expect(readsOf(run.state, look(run))).toEqual([]);
    run.settle();
    expect(verdicts(run)).toEqual(['nothing', 'would_change']);
    expect(run.state).toMatchObject({ status: 'succeeded', prompts: [] });
    expect(drySummary(run.state)).toEqual({ looked_at: 1, simulated: 1, undetermined: 0 });
  });

  it('does not guess at what lies at or below a path that an earlier step would change', () => {
    const run = dry(
      step('one', paths('/srv/new')),
      step('same', paths('/srv/new/etc/x')),
      step('beside', paths('/srv/newer')),
    );
    look(run, probe(1));
    look(run, probe(1));
    look(run, probe(1));
    run.settle();
    expect(verdicts(run)).toEqual(['would_change', 'undetermined', 'would_change']);
    expect(run.state.steps[1]?.tasks[0]?.undetermined).toBe('step one would run before; this is as of now');
    expect(drySummary(run.state)).toEqual({ looked_at: 0, simulated: 2, undetermined: 1 });
  });

  it('says of facts and conditions on a host that would be changed that they are as of now', () => {
    const run = dry(
      step('before', { work: check('facts.up') }),
      step('change'),
      step('after', { work: check('facts.up') }),
      step('wait', { work: { kind: 'wait', until: { expr: 'facts.up' }, everyMs: 10, atMostMs: 60_000 } }),
      step('fact', { work: jobWork({ env: { v: { expr: '${{ facts.version }}' } } }) }),
    );
    run.settle();
    run.see(seen('check', 'before', true));
    look(run);
    run.settle();
    run.see(seen('check', 'after', false));
    expect(run.settle()).toEqual([expect.not.objectContaining({ poll: expect.anything() as unknown })]);
    run.see(seen('wait', 'wait', false));
    run.settle();
    run.see({ for: 'open', step: 'fact', phase: 'apply', host: 'alpha', facts: { version: { value: '1.5' } } });
    look(run);
    run.settle();
    expect(verdicts(run)).toEqual(['looked_at', 'would_change', 'undetermined', 'undetermined', 'undetermined']);
    expect(run.state.steps[2]?.tasks[0]?.undetermined).toBe(
      'step change would run before; now: does not hold: facts.up (up is false)',
    );
    expect(run.state.steps[4]?.tasks[0]?.env).toEqual({ v: '1.5' });
    expect(run.state.status).toBe('succeeded');
  });

  it('looks once at a wait before any change, and waits for nothing', () => {
    const run = dry(
      step('wait', { work: { kind: 'wait', until: { expr: 'facts.up' }, everyMs: 10, atMostMs: 90_000 } }),
    );
    run.settle();
    run.see(seen('wait', 'wait', false));
    run.settle();
    expect(run.state.steps[0]?.tasks[0]?.detail).toBe(
      'not now (does not hold: facts.up (up is false)); it would wait for 1m30s at most',
    );
  });

  it('runs what is read-only for real, and later steps see what it printed', () => {
    const run = dry(
      step('list', { readOnly: true, work: jobWork({ apply: sh('ls') }) }),
      step('use', { work: jobWork({ env: { found: { expr: '${{ steps.list.stdout }}' } } }) }),
    );
    const effect = run.settle()[0];
    expect(effect?.do === 'look' && readsOf(run.state, effect)).toMatchObject([
      { name: 'read', script: { text: 'ls' } },
    ]);
    look(run, { ...fine, read: { exit_code: 0, stdout: 'one\n', stderr: '' } });
    look(run);
    expect(run.state.steps[1]?.tasks[0]?.env).toEqual({ found: 'one' });
  });

  it('calls undetermined what rests on a step that has not run, and runs no probe on half of its values', () => {
    const work = jobWork({ env: { a: { expr: '${{ steps.one.stdout }}' }, b: { lit: 'x' } }, probe: sh('probe') });
    const run = dry(
      step('one'),
      step('two', { work }),
      step('three', { when: { expr: "steps.one.outcome == 'changed'" } }),
    );
    look(run);
    expect(readsOf(run.state, look(run))).toEqual([]);
    look(run);
    run.settle();
    expect(run.state.steps[1]?.tasks[0]).toMatchObject({ env: { b: 'x' }, unresolved: ['env.a'] });
    expect(verdicts(run)).toEqual(['would_change', 'undetermined', 'undetermined']);
    expect(run.state.status).toBe('succeeded');
  });

  it('is blocked by what would stop the run for certain, and lists all of it', () => {
    const run = dry(
      step('one', { chdir: { lit: '/none' } }),
      step('two', { becomeUser: 'root' }),
      step('three', { work: jobWork({ needs: ['rsync'] }) }),
      step('four', paths('/x')),
    );
    look(run, { ...fine, chdir_missing: true });
    look(run, { ...fine, sudo_missing: true });
    look(run, { ...fine, missing_programs: ['rsync'] });
    look(run, probe(2));
    run.settle();
    expect(run.state.blocked).toEqual([
      'alpha: step one: there is no folder /none',
      'alpha: step two: it may not become root by sudo',
      'alpha: step three: not on the host: rsync',
      'alpha: step four: looking whether there is anything to do failed: its script exited 2: a diff',
    ]);
    expect(run.state.status).toBe('failed');
  });

  it('does not call a folder missing that an earlier step may make, nor a later check a reason', () => {
    const run = dry(
      step('one'),
      step('two', { chdir: { lit: '/new' } }),
      step('check', { work: check("params.version == '2'") }),
    );
    look(run);
    look(run, { ...fine, chdir_missing: true });
    run.settle();
    run.see({ for: 'check', step: 'check', phase: 'apply', host: 'alpha', item: '-', attempt: 1, facts: {} });
    run.settle();
    expect(run.state).toMatchObject({ status: 'succeeded', blocked: [] });
    expect(run.state.steps[1]?.tasks[0]?.undetermined).toBe('there is no folder /new now; step one would run before');
  });

  it('hands on nothing that a read saw on a host which earlier steps would change', () => {
    const run = dry(
      step('one'),
      step('list', { readOnly: true }),
      step('use', { work: jobWork({ env: { found: { expr: '${{ steps.list.stdout }}' } } }) }),
    );
    look(run);
    look(run, { ...fine, read: { exit_code: 0, stdout: 'now\n', stderr: '' } });
    look(run);
    run.settle();
    expect(run.state.steps[1]?.tasks[0]?.lastRead?.stdout).toBe('now\n');
    expect(run.state.steps[2]?.tasks[0]).toMatchObject({ env: {}, unresolved: ['env.found'] });
  });

  it('knows that another host’s facts would be changed too, and that a probe which names no paths may rest on anything', () => {
    const other = jobWork({ env: { v: { expr: '${{ hosts.beta.facts.version }}' } } });
    const run = dry(
      step('one', { hosts: ['beta'] }),
      step('two', { work: other }),
      step('three', { hosts: ['beta'], work: jobWork({ probe: sh('test -e /x') }) }),
      step('four', { work: jobWork({ probe: sh('test -e /x') }) }),
    );
    look(run);
    run.settle();
    run.see({ for: 'open', step: 'two', phase: 'apply', host: 'alpha', facts: { 'beta version': { value: '1' } } });
    look(run);
    look(run, probe(1));
    look(run, probe(1));
    run.settle();
    expect(verdicts(run)).toEqual(['would_change', 'undetermined', 'undetermined', 'undetermined']);
    expect(run.state.steps[2]?.tasks[0]?.undetermined).toContain('step one would run before');
  });
});
