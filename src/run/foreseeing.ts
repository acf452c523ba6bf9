import { choose, factsToAsk, hostsToAsk } from './choosing.ts';
import { answered, preflightDone } from './preflight.ts';
import { deciders } from './scope.ts';
import { changes, NO_ITEM, withStep } from './steps.ts';
import type { Choice, PlanStep } from '../plan/types.ts';
import type { ChoiceRead, Effect, RunState, Trouble } from './types.ts';

/** A step whose hosts facts choose, before anything of the run can change what they say. */
type Choosing = PlanStep & { readonly choice: Choice };

/**
 * Before anything is changed: reads the facts by which steps will choose their hosts, of those steps before which no host
 * among theirs is changed. What is wrong with such a choice is wrong already.
 */
export function foresee(state: RunState): readonly Effect[] {
  // A record made anew knows nothing of what was foreseen, and hosts may have been changed since.
  if (state.mode === 'dryrun' || state.rebuilt !== undefined) return [];
  return foreseeable(state).flatMap((step) => {
    const known = state.steps.find(({ id }) => id === step.id)?.foreseen ?? {};
    return hostsToAsk(step.choice, step.hosts)
      .filter((host) => known[host] === undefined)
      .map((host) => {
        const facts = factsToAsk(step.choice);
        return {
          do: 'observe',
          for: 'foresee',
          step: step.id,
          phase: 'apply',
          host,
          item: NO_ITEM,
          attempt: 1,
          facts,
        } as const;
      });
  });
}

/** Takes in what was foreseen; once all of it is known, what is wrong with it blocks the run. */
export function foreseen(state: RunState, seen: ChoiceRead): RunState {
  if (foresee(state).length === 0) return state;
  const known = withStep(state, seen.step, 'apply', (step) => ({
    ...step,
    foreseen: { ...step.foreseen, [seen.host]: seen },
  }));
  return foresee(known).length > 0 ? known : { ...known, blocked: [...known.blocked, ...troubles(known)] };
}

function troubles(state: RunState): readonly Trouble[] {
  return foreseeable(state).flatMap((step) => {
    const known = state.steps.find(({ id }) => id === step.id)?.foreseen ?? {};
    const chosen = choose(step, step.choice, step.hosts, known);
    if (chosen.kind === 'hosts') return [];
    return chosen.tasks.map(({ host, trouble = '' }) => `${host}: step ${step.id}: ${trouble}`);
  });
}

function foreseeable(state: RunState): readonly Choosing[] {
  if (!preflightDone(state)) return [];
  const changed = new Set<string>();
  return state.plan.steps.flatMap((step) => {
    const { choice, hosts } = step;
    const known = hosts.every((host) => answered(state, host) && !changed.has(host));
    if (changes(step)) for (const host of hosts) changed.add(host);
    // Whether its procedure is called at all may be seen later only.
    const certain = known && deciders(state.plan, step).length === 0;
    return choice !== undefined && certain ? [{ ...step, choice }] : [];
  });
}
