import type { PlanStep } from '../plan/types.ts';
import { type Chosen, choiceText, choose, factsToAsk, hostsToAsk } from './choosing.ts';
import { changesBefore } from './dry.ts';
import { hostsToTake } from './policy.ts';
import { isPassedOver } from './scope.ts';
import { NO_ITEM, planStep } from './steps.ts';
import type { Effect, EventBody, OpenedTask, RunState, StepState } from './types.ts';

type Fixed = Pick<Extract<EventBody, { type: 'step_opened' }>, 'chosen'>;

/** Where a step is taken, with what its opening records of that; or what is to be done before that is known. */
type Choosing =
  | { readonly kind: 'hosts'; readonly hosts: readonly string[]; readonly fixed: Fixed }
  | { readonly kind: 'effects'; readonly effects: readonly Effect[] };

/** The hosts of a step that begins. What facts have chosen once is never chosen again. */
export function choosing(state: RunState, step: StepState): Choosing {
  const all = hostsToTake(state, step);
  const planned = planStep(state.plan, step.id, step.phase);
  const { choice } = planned;
  if (choice === undefined || step.chosen !== undefined) return { kind: 'hosts', hosts: all, fixed: {} };
  // Where its procedure is not called nothing is chosen; where it is called nowhere, the step is passed over everywhere.
  const hosts = step.phase === 'undo' ? all : all.filter((host) => !isPassedOver(state, planned, host));
  if (hosts.length === 0) return { kind: 'hosts', hosts: all, fixed: {} };
  const known = step.choices ?? {};
  const unread = hostsToAsk(choice, hosts).filter((host) => known[host] === undefined);
  if (unread.length > 0) return { kind: 'effects', effects: unread.map((host) => ask(step, choice, host)) };
  const chosen = choose(planned, choice, hosts, known);
  if (chosen.kind === 'hosts') return { kind: 'hosts', hosts: chosen.hosts, fixed: { chosen: chosen.hosts } };
  const tasks = mayStillChange(state, planned, chosen);
  const event = { type: 'step_opened', step: step.id, phase: step.phase, tasks, chosen: [] } as const;
  return { kind: 'effects', effects: [{ do: 'record', event }] };
}

function ask({ id, phase }: StepState, choice: NonNullable<PlanStep['choice']>, host: string): Effect {
  return { do: 'observe', for: 'choose', step: id, phase, host, item: NO_ITEM, attempt: 1, facts: factsToAsk(choice) };
}

/** In a dry run what cannot be decided now may be so after an earlier step: that is not known yet, and no trouble. */
function mayStillChange(
  state: RunState,
  step: PlanStep,
  { tasks }: Exclude<Chosen, { kind: 'hosts' }>,
): readonly OpenedTask[] {
  const earlier = staleChoice(state, step);
  if (earlier === undefined) return tasks;
  return tasks.map(({ trouble = '', unreachable, ...task }) => ({
    ...task,
    undetermined: `${earlier} would run before; now: ${trouble}`,
    unresolved: ['on'],
  }));
}

/** In a dry run: the earlier step after which facts may choose other hosts, in words. */
export function staleChoice(state: RunState, step: PlanStep): string | undefined {
  if (state.mode !== 'dryrun' || step.choice === undefined) return undefined;
  return hostsToAsk(step.choice, step.hosts)
    .flatMap((host) => changesBefore(state, step.id, host) ?? [])
    .at(0);
}

/** In a dry run: that the hosts are those that facts choose now, where an earlier step may make them others. */
export function choiceDoubt(state: RunState, step: PlanStep): string | undefined {
  const earlier = staleChoice(state, step);
  if (earlier === undefined || step.choice === undefined) return undefined;
  return `${earlier} would run before; by ${choiceText(step.choice)} this host is meant as of now`;
}
