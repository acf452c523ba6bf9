import { planStep, undoesItself } from './steps.ts';
import { later } from './time.ts';
import type { Effect, RunState, StepState } from './types.ts';
import { openingReads } from './opening.ts';
import { NO_ITEM } from './steps.ts';

/** A host that did not answer before its task began is asked again, as often and as late as `retries` says. */
export function askAgain(state: RunState, step: StepState, hosts: readonly string[]): readonly Effect[] {
  const { id, phase } = step;
  if (phase === 'undo' && undoesItself(state.plan, id)) return [];
  const { retries } = planStep(state.plan, id, phase);
  if (retries === undefined || state.mode === 'dryrun') return [];
  return hosts.flatMap((host): readonly Effect[] => {
    const silent = step.unanswered?.[host];
    if (step.reads[host]?.unreachable === undefined || silent === undefined || silent.times > retries.times) return [];
    const due = later(silent.at, retries.delayMs);
    if (due > state.lastAt) return [{ do: 'wake', at: due }];
    const facts = openingReads(state, id, phase, host)?.facts ?? [];
    return [{ do: 'observe', for: 'open', step: id, phase, host, item: NO_ITEM, attempt: silent.times + 1, facts }];
  });
}
