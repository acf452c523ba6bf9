import { describe, expect, it } from '@jest/globals';
import { lintProcedure } from '../../src/language/lint.ts';
import { parseInventory } from '../../src/language/inventory.ts';
import type { Procedure } from '../../src/language/types.ts';
import { parse, told, toldOfProcedure } from './told.ts';

/** A procedure whose `rollback` begins in line 8 and whose `always` in line 10, each with one step. */
const file = (rollback: string, always: string, more: readonly string[] = []): string =>
  [
    'description: Tries something',
    'hosts: [web]',
    'facts: { idle: { run: "true", type: bool } }',
    'steps:',
    '  - { id: one, run: x, on_rollback: { leave: nothing } }',
    '  - { id: all, run: x, loop: [a, b], reversible: false }',
    'rollback:',
    `  - ${rollback}`,
    'always:',
    `  - ${always}`,
    ...more,
    '',
  ].join('\n');

const FINE = 'comment: it is over';

function read(text: string): Procedure {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(told(parsed).join('\n'));
  return parsed.value;
}

describe('steps of rollback and always', () => {
  it.each([
    ['comment: "${{ run.id }} ended: ${{ steps.one.outcome }}, ${{ steps.one.stdout }}, ${{ steps.all.outcome }}"'],
    ['{ id: two, run: x }'],
    ['{ id: two, file: { path: /a, content: b }, on: web, loop: [c, d], retries: 2, idempotent: true }'],
    ['{ id: two, service: { name: app, state: started }, serial: 1, verify: facts.idle, done_when: facts.idle }'],
    ['{ wait_for: facts.idle, on_failure: continue }'],
    ['{ assert: facts.idle, on_failure: prompt, critical: true, when: facts.idle }'],
    ['manual: Look at the graphs.'],
    ['{ run: x, read_only: true, run_once: true }'],
  ])('may be written so: %s', (step) => {
    expect(toldOfProcedure(file(step, FINE))).toEqual([]);
    expect(toldOfProcedure(file(FINE, step))).toEqual([]);
  });

  it.each([
    ['run: x', /^N:5 this step changes something, so it needs a name that stays: add id/],
    ['{ id: a, run: x, on_rollback: { run: y } }', /^N:22 what .* is not undone itself: take on_rollback out$/],
    ['{ id: a, run: x, reversible: false }', /^N:22 what .* is never taken back: take reversible out$/],
    ['{ assert: facts.idle, preflight: true }', /^N:27 what .* is not looked at before the first change/],
    ['{ id: a, run: x, on_failure: rollback }', /^N:22 there is no way back from what .*: write on_failure: prompt or/],
    ['{ id: a, run: x, on_failure: abort }', /^N:22 there is no way back from what/],
    ['approve: {}', /^N:5 the end of a run must not wait for an agreement: take approve out of (rollback|always)$/],
    ['{ manual: { instructions: a, unlock: true } }', /^N:7 a run keeps its hosts until it is through: take unlock/],
    ['{ id: one, run: x }', /^N:11 the step in line 5 is called "one" already/],
    ['comment: ${{ steps.none.outcome }}', /^N:18 there is no step "none"; did you mean "one"/],
    ['comment: ${{ steps.all.stdout }}', /^N:18 the step "all" has a loop/],
    ['comment: ${{ facts.idel }}', /^N:18 there is no fact "idel"; did you mean "idle"/],
    ['{ comment: x, on: idel=true }', /^N:\d+ .*"idel"/],
    ['{ id: a, run: login, secrets: [KEY] }', /^N:\d+ the procedure names no secret "KEY"/],
    ['{ id: a, rnu: x }', /^N:14 unknown key "rnu"/],
  ])('may not be written so: %s', (step, wanted) => {
    const at = (line: number): unknown =>
      expect.stringMatching(new RegExp(wanted.source.replace('N', String(line)), wanted.flags));
    expect(toldOfProcedure(file(step, FINE))).toEqual([at(8)]);
    expect(toldOfProcedure(file(FINE, step))).toEqual([at(10)]);
  });

  it('are steps: a list with at least one', () => {
    expect(toldOfProcedure(file(FINE, FINE).replace('rollback:\n  - ', 'rollback: [] #'))).toEqual([
      '7:11 the list is empty: write a step, or take it out',
    ]);
    expect(toldOfProcedure(file(FINE, FINE).replace('always:\n  - comment: it is over', 'always: over'))).toEqual([
      expect.stringContaining('a list of steps is wanted here'),
    ]);
  });

  it('know of steps that come before them, and those know nothing of them', () => {
    expect(toldOfProcedure(file('{ id: back, run: x }', 'comment: ${{ steps.back.outcome }}'))).toEqual([]);
    expect(toldOfProcedure(file('comment: ${{ steps.last.outcome }}', '{ id: last, run: x }'))).toEqual([
      expect.stringMatching(/^8:18 nothing is known of the step "last" here/),
    ]);
    const early = file(FINE, '{ id: last, run: x }').replace('run: x, on', 'run: x, when: "steps.last.outcome", on');
    expect(toldOfProcedure(early)).toEqual([expect.stringMatching(/nothing is known of the step "last" here/)]);
  });

  it('have ids of their own: one that names no other list’s step, given by their place where they say none', () => {
    expect(toldOfProcedure(file('{ id: same, run: x }', '{ id: same, run: x }'))).toEqual([
      '10:11 the step in line 8 is called "same" already: give this one another id',
    ]);
    const { rollback, always } = read(file(FINE, FINE, ['  - comment: really']));
    expect(rollback?.map(({ id }) => id)).toEqual(['rollback-1']);
    expect(always?.map(({ id }) => id)).toEqual(['always-1', 'always-2']);
  });

  it('ask where a rollback fails, and go on where what is always done does, unless they say otherwise', () => {
    const [step, asks] = ['{ id: a, run: x }', '{ id: a, run: x, on_failure: prompt }'];
    const policies = (text: string): unknown[] => {
      const { rollback = [], always = [] } = read(text);
      return [...rollback, ...always].map(({ onFailure }) => onFailure);
    };
    expect(policies(file(step, FINE))).toEqual(['prompt', 'continue']);
    expect(policies(file(FINE, step))).toEqual(['prompt', 'continue']);
    expect(policies(file(FINE, asks))).toEqual(['prompt', 'prompt']);
    expect(policies(file(FINE, '{ id: a, run: x, critical: true }'))).toEqual(['prompt', 'prompt']);
  });

  it('take over defaults, but not what happens when a step fails, nor whether it may be skipped', () => {
    const text = file('{ id: a, run: x }', '{ id: b, run: x }').replace(
      'steps:',
      'defaults: { become: true, timeout: 1m, on_failure: abort, critical: true, preflight: true }\nsteps:',
    );
    const { rollback = [], always = [] } = read(text);
    expect(rollback).toMatchObject([{ becomeUser: 'root', timeoutMs: 60_000, onFailure: 'prompt', critical: false }]);
    expect(always).toMatchObject([{ becomeUser: 'root', timeoutMs: 60_000, onFailure: 'continue', critical: false }]);
  });

  it('are held to the inventory as others are', () => {
    const inventory = parseInventory('hosts: {web: {address: a, user: u}}\ngroups: {none: []}', 'inventory.yml');
    if (!inventory.ok) throw new Error('no inventory');
    const lint = (step: string): readonly string[] =>
      lintProcedure(read(file(FINE, step)), inventory.value).map(({ place, message }) => `${place.line} ${message}`);
    expect(lint('{ comment: x, on: db }')).toEqual([expect.stringContaining('10 there is no host or group "db"')]);
    expect(lint('{ comment: x, on: none }')).toEqual([expect.stringContaining('10 the group "none" has no hosts')]);
    expect(lint('{ comment: x, on: [web, none], max_hosts: 1 }')).toHaveLength(1);
  });
});
