import { hostItems } from './resolve-tasks.ts';
import { isForItems, scriptOf, whyWithout } from './opening.ts';
import { planStep } from './steps.ts';
import type { Effect, RunState, StepState } from './types.ts';

/** `when` as a script is asked for each item, once the items are known. */
export function itemReads(state: RunState, step: StepState, hosts: readonly string[]): readonly Effect[] {
  const { id, phase } = step;
  const planned = planStep(state.plan, id, phase);
  if (scriptOf(planned.when) === undefined || !isForItems(state, id, phase)) return [];
  return hosts.flatMap((host) => {
    if (step.reads[host]?.unreachable !== undefined || whyWithout(state, planned, host) !== undefined) return [];
    const found = hostItems(state, id, phase, host);
    const known = step.itemReads?.[host] ?? {};
    const items = found.kind === 'items' ? found.items.filter(({ item }) => known[item] === undefined) : [];
    return items.map(({ item }) => {
      return { do: 'observe', for: 'open', step: id, phase, host, item, attempt: 1, facts: [] } as const;
    });
  });
}
