/** A run from its plan to its end by the real core, with hosts and people that do what chance has them do. */
import type { Plan } from '../../src/plan/types.ts';
import { next } from '../../src/run/next.ts';
import type { Actor, AnswerKind, Effect, Mode } from '../../src/run/types.ts';
import { olivia, Record, william } from '../run/record.ts';
import { chance, World } from '../run/world.ts';

/** How much goes wrong on hosts: nothing, or about as much as can. */
export type Trouble = 0 | 1;

/** Far more than any of these runs needs; one that gets here goes round in circles. */
const MOST = 10_000;
const SECOND = 1000;
/** So long somebody else may have a host before it is asked for again. */
const LOCK_MS = 10_000;
const LOOKS = 6;
const ANSWERS: readonly AnswerKind[] = [
  'retry',
  'retry',
  'skip',
  'rollback',
  'abort',
  'continue',
  'continue',
  'approve',
];
const admin: Actor = { kind: 'github', id: 10, login: 'ada', right: 'admin' };
const seat: Actor = { kind: 'terminal', user: 'olivia@desk' };

export function play(
  plan: Plan,
  of: { readonly seed: number; readonly trouble: Trouble; readonly mode?: Mode },
): Record {
  const random = chance(of.seed);
  const pick = <T>(list: readonly [T, ...(readonly T[])] | readonly T[]): T => {
    const chosen = list[Math.floor(random() * list.length)];
    if (chosen === undefined) throw new Error('there is nothing to choose from');
    return chosen;
  };
  const world = new World(random, of.trouble);
  const run = new Record(plan, of.mode);
  for (let turn = 0; run.state.endedAt === undefined; turn += 1) {
    if (turn > MOST) throw new Error(`it does not end, and would go on with ${JSON.stringify(next(run.state))}`);
    const effects = next(run.state);
    if (effects.length === 0) decide(run, pick(ANSWERS), () => pick([olivia, william, admin, seat]));
    else perform(run, world, pick(effects));
  }
  return run;
}

function decide(run: Record, kind: AnswerKind, by: () => Actor): void {
  if (kind === 'approve') run.approve(run.state.plan.plan_digest.slice(0, 8), by());
  else {
    const decided = run.decide(kind, undefined, william);
    if (!decided.ok && run.state.prompts.at(-1)?.answer !== undefined) throw new Error('the run waits for nothing');
  }
}

/** Whoever waits for a moment is woken then, not earlier; and of all looks until a deadline a few are enough. */
function waitFor(effect: Effect, now: number): number {
  if (effect.do === 'wake') return Date.parse(effect.at) - now;
  if (effect.do === 'lock' || effect.do === 'lock_name') return LOCK_MS;
  const { poll } = effect.do === 'observe' ? effect : { poll: undefined };
  return poll === undefined ? 0 : Math.ceil((Date.parse(poll.deadline) - now) / LOOKS);
}

function perform(run: Record, world: World, effect: Effect): void {
  const wait = waitFor(effect, Date.parse(run.state.lastAt));
  for (const body of world.perform(run.state, effect)) run.add(body, Math.max(wait, SECOND));
  if (!world.crashed) return;
  world.crashed = false;
  run.add({ type: 'run_started', worker: 'heir', epoch: run.state.epoch + 1 });
}
