import type { Fact } from '../language/types.ts';
import { factOf } from './context.ts';
import { headOf, tailOf } from './cut.ts';
import { scopeOf } from './scope.ts';
import { NO_ITEM, planStep } from './steps.ts';
import type { ReadEffect } from './reads.ts';
import type { FactValue, Observation, ObservedFor, ReadResult, RunState } from './types.ts';

/** What became of one read. */
export type ReadAnswer =
  { readonly kind: 'ok'; readonly value: ReadResult } | { readonly kind: 'unreachable'; readonly why: string };

/** Answers by the reads' names. */
export type ReadAnswers = Readonly<Record<string, ReadAnswer>>;

type Looked =
  | {
      readonly kind: 'ok';
      readonly value: {
        readonly missingPrograms: readonly string[];
        readonly chdirMissing: boolean;
        readonly sudoMissing: boolean;
      };
    }
  | { readonly kind: 'unreachable'; readonly why: string };

type Observe = Extract<ReadEffect, { readonly do: 'observe' }>;
type Look = Extract<ReadEffect, { readonly do: 'look' }>;

/** What the reads of an `observe` say, with facts typed, as it is recorded. */
export function observationOf(state: RunState, effect: Observe, answers: ReadAnswers): ObservedFor<Observe['for']> {
  const { step, phase, host, item, attempt } = effect;
  const known = scopeOf(state.plan, planStep(state.plan, step, phase).call).facts;
  const facts = Object.fromEntries(
    effect.facts.map((key): [string, FactValue] => {
      const fact = known[factOf(key, host).fact];
      return [key, factValue(fact, answers[`fact ${key}`])];
    }),
  );
  const unreachable = ownUnreachable(effect, answers);
  const common = { step, phase, host, facts, ...(unreachable === undefined ? {} : { unreachable }) };
  if (effect.for === 'choose' || effect.for === 'foresee') return { for: effect.for, ...common };
  if (effect.for === 'open') {
    const ofItem = item === NO_ITEM ? {} : { item };
    return { for: 'open', ...common, ...ofItem, ...result('when', answers['when']) };
  }
  if (effect.for === 'boot') {
    const { facts: none, ...seen } = common;
    return { for: 'boot', ...seen, item, attempt, ...bootIn(answers['boot']) };
  }
  if (effect.for === 'restart') {
    const until = result('condition', answers['condition']);
    return { for: 'restart', ...common, item, attempt, ...bootIn(answers['boot']), ...until };
  }
  const results = { ...result('condition', answers['condition']), ...result('probe', answers['probe']) };
  return { for: effect.for, ...common, item, attempt, ...results };
}

/** By what the host runs; nothing where that is not what is wanted. */
function bootIn(answer: ReadAnswer | undefined): { readonly boot?: string } {
  if (answer?.kind !== 'ok' || answer.value.exit_code !== 0) return {};
  const boot = answer.value.stdout.trim();
  return /^[0-9a-f-]+ (?:\d+|-)$/.test(boot) ? { boot } : {};
}

function result<N extends string>(name: N, answer: ReadAnswer | undefined): Readonly<Partial<Record<N, ReadResult>>> {
  const some: Partial<Record<N, ReadResult>> = {};
  if (answer?.kind === 'ok') some[name] = answer.value;
  return some;
}

/** The host at hand did not answer one of the reads; another host's silence is that fact's trouble alone. */
function ownUnreachable(effect: Observe, answers: ReadAnswers): string | undefined {
  for (const [name, answer] of Object.entries(answers)) {
    const host = name.startsWith('fact ') ? factOf(name.slice('fact '.length), effect.host).host : effect.host;
    if (answer.kind === 'unreachable' && host === effect.host) return answer.why;
  }
  return undefined;
}

/**
 * A fact's value by its type. `bool`: exit 0 is true, 1-125 false, more an error. The others: trimmed standard output,
 * exit 0 needed; `int` a whole number.
 */
export function factValue(fact: Fact | undefined, answer: ReadAnswer | undefined): FactValue {
  if (fact === undefined || answer === undefined) return { trouble: 'it was not read' };
  if (answer.kind === 'unreachable') return { trouble: answer.why };
  const { exit_code: code, stdout, stderr } = answer.value;
  if (fact.type === 'bool' && code >= 0 && code <= 125) return { value: code === 0 };
  if (code !== 0) return { trouble: `its script exited ${String(code)}${saying(stderr)}` };
  const text = stdout.trim();
  if (fact.type === 'string') return { value: text };
  if (fact.type === 'int' && /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)))
    return { value: Number(text) };
  return { trouble: `it printed ${JSON.stringify(headOf(text, 80))}, which is no whole number` };
}

const saying = (stderr: string): string => (stderr.trim() === '' ? '' : `: ${tailOf(stderr.trim(), 300)}`);

/** What a dry run's look found. A host that did not answer is said so, whatever else is known. */
export function lookObservation(
  effect: Look,
  looked: Looked,
  answers: ReadAnswers,
): Extract<Observation, { readonly for: 'look' }> {
  const { step, host, item } = effect;
  const silent = [looked, ...Object.values(answers)].find((answer) => answer.kind === 'unreachable');
  const found = looked.kind === 'ok' ? looked.value : { missingPrograms: [], chdirMissing: false, sudoMissing: false };
  const look = {
    missing_programs: found.missingPrograms,
    chdir_missing: found.chdirMissing,
    sudo_missing: found.sudoMissing,
    ...result('probe', answers['probe']),
    ...result('read', answers['read']),
    ...(silent?.kind === 'unreachable' ? { unreachable: silent.why } : {}),
  };
  return { for: 'look', step, host, item, look };
}
