import { toEnv } from '../language/expressions.ts';
import type { Json } from '../language/types.ts';
import type { PlanStep } from '../plan/types.ts';
import { hasApplied } from './attempts.ts';
import { scopeOf } from './scope.ts';
import { NO_ITEM, planStep, tasksOn, taskState, undoesItself } from './steps.ts';
import type { JobKey, JobOrder, RunState, Setting, TaskState } from './types.ts';

/** Output kept on the host per stream: 1 GiB. */
const CAP_BYTES = 2 ** 30;
/** Steps that are told of before they come: enough that a host makes folders seldom, few enough to weigh nothing. */
const STEPS_AHEAD = 8;

/**
 * All that a host needs to do a job, as it was resolved when its step opened.
 * @throws where the job's step has not been opened there: nothing that `next` asks for
 */
export function orderOf(state: RunState, job: JobKey, epoch: number): JobOrder {
  const task = taskState(state, job);
  const step = planStep(state.plan, job.step, job.phase);
  const { work } = step;
  if (task === undefined || work.kind !== 'job') throw new Error(`Step ${job.step} has no job on ${job.host}.`);
  const setting = taskSetting(state, step, task);
  const boot = work.restart === undefined || task.boot === undefined ? {} : { CO_BOOT: task.boot };
  const common = {
    ...setting,
    env: { ...setting.env, ...boot },
    run: state.run,
    epoch,
    head: state.head,
    job,
    ...(task.stdin === undefined ? {} : { stdin: task.stdin }),
    timeoutMs: step.timeoutMs,
    capBytes: CAP_BYTES,
  };
  if (job.phase === 'undo' && undoesItself(state.plan, job.step)) {
    if (work.undo === undefined) throw new Error(`Step ${job.step} has nothing that undoes it.`);
    const applied = taskState(state, { ...job, phase: 'apply' });
    const env = applied !== undefined && hasApplied(applied) ? { ...common.env, CO_APPLIED: 'yes' } : common.env;
    return { ...common, env, apply: work.undo };
  }
  const { probe, keep, apply, verify } = work;
  const ahead = jobsAhead(state, job);
  return {
    ...common,
    ...(ahead.length === 0 ? {} : { ahead }),
    ...(probe === undefined ? {} : { probe }),
    ...(keep === undefined ? {} : { keep }),
    apply,
    ...(verify === undefined ? {} : { verify }),
  };
}

/**
 * First attempts of what comes after this job on its host, as far as it can be told: its step's next items, and steps whose
 * items and hosts are known before they begin.
 */
function jobsAhead(state: RunState, job: JobKey): readonly JobKey[] {
  const { steps } = state.plan;
  const after = steps.findIndex(({ id }) => id === job.step) + 1;
  if (after === 0 || job.phase === 'undo') return [];
  const items = tasksOn(state, job.step, 'apply', job.host)
    .filter((task) => task.outcome === undefined && task.attempts.length === 0)
    .map(({ item }) => ({ step: job.step, item }));
  const later = steps
    .slice(after, after + STEPS_AHEAD)
    .filter(({ work, hosts, loop, choice }) => work.kind === 'job' && hosts.includes(job.host) && !(loop ?? choice))
    .map(({ id }) => ({ step: id, item: NO_ITEM }));
  return [...items, ...later]
    .slice(0, STEPS_AHEAD)
    .map((each) => ({ ...each, host: job.host, phase: 'apply', attempt: 1 }));
}

/** Where, as whom and with which variables a task's scripts run. */
export function taskSetting(state: RunState, step: PlanStep, task: TaskState): Setting {
  return {
    env: { ...hostEnv(state, step, task.host), ...task.env },
    ...(task.chdir === undefined ? {} : { chdir: task.chdir }),
    ...(step.becomeUser === undefined ? {} : { becomeUser: step.becomeUser }),
  };
}

/**
 * What every script of a step's procedure has on the host: params and vars. A var stands over a param of the same name, as
 * the nearer one.
 */
export function hostEnv(
  { plan }: RunState,
  { call }: Pick<PlanStep, 'call'>,
  host: string,
): Readonly<Record<string, string>> {
  const texts = (values: Readonly<Record<string, Json>>): [string, string][] =>
    Object.entries(values).map(([name, value]) => [name, toEnv(value)]);
  const { params, vars } = scopeOf(plan, call);
  return Object.fromEntries([...texts(params), ...texts(vars(host))]);
}
