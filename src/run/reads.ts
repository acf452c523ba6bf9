import type { Script } from '../language/types.ts';
import { programsOf } from '../plan/programs.ts';
import type { PlanStep } from '../plan/types.ts';
import { factOf } from './context.ts';
import { hostItems } from './resolve-tasks.ts';
import { itemEnv } from './items.ts';
import { isBack, restartOf } from './restart.ts';
import { scopeOf } from './scope.ts';
import { changes, NO_ITEM, planStep, taskState } from './steps.ts';
import { isForItems, scriptOf } from './opening.ts';
import { hostEnv, taskSetting } from './order.ts';
import type { Effect, RunState, Setting, TaskState } from './types.ts';

/** An effect that reads on hosts and changes nothing. */
export type ReadEffect = Extract<Effect, { readonly do: 'observe' | 'look' }>;

/** A read-only script to run. `name` says what for: `fact version`, `when`, `condition`, `probe`, `read`. */
export interface Read {
  readonly name: string;
  readonly host: string;
  readonly script: Script;
  readonly setting: Setting;
  readonly timeoutMs: number;
  /** Names of secrets that it gets as further variables. */
  readonly secrets?: readonly string[];
  /** Nothing of what it prints may be recorded. */
  readonly unkept?: true;
}

/** A question that takes longer is no fact but a job. */
const FACT_TIMEOUT_MS = 60_000;

/** The scripts whose results make the effect's observation, all independent of each other. None: it needs no host. */
export function readsOf(state: RunState, effect: ReadEffect): readonly Read[] {
  if (effect.do === 'look') return lookReads(state, effect);
  const step = planStep(state.plan, effect.step, effect.phase);
  const facts = effect.facts.map((key) => factRead(state, step, key, effect.host));
  if (effect.for === 'choose' || effect.for === 'foresee') return facts;
  if (effect.for === 'open') {
    const ofItems = isForItems(state, effect.step, effect.phase);
    const script = ofItems === (effect.item === NO_ITEM) ? undefined : scriptOf(step.when);
    // Before the step is opened it has no variables of its own and no folder.
    const become = step.becomeUser === undefined ? {} : { becomeUser: step.becomeUser };
    const env = { ...hostEnv(state, step, effect.host), ...openingEnv(state, effect) };
    const setting = { env, ...become };
    const when = { name: 'when', host: effect.host, setting, timeoutMs: step.timeoutMs };
    return script === undefined ? facts : [...facts, { ...when, script }];
  }
  const task = taskState(state, effect);
  if (task === undefined) return facts;
  if (effect.for === 'boot' || effect.for === 'restart') return [...facts, ...bootReads(state, step, task, effect.for)];
  const scripts = conditionScripts(step, effect.for);
  return [...facts, ...scripts.map(([name, script]) => scriptRead(state, step, task, name, script))];
}

/** Before the step is opened its scripts know the item that they are asked for, and no more. */
function openingEnv(
  state: RunState,
  { step, phase, host, item }: Extract<ReadEffect, { do: 'observe' }>,
): Readonly<Record<string, string>> {
  const found = item === NO_ITEM ? undefined : hostItems(state, step, phase, host);
  const at = found?.kind === 'items' ? found.items.find((each) => each.item === item) : undefined;
  return at === undefined ? {} : itemEnv(at);
}

function factRead(state: RunState, step: PlanStep, key: string, host: string): Read {
  const at = factOf(key, host);
  const fact = scopeOf(state.plan, step.call).facts[at.fact];
  if (fact === undefined) throw new Error(`The plan has no fact ${at.fact} for step ${step.id}.`);
  const setting = { env: hostEnv(state, step, at.host) };
  return { name: `fact ${key}`, host: at.host, script: fact.script, setting, timeoutMs: FACT_TIMEOUT_MS };
}

function scriptRead(state: RunState, step: PlanStep, task: TaskState, name: string, script: Script): Read {
  const timeoutMs = step.timeoutMs;
  return {
    ...{ name, host: task.host, script, setting: taskSetting(state, step, task), timeoutMs },
    ...(step.noLog === true ? { unkept: true } : {}),
  };
}

/** By what the host runs is a short question; one that does not answer it soon is away. */
const BOOT_TIMEOUT_MS = 15_000;

function bootReads(state: RunState, step: PlanStep, task: TaskState, what: 'boot' | 'restart'): readonly Read[] {
  const restart = restartOf(step);
  if (restart === undefined) return [];
  const boot = { ...scriptRead(state, step, task, 'boot', restart.boot), timeoutMs: BOOT_TIMEOUT_MS };
  const until =
    what === 'restart' && (state.mode === 'dryrun' || isBack(task.restart)) ? scriptOf(restart.until) : undefined;
  return [boot, ...(until === undefined ? [] : [scriptRead(state, step, task, 'condition', until)])];
}

type Named = readonly [string, Script];

function conditionScripts(step: PlanStep, what: 'check' | 'wait' | 'verify' | 'settle'): readonly Named[] {
  const { work } = step;
  const named = (name: string, script: Script | undefined): readonly Named[] =>
    script === undefined ? [] : [[name, script]];
  if (what === 'check') return work.kind === 'check' ? named('condition', scriptOf(work.holds)) : [];
  if (what === 'wait') return work.kind === 'wait' ? named('condition', scriptOf(work.until)) : [];
  if (what === 'verify' || work.kind !== 'job') return [];
  return [
    ...named('probe', step.doneWhen === undefined ? work.probe : undefined),
    ...named('condition', step.verify === undefined ? work.verify : undefined),
  ];
}

/**
 * What a dry run runs of a job: its probe; of a read-only step its script, since it is a read. Nothing where a value is
 * not known yet: half a command is another command.
 */
function lookReads(state: RunState, effect: Extract<ReadEffect, { do: 'look' }>): readonly Read[] {
  const step = planStep(state.plan, effect.step, 'apply');
  const task = taskState(state, { ...effect, phase: 'apply' });
  const { work } = step;
  if (task === undefined || work.kind !== 'job' || task.unresolved !== undefined) return [];
  if (!changes(step) && work.stdin === undefined) {
    const secrets = step.secrets === undefined ? {} : { secrets: step.secrets };
    return [{ ...scriptRead(state, step, task, 'read', work.apply), ...secrets }];
  }
  return work.probe === undefined ? [] : [scriptRead(state, step, task, 'probe', work.probe)];
}

/** What a look asks the host beside the reads: programs, folder, the right to become. */
export function lookOf(
  state: RunState,
  effect: Extract<ReadEffect, { do: 'look' }>,
): { readonly programs: readonly string[]; readonly setting: Setting } {
  const step = planStep(state.plan, effect.step, 'apply');
  const task = taskState(state, { ...effect, phase: 'apply' });
  if (task === undefined || step.work.kind !== 'job') throw new Error(`Step ${effect.step} has no job to look at.`);
  // Only what the procedure itself wrote: our own scripts use what the preflight has looked for.
  const own = step.work.restart?.command ?? (step.action === 'run' ? step.work.apply.text : '');
  const called = programsOf(own);
  return { programs: [...new Set([...step.work.needs, ...called])], setting: taskSetting(state, step, task) };
}
