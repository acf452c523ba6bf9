import { describe, expect, it } from '@jest/globals';
import type { Step } from '../../src/language/types.ts';
import { parse, told, toldOfProcedure } from './told.ts';

/** A procedure with these defaults, on line 3, and these steps, from the line after `steps:`. */
const file = (defaults: string, ...steps: readonly string[]): string =>
  [
    'description: Tries something',
    'hosts: [web]',
    `defaults: ${defaults}`,
    'facts: { idle: { run: "true", type: bool } }',
    'steps:',
    ...steps,
    '',
  ].join('\n');

function stepsOf(defaults: string, ...steps: readonly string[]): readonly Step[] {
  const parsed = parse(file(defaults, ...steps));
  if (!parsed.ok) throw new Error(told(parsed).join('\n'));
  return parsed.value.steps;
}

const stepOf = (defaults: string, step: string): Step | undefined => stepsOf(defaults, step)[0];

describe('defaults', () => {
  it('hold for each step as if they stood there, and what a step says itself goes before', () => {
    const [first, second] = stepsOf(
      '{become: true, timeout: 1m, on_failure: rollback, critical: true, on: web, when: facts.idle, chdir: /srv}',
      '  - {id: one, run: x, reversible: false}',
      '  - {id: two, run: x, reversible: false, become: false, timeout: 2m, critical: false, on: db, when: "true"}',
    );
    expect(first).toMatchObject({
      ...{ becomeUser: 'root', timeoutMs: 60_000, onFailure: 'rollback', critical: true, on: ['web'] },
      ...{ when: { expr: 'facts.idle' }, chdir: { lit: '/srv' } },
    });
    expect(second).toMatchObject({ timeoutMs: 120_000, onFailure: 'rollback', critical: false, on: ['db'] });
    expect(second).toMatchObject({ when: { expr: 'true' }, chdir: { lit: '/srv' } });
    expect(second?.becomeUser).toBeUndefined();
  });

  it('of env are added to, name by name', () => {
    const step = stepOf('{env: {A: one, B: two}}', '  - {id: a, run: x, reversible: false, env: {B: own, C: three}}');
    expect(step?.env).toEqual({ A: { lit: 'one' }, B: { lit: 'own' }, C: { lit: 'three' } });
  });

  it('say who becomes whom as a step would, together with what the step says of it', () => {
    const who = (defaults: string, own: string): string | undefined =>
      stepOf(defaults, `  - {id: a, run: x, reversible: false, ${own}}`)?.becomeUser;
    expect(who('{become_user: app}', 'become: true')).toBe('app');
    expect(who('{become_user: app}', 'become: false')).toBeUndefined();
    expect(who('{become: true}', 'become_user: app')).toBe('app');
    expect(who('{become: false}', 'become_user: app')).toBe('app');
  });

  it('are left out where they make no sense for the action, or against what the step says', () => {
    const all = '{read_only: true, done_when: facts.idle, verify: facts.idle, become: true, idempotent: true}';
    const [look, say, file, change] = stepsOf(
      all,
      '  - assert: facts.idle',
      '  - comment: hello',
      '  - {id: f, file: {path: /a, content: b}}',
      '  - {id: c, run: x, on_rollback: {leave: why}}',
    );
    for (const step of [look, say]) {
      expect(step).toMatchObject({ readOnly: false });
      expect([step?.doneWhen, step?.verify]).toEqual([undefined, undefined]);
    }
    expect(file).toMatchObject({ readOnly: false, doneWhen: { expr: 'facts.idle' }, becomeUser: 'root' });
    expect(change).toMatchObject({ readOnly: false, onRollback: { leave: 'why' } });
    expect(stepOf('{critical: true}', '  - {assert: facts.idle, on_failure: continue}')?.critical).toBe(false);
    expect(stepOf('{on_failure: continue}', '  - {assert: facts.idle, critical: true}')?.onFailure).toBe('prompt');
    expect(stepOf('{read_only: true}', '  - run: x')?.readOnly).toBe(true);
  });

  it('can say the way back, for what changes something and does not say it itself', () => {
    const [change, own, never, look, file] = stepsOf(
      '{on_rollback: {run: put-back}}',
      '  - {id: a, run: x}',
      '  - {id: b, run: x, on_rollback: {leave: why}}',
      '  - {id: c, run: x, reversible: false}',
      '  - {run: x, read_only: true}',
      '  - {id: f, file: {path: /a, content: b}}',
    );
    expect(change?.onRollback).toMatchObject({ steps: [{ id: 'undo-1', input: { run: 'put-back' } }] });
    expect(own?.onRollback).toEqual({ leave: 'why' });
    expect(never).toMatchObject({ reversible: false });
    expect([never?.onRollback, look?.onRollback]).toEqual([undefined, undefined]);
    expect(file?.onRollback).toMatchObject({ steps: [{ id: 'undo-1' }] });
  });

  it('of a step reach what undoes it through that step, and never its conditions', () => {
    const step = stepOf(
      '{become: true, chdir: /srv, env: {A: one}, when: facts.idle, verify: facts.idle, timeout: 1m, critical: true}',
      '  - {id: a, run: x, become: false, chdir: /own, on_rollback: {run: put-back}}',
    );
    const undo = step?.onRollback !== undefined && 'steps' in step.onRollback ? step.onRollback.steps[0] : undefined;
    expect(undo).toMatchObject({ timeoutMs: 60_000, critical: false, env: {} });
    expect([undo?.becomeUser, undo?.chdir, undo?.when, undo?.verify]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  const STEP = '  - {id: a, run: x, reversible: false}';
  it.each([
    ['{id: a}', '3:12 "id" belongs to one step: write it there, and take it out here'],
    ['{timeout: soon}', /^3:21 a duration is wanted here/],
    ['{becomes: true}', '3:12 unknown key "becomes"; did you mean "become"?'],
    ['{run: x}', /^3:12 unknown key "run"; there are: on, when, env/],
    ['{env: {PATH: x}}', /^3:18 "PATH" would change the shell itself/],
    ['{when: facts.idel}', '3:18 there is no fact "idel"; did you mean "idle"?'],
    ['{when: "steps.a.outcome == \'ok\'"}', /^3:19 nothing is known of the step "a" here/],
    ['{become: false, become_user: app}', /^3:27 become: false and become_user contradict each other/],
    ['{critical: true, on_failure: continue}', /^3:28 a critical step is never passed over/],
    ['{reversible: false, on_rollback: {leave: w}}', /^3:31 on_rollback and reversible: false contradict/],
    ['{on_rollback: {rnu: x}}', /^3:26 unknown key "rnu"; did you mean "run"\?/],
    ['[become]', /^3:11 a map/],
  ])('%s: a mistake in them is told at its own place', (defaults, problem) => {
    const problems = toldOfProcedure(file(defaults, STEP));
    expect(problems).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });
});
