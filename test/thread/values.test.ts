import { expect, it } from '@jest/globals';
import { toEnv } from '../../src/language/expressions.ts';
import { valuesFor } from '../../src/thread/values.ts';
import { allWell, pryvPlan } from './pryv.ts';
import { Story } from './story.ts';

it('shows of params and vars those that a script reads, and of its own variables all but what is ours', () => {
  const { state } = new Story(pryvPlan(), 'dryrun', allWell).play();
  const [task] = state.steps.flatMap(({ tasks }) => tasks);
  if (task === undefined) throw new Error('the story has no task');
  const [param = '', value] = Object.entries(state.plan.params)[0] ?? [];
  expect(param).not.toBe('');
  const own = { ...task, env: { named: 'by the step', CO_TARGET: 'by the action' } };
  const named = ['named', 'by the step'];
  expect(valuesFor(state, own, `for path in a b; do echo "$path" "\${${param}%.*}"; done`)).toEqual([
    [param, toEnv(value ?? null)],
    named,
  ]);
  expect(valuesFor(state, own, `echo $${param}s`)).toEqual([named]);
  expect(valuesFor(state, { ...own, env: { [param]: 'nearer' } }, `echo $${param}`)).toEqual([[param, 'nearer']]);
});
