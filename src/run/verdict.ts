import { holds, referencesOf } from '../language/expressions.ts';
import type { Condition } from '../language/types.ts';
import { type AtHand, contextOf, factsAsked, factTroubles } from './context.ts';
import { headOf } from './cut.ts';
import { planStep, taskState } from './steps.ts';
import type { PlanStep } from '../plan/types.ts';
import type { FactValue, ObservedFor, ReadResult, RunState } from './types.ts';

/** What a condition says. `unknown`: it rests on a step that has not run. */
export type Verdict =
  | { readonly kind: 'holds' }
  | { readonly kind: 'not'; readonly detail: string }
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'trouble'; readonly why: string; readonly unreachable?: true };

/** What was seen for a condition: the facts it asks for, or its script's result. */
export interface Seen {
  readonly facts: Readonly<Record<string, FactValue>>;
  readonly condition?: ReadResult;
  readonly unreachable?: string;
}

/** Facts to read before a condition can be judged on a host. */
export const conditionFacts = (condition: Condition, host: string): readonly string[] =>
  factsAsked(referencesOf(condition), host);

/** Judges a step's condition by what was seen on the host. */
export function verdictOf(
  state: RunState,
  { call }: Pick<PlanStep, 'call'>,
  at: AtHand,
  condition: Condition,
  seen: Seen,
): Verdict {
  if (seen.unreachable !== undefined) return { kind: 'trouble', why: seen.unreachable, unreachable: true };
  if ('run' in condition) return scriptVerdict(seen.condition);
  const asked = referencesOf(condition);
  const held = holds(condition.expr, contextOf(state, call, at, seen.facts, asked));
  if (held.kind === 'value') {
    if (held.value) return { kind: 'holds' };
    return { kind: 'not', detail: `does not hold: ${condition.expr.trim()}${valuesOf(seen.facts)}` };
  }
  const troubles = factTroubles(seen.facts);
  const why = [held.why, ...troubles].join('; ');
  return held.kind === 'undetermined' && troubles.length === 0 ? { kind: 'unknown', why } : { kind: 'trouble', why };
}

/** Judges an observation of a check or a wait that is about to be recorded: a wait is polled until this is true. */
export function waitHolds(state: RunState, observed: ObservedFor<'check' | 'wait' | 'verify' | 'settle'>): boolean {
  const step = planStep(state.plan, observed.step, observed.phase);
  const { work } = step;
  const at = taskState(state, observed) ?? observed;
  return work.kind === 'wait' && verdictOf(state, step, at, work.until, observed).kind === 'holds';
}

/** By a script: exit 0 holds, 1-125 does not, more (not found, killed) is no answer. */
export function scriptVerdict(result: ReadResult | undefined): Verdict {
  if (result === undefined) return { kind: 'trouble', why: 'its script was not run' };
  if (result.exit_code === 0) return { kind: 'holds' };
  const said = result.stderr.trim() || result.stdout.trim();
  const detail = `its script exited ${String(result.exit_code)}${said === '' ? '' : `: ${lastLine(said)}`}`;
  return result.exit_code <= 125 ? { kind: 'not', detail } : { kind: 'trouble', why: detail };
}

const lastLine = (text: string): string => headOf(text.split('\n').at(-1) ?? text, 300);

function valuesOf(facts: Seen['facts']): string {
  const known = Object.entries(facts).flatMap(([key, value]) =>
    'value' in value ? [`${key} is ${JSON.stringify(value.value)}`] : [],
  );
  return known.length === 0 ? '' : ` (${known.join(', ')})`;
}
