import { createHash } from 'node:crypto';
import { insertedIn, type Reference, referencesOf, resolve, type Resolved, toEnv } from '../language/expressions.ts';
import type { Json, Value } from '../language/types.ts';
import type { PlanStep } from '../plan/types.ts';
import { type AtHand, contextOf, factOf, factTroubles } from './context.ts';
import { changesBefore } from './dry.ts';
import { fieldsOf } from './fields.ts';
import type { Item } from './items.ts';
import type { ObservedFor, OpenedTask, ReadResult, RunState } from './types.ts';
import { scriptVerdict, type Verdict, verdictOf } from './verdict.ts';

type Read = ObservedFor<'open'> | undefined;

/**
 * A step's task with its fields resolved. In a run, what has no value is trouble. In a dry run it may be undetermined:
 * it rests on a step that has not run, or on facts that an earlier step would change.
 */
export function resolveTask(
  state: RunState,
  step: PlanStep,
  at: Item & { readonly host: string },
  read: Read,
  whenRead: ReadResult | undefined,
): OpenedTask {
  const { host } = at;
  const facts = read?.facts ?? {};
  const stale = staleBecause(state, step, host, read);
  const doubts: string[] = [];
  const troubles: string[] = [];
  const unresolved: string[] = [];
  const bare = at;

  /** Where there is no value: trouble, or in a dry run a doubt. */
  function missing(name: string, kind: 'unknown' | 'trouble', why: string): void {
    const doubtful = state.mode === 'dryrun' && (kind === 'unknown' || stale !== undefined);
    (doubtful ? doubts : troubles).push(`${name}: ${why}`);
    if (doubtful) unresolved.push(name);
  }

  function valueOf(name: string, value: Value): Json | undefined {
    const resolved = resolve(value, contextOf(state, step.call, at, facts, referencesOf(value)));
    if (resolved.kind === 'value') return resolved.value;
    missing(name, kindOf(resolved, facts), [resolved.why, ...factTroubles(facts)].join('; '));
    return undefined;
  }

  function judged(name: string, verdict: Verdict): boolean | undefined {
    if (verdict.kind === 'holds' || verdict.kind === 'not') return verdict.kind === 'holds';
    missing(name, verdict.kind, verdict.why);
    return undefined;
  }

  const when = step.when && judged('when', whenVerdict(state, step, step.when, at, read, whenRead));
  if (when === false && stale === undefined) return { ...bare, skip: 'when', env: {} };
  const doneWhen = step.doneWhen === undefined ? undefined : { expr: step.doneWhen };
  const done = doneWhen && judged('done_when', verdictOf(state, step, at, doneWhen, { facts }));
  if (done === true && stale === undefined && troubles.length === 0) return { ...bare, skip: 'done', env: {} };

  const env: Record<string, string> = {};
  const found: { stdin?: string; chdir?: string; text?: string } = {};
  for (const { name, value } of fieldsOf(step)) {
    const isMessage = step.work.kind === 'check' && name === 'text';
    const before = [troubles.length, doubts.length, unresolved.length] as const;
    const resolved = valueOf(name, value);
    if (isMessage) {
      // A message that cannot be put together is no reason not to look: the check then speaks for itself.
      [troubles.length, doubts.length, unresolved.length] = before;
    }
    if (resolved === undefined) continue;
    if (name === 'stdin' || name === 'chdir' || name === 'text') found[name] = toEnv(resolved);
    else env[name.slice('env.'.length)] = toEnv(resolved);
  }
  if (troubles.length > 0) return { ...bare, env: {}, trouble: troubles.join('; ') };
  if (found.stdin !== undefined) env['CO_STDIN_SHA256'] = createHash('sha256').update(found.stdin).digest('hex');
  if (stale !== undefined && read !== undefined) doubts.push(`${stale} would run before; this is as of now`);
  return {
    ...bare,
    ...found,
    ...(found.text === undefined ? {} : inserted(state, step, at, facts)),
    env,
    ...(state.mode === 'dryrun' ? { touches: touchesOf(state, step, at, read) } : {}),
    ...(doubts.length > 0 ? { undetermined: doubts.join('; ') } : {}),
    ...(unresolved.length > 0 ? { unresolved } : {}),
  };
}

/** Where values that the repository does not hold stand in what a step says. */
function inserted(
  state: RunState,
  { work, call }: PlanStep,
  at: AtHand,
  facts: NonNullable<Read>['facts'],
): Pick<OpenedTask, 'inserted'> {
  if (work.kind !== 'say' && (work.kind !== 'ask' || work.how !== 'manual')) return {};
  const places = insertedIn(work.text, contextOf(state, call, at, facts, referencesOf(work.text)), isForeign);
  return places.length === 0 ? {} : { inserted: places };
}

/** A var stands in the inventory, which is looked through as the procedure is; a run's id and date say nothing. */
const isForeign = ({ kind }: Reference): boolean => kind !== 'var' && kind !== 'run';

function whenVerdict(
  state: RunState,
  step: PlanStep,
  when: NonNullable<PlanStep['when']>,
  at: AtHand,
  read: Read,
  whenRead: ReadResult | undefined,
): Verdict {
  return 'run' in when ? scriptVerdict(whenRead) : verdictOf(state, step, at, when, { facts: read?.facts ?? {} });
}

/** Whether a step's `when` holds; undefined where that is not known, or it has none. */
export function whenHolds(state: RunState, step: PlanStep, at: AtHand, read: Read): boolean | undefined {
  if (step.when === undefined) return undefined;
  const { kind } = whenVerdict(state, step, step.when, at, read, read?.when);
  return kind === 'holds' || kind === 'not' ? kind === 'holds' : undefined;
}

function kindOf(
  resolved: Exclude<Resolved, { kind: 'value' }>,
  facts: NonNullable<Read>['facts'],
): 'unknown' | 'trouble' {
  return resolved.kind === 'undetermined' && factTroubles(facts).length === 0 ? 'unknown' : 'trouble';
}

/** In a dry run: the earlier step that would change a host whose facts are used here. */
export function staleBecause(state: RunState, step: PlanStep, host: string, read: Read): string | undefined {
  if (state.mode !== 'dryrun' || read === undefined) return undefined;
  const hosts = new Set([host, ...Object.keys(read.facts).map((key) => factOf(key, host).host)]);
  return [...hosts].flatMap((each) => changesBefore(state, step.id, each) ?? []).at(0);
}

/** What a step would change, as far as it can be said now. */
function touchesOf(state: RunState, step: PlanStep, at: AtHand, read: Read): NonNullable<OpenedTask['touches']> {
  const { work } = step;
  const known = (values: readonly Value[]): readonly string[] =>
    values.flatMap((value) => {
      const resolved = resolve(value, contextOf(state, step.call, at, read?.facts ?? {}, referencesOf(value)));
      return resolved.kind === 'value' ? [toEnv(resolved.value)] : [];
    });
  return work.kind === 'job'
    ? { paths: known(work.touches.paths), units: known(work.touches.units) }
    : { paths: [], units: [] };
}
