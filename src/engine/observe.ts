import { lookObservation, observationOf, type ReadAnswer, type ReadAnswers } from '../run/observation.ts';
import { lookOf, type ReadEffect, readsOf } from '../run/reads.ts';
import { planHost } from '../run/steps.ts';
import type { Observation, RunState } from '../run/types.ts';
import { standsOtherwise } from '../run/restart.ts';
import { waitHolds } from '../run/verdict.ts';
import { recordable, secretsFor } from './secrets.ts';
import type { RunWorkshop } from './workshop.ts';

type Observe = Extract<ReadEffect, { readonly do: 'observe' }>;
type Look = Extract<ReadEffect, { readonly do: 'look' }>;

/** Reads what the effect asks for. A wait is polled here until it is over or its time has come; only that look is told. */
export async function observe(
  workshop: RunWorkshop,
  state: RunState,
  effect: Observe,
  signal: AbortSignal,
): Promise<Observation> {
  for (;;) {
    const observed = observationOf(state, effect, await readAll(workshop, state, effect));
    const { poll } = effect;
    if (poll === undefined || isOver(workshop, state, observed)) return observed;
    const left = Date.parse(poll.deadline) - Date.parse(workshop.clock.now());
    if (left <= 0 || signal.aborted) return observed;
    await workshop.clock.sleep(Math.min(poll.everyMs, left), signal);
  }
}

/** Whether this look is the one that a wait is for. */
function isOver({ clock }: RunWorkshop, state: RunState, observed: Observation): boolean {
  if (observed.for === 'restart') return standsOtherwise(state, observed, clock.now());
  return observed.for === 'boot' || !('attempt' in observed) || waitHolds(state, observed);
}

/** What a dry run can see of a job that would change something. */
export async function look(workshop: RunWorkshop, state: RunState, effect: Look): Promise<Observation> {
  const { programs, setting } = lookOf(state, effect);
  const host = workshop.hosts.host(planHost(state.plan, effect.host));
  const [looked, answers] = await Promise.all([host.look(programs, setting), readAll(workshop, state, effect)]);
  return lookObservation(effect, looked, answers);
}

async function readAll(workshop: RunWorkshop, state: RunState, effect: ReadEffect): Promise<ReadAnswers> {
  const answers = await Promise.all(
    readsOf(state, effect).map(async (read): Promise<[string, ReadAnswer]> => {
      const { name, host, script, setting, timeoutMs } = read;
      const env = { ...setting.env, ...secretsFor(read, workshop.given).secrets };
      const answer = await workshop.hosts.host(planHost(state.plan, host)).read(script, { ...setting, env }, timeoutMs);
      if (answer.kind !== 'ok') return [name, answer];
      return [name, { kind: 'ok', value: recordable(read, answer.value, workshop.given) }];
    }),
  );
  return Object.fromEntries(answers);
}
