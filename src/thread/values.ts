import { hostEnv } from '../run/order.ts';
import { planStep } from '../run/steps.ts';
import type { RunState, TaskState } from '../run/types.ts';

/**
 * The variables that a script gets on a host and reads, as `name` and `value`: those that its step names, and of the
 * params and vars, which every script has, those that stand in its text.
 */
export function valuesFor(state: RunState, task: TaskState, script: string): readonly (readonly [string, string])[] {
  const read = new Set([...script.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, name]) => name));
  const shared = Object.entries(hostEnv(state, planStep(state.plan, task.step, task.phase), task.host)).filter(
    ([name]) => read.has(name) && !(name in task.env),
  );
  return [...shared, ...Object.entries(task.env).filter(([name]) => !name.startsWith('CO_'))];
}
