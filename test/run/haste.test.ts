import { expect, it } from '@jest/globals';
import { hasteOf, mostHaste } from '../../src/run/haste.ts';
import type { EventBody, OpenedTask } from '../../src/run/types.ts';
import { jobWork, plan, sh, step } from './plans.ts';

const PLAN = plan([
  step('plain', { work: jobWork({ env: { release: { expr: 'params.version' } } }) }),
  step('by-fact', { work: jobWork({ env: { release: { expr: 'facts.version' } } }) }),
  step('by-step', { work: jobWork({ stdin: { expr: 'steps.plain.stdout' } }) }),
  step('by-script', { when: { run: sh('test -e x') } }),
]);

const task = (more: Partial<OpenedTask> = {}): OpenedTask => ({ host: 'alpha', item: '-', env: {}, ...more });
const opened = (id: string, tasks = [task()]): EventBody => ({ type: 'step_opened', step: id, phase: 'apply', tasks });

it('lets wait what plan and hosts tell again, and nothing that a fact, an earlier step or a script has decided', () => {
  expect(hasteOf(PLAN, opened('plain'))).toBe('later');
  for (const id of ['by-fact', 'by-step', 'by-script']) expect(hasteOf(PLAN, opened(id))).toBe('must');
  expect(hasteOf(PLAN, opened('plain', [task({ skip: 'when' })]))).toBe('must');
  expect(hasteOf(PLAN, opened('plain', [task({ trouble: 'no', unreachable: true })]))).toBe('must');
  expect(hasteOf(PLAN, { type: 'step_opened', step: 'plain', phase: 'apply', tasks: [], chosen: ['alpha'] })).toBe(
    'must',
  );
  // Its undo takes the values that were recorded when it was done.
  expect(hasteOf(PLAN, { type: 'step_opened', step: 'by-fact', phase: 'undo', tasks: [task()] })).toBe('later');
});

it('has whoever takes a run over say so before anything else', () => {
  expect(hasteOf(PLAN, { type: 'run_started', worker: 'w', epoch: 1 })).toBe('later');
  expect(hasteOf(PLAN, { type: 'run_started', worker: 'w', epoch: 2 })).toBe('must');
});

it('is that of the most urgent of several', () => {
  const because = 'a test';
  expect(mostHaste(PLAN, [])).toBe('later');
  expect(mostHaste(PLAN, [opened('plain'), { type: 'rollback_started', because }])).toBe('soon');
  expect(
    mostHaste(PLAN, [
      { type: 'rollback_started', because },
      { type: 'run_finished', status: 'failed' },
    ]),
  ).toBe('must');
});
