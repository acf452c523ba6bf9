import { describe, expect, it } from '@jest/globals';
import { orderOf } from '../../src/run/order.ts';
import { factValue, observationOf } from '../../src/run/observation.ts';
import { preflightNeeds } from '../../src/run/preflight.ts';
import { readsOf } from '../../src/run/reads.ts';
import type { FactType } from '../../src/language/types.ts';
import { hostNamed, jobWork, plan, sh, step } from './plans.ts';
import { ended, Record } from './record.ts';

const fact = (type: FactType) => ({ name: 'f', type, script: sh('f') });
const ok = (exit_code: number, stdout = '', stderr = '') =>
  ({ kind: 'ok', value: { exit_code, stdout, stderr } }) as const;

describe('a fact', () => {
  it.each([
    ['bool', 0, '', { value: true }],
    ['bool', 1, 'x', { value: false }],
    ['bool', 125, '', { value: false }],
    ['int', 0, ' -12\n', { value: -12 }],
    ['string', 0, '  1.6 \n\n', { value: '1.6' }],
    ['string', 0, '', { value: '' }],
  ] as const)('of type %s by exit %s and %j is %j', (type, code, out, value) => {
    expect(factValue(fact(type), ok(code, out))).toEqual(value);
  });

  it.each([
    ['bool', 126],
    ['int', 1],
    ['string', 127],
  ] as const)('of type %s has no value by exit %s, and its words say why', (type, code) => {
    expect(factValue(fact(type), ok(code, '3', 'not found\n'))).toEqual({
      trouble: `its script exited ${String(code)}: not found`,
    });
  });

  it.each(['', '1.6', '0x10', '99999999999999999999', '1e3', 'NaN'])('of type int is not read out of %j', (out) => {
    expect(factValue(fact('int'), ok(0, out))).toHaveProperty('trouble');
  });
});

describe('what is read for an effect', () => {
  const work = jobWork({ env: { a: { expr: '${{ facts.version }}${{ hosts.beta.facts.free }}' } } });
  const steps = [
    step('one', { work, when: { run: sh('test -e "$root"') }, becomeUser: 'root' }),
    step('two', { hosts: ['beta'] }),
  ];
  const hosts = [hostNamed('alpha', { root: '/a', n: 3 }), hostNamed('beta', { root: '/b' })];
  const run = new Record(plan(steps, { hosts }));
  const [effect] = run.settle();
  if (effect?.do !== 'observe') throw new Error('nothing is observed');

  it('names each script with the host it runs on and that host’s variables; values never stand in scripts', () => {
    expect(readsOf(run.state, effect)).toEqual([
      {
        name: 'fact beta free',
        host: 'beta',
        script: sh('free'),
        setting: { env: { version: '1.6', root: '/b' } },
        timeoutMs: 60_000,
      },
      {
        name: 'fact version',
        host: 'alpha',
        script: sh('version'),
        setting: { env: { version: '1.6', root: '/a', n: '3' } },
        timeoutMs: 60_000,
      },
      {
        name: 'when',
        host: 'alpha',
        script: sh('test -e "$root"'),
        setting: { env: { version: '1.6', root: '/a', n: '3' }, becomeUser: 'root' },
        timeoutMs: 600_000,
      },
    ]);
  });

  it('is the host’s silence where that host is silent, and another’s fact’s trouble where it is another', () => {
    const silent = { kind: 'unreachable', why: 'no route' } as const;
    const other = observationOf(run.state, effect, {
      'fact beta free': silent,
      'fact version': ok(0, '1'),
      when: ok(0),
    });
    expect(other).toMatchObject({ facts: { 'beta free': { trouble: 'no route' }, version: { value: '1' } } });
    expect(other).not.toHaveProperty('unreachable');
    const own = observationOf(run.state, effect, {
      'fact beta free': ok(0, '3'),
      'fact version': silent,
      when: silent,
    });
    expect(own).toMatchObject({ unreachable: 'no route' });
  });

  it('for the preflight is all that the plan and its undos need', () => {
    const sub = step('one/undo-1', { work: jobWork({ needs: ['mv'] }), becomeUser: 'mongo' });
    const needs = jobWork({ needs: ['rsync', 'docker'], verify: sh('verify') });
    const record = new Record(
      plan([step('one', { work: needs, undo: { kind: 'steps', steps: [sub] } }), step('two', { hosts: ['beta'] })]),
    );
    expect(preflightNeeds(record.state, 'alpha')).toMatchObject({
      programs: ['docker', 'mv', 'rsync'],
      becomeUsers: ['mongo'],
    });
    const names = preflightNeeds(record.state, 'alpha').scripts.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['fact up', 'step one', 'step one, verify', 'step one/undo-1']));
    expect(names).not.toContain('step two');
  });
});

describe('the order of a job', () => {
  it('carries params, the host’s vars and the step’s values, the nearer over the farther, as texts', () => {
    const work = jobWork({
      env: { version: { lit: 'mine' }, list: { lit: [1, 2] } },
      probe: sh('p'),
      keep: sh('k'),
      verify: sh('v'),
    });
    const run = new Record(plan([step('one', { work })], { hosts: [hostNamed('alpha', { root: '/a', on: true })] }));
    const job = run.due();
    expect(orderOf(run.state, job, 4)).toEqual({
      run: run.state.run,
      epoch: 4,
      head: run.state.head,
      job,
      env: { version: 'mine', root: '/a', on: 'true', list: '[1,2]' },
      probe: sh('p'),
      keep: sh('k'),
      apply: sh('apply'),
      verify: sh('v'),
      timeoutMs: 600_000,
      capBytes: 2 ** 30,
    });
    run.job(ended('done'));
    expect(() => orderOf(run.state, { ...job, step: 'none' }, 4)).toThrow('has no step none');
  });
});
