import type { Plan, PlanStep } from '../plan/types.ts';
import { nothingToDo } from './context.ts';
import { changes, plannedSteps, planStep, tasksOn } from './steps.ts';
import type { LookReport, OpenedTask, RunState, TaskState } from './types.ts';
import { scriptVerdict } from './verdict.ts';

/** What a dry run says of a task. `problem`: the run would stop there. */
export type DryVerdict = 'passed_over' | 'nothing' | 'would_change' | 'looked_at' | 'undetermined' | 'problem';

/** What a dry run found out about a task that it has done with. */
export function dryVerdict(step: PlanStep, task: TaskState): DryVerdict {
  if (task.undetermined !== undefined) return 'undetermined';
  if (task.outcome !== undefined && task.outcome !== 'ok' && task.outcome !== 'skipped') return 'problem';
  if (task.outcome === 'skipped') return 'passed_over';
  if (!changes(step)) return 'looked_at';
  return nothingToDo(task) ? 'nothing' : 'would_change';
}

/**
 * In a dry run, the first step before this one that would, or may, change the host.
 * @returns in words, `step dump`
 */
export function changesBefore(state: RunState, id: string, host: string): string | undefined {
  const found = earlierChanges(state, id, host).at(0);
  return found && `step ${found.step}`;
}

function earlierChanges(state: RunState, id: string, host: string): readonly TaskState[] {
  return stepsBefore(state.plan, id).flatMap((step) => {
    return changes(step) ? tasksOn(state, step.id, 'apply', host).filter((task) => wouldChange(step, task)) : [];
  });
}

/** At the end of a run, those of its way there too; whether that is back or not. */
function stepsBefore({ steps, rollback = [], always = [] }: Plan, id: string): readonly PlanStep[] {
  const own = [steps, rollback, always].find((list) => list.some((step) => step.id === id)) ?? steps;
  const index = own.findIndex((step) => step.id === id);
  return [...(own === steps ? [] : steps), ...own.slice(0, Math.max(index, 0))];
}

function wouldChange(step: PlanStep, task: TaskState): boolean {
  const verdict = dryVerdict(step, task);
  return task.outcome !== undefined && (verdict === 'would_change' || verdict === 'undetermined');
}

/** Items of the same step that are done before this one. */
function earlierItems(state: RunState, id: string, { host, item }: OpenedTask): readonly TaskState[] {
  const tasks = tasksOn(state, id, 'apply', host);
  const step = planStep(state.plan, id, 'apply');
  const index = tasks.findIndex((task) => task.item === item);
  return changes(step) ? tasks.slice(0, Math.max(index, 0)).filter((task) => wouldChange(step, task)) : [];
}

/**
 * In a dry run, the earlier step whose work this look rests on: it names a path at or above one of ours, or the same
 * unit. Where either side does not say what it touches, any earlier change counts.
 */
export function looksAfter(state: RunState, id: string, opened: OpenedTask): string | undefined {
  const earlier = [...earlierChanges(state, id, opened.host), ...earlierItems(state, id, opened)];
  const found = earlier.find((each) => overlap(each, opened));
  return found && `step ${found.step}${found.step === id ? ` for ${found.item}` : ''}`;
}

function overlap(earlier: OpenedTask, later: OpenedTask): boolean {
  const [before, after] = [earlier.touches, later.touches];
  if (after === undefined || isEmpty(after)) return true;
  if (before === undefined) return true;
  return (
    before.units.some((unit) => after.units.includes(unit)) ||
    before.paths.some((above) => after.paths.some((path) => isAtOrBelow(path, above)))
  );
}

const isEmpty = (touches: NonNullable<OpenedTask['touches']>): boolean =>
  touches.paths.length === 0 && touches.units.length === 0;

function isAtOrBelow(path: string, above: string): boolean {
  const folder = above.replace(/\/+$/, '');
  return path.replace(/\/+$/, '') === folder || path.startsWith(`${folder}/`);
}

/** What a look makes of its task: found in order, not to be known yet, or a problem that would stop the run. */
export function lookVerdict(
  state: RunState,
  step: PlanStep,
  task: TaskState,
  look: LookReport,
): Pick<TaskState, 'outcome' | 'detail' | 'undetermined'> {
  if (look.unreachable !== undefined) return { outcome: 'unreachable', detail: look.unreachable };
  if (look.missing_programs.length > 0) {
    return { outcome: 'failed', detail: `not on the host: ${look.missing_programs.join(', ')}` };
  }
  if (look.sudo_missing) return { outcome: 'failed', detail: `it may not become ${step.becomeUser ?? 'root'} by sudo` };
  const earlier = changesBefore(state, step.id, task.host);
  if (look.chdir_missing) {
    const detail = `there is no folder ${task.chdir ?? ''}`;
    return earlier === undefined
      ? { outcome: 'failed', detail }
      : { outcome: 'ok', undetermined: `${detail} now; ${earlier} would run before` };
  }
  if (look.read !== undefined) return readVerdict(look.read, earlier);
  const after = look.probe === undefined ? undefined : looksAfter(state, step.id, task);
  const doubts = [task.undetermined, after && `${after} would run before; this is as of now`];
  const undetermined = doubts.flatMap((doubt) => doubt ?? []).join('; ');
  if (undetermined !== '') return { outcome: 'ok', undetermined };
  if (look.probe === undefined || look.probe.exit_code <= 1) return { outcome: 'ok' };
  const verdict = scriptVerdict(look.probe);
  const why = verdict.kind === 'not' ? verdict.detail : verdict.kind === 'holds' ? '' : verdict.why;
  return { outcome: 'failed', detail: `looking whether there is anything to do failed: ${why}` };
}

/** A read-only step's script was run: its result holds, as of now. */
function readVerdict(
  read: NonNullable<LookReport['read']>,
  earlier: string | undefined,
): Pick<TaskState, 'outcome' | 'detail' | 'undetermined'> {
  const doubt = earlier === undefined ? {} : { undetermined: `${earlier} would run before; this is as of now` };
  if (read.exit_code === 0) return { outcome: 'ok', ...doubt };
  const detail = `exit ${String(read.exit_code)}`;
  return earlier === undefined ? { outcome: 'failed', detail } : { outcome: 'ok', detail, ...doubt };
}

/** A dry run's problem that would certainly stop the run: not a later check, which only says what it would say now. */
export function blocksDryRun(state: RunState, id: string, task: TaskState): boolean {
  const step = planStep(state.plan, id, 'apply');
  if (task.undetermined !== undefined || task.outcome === undefined) return false;
  if (task.outcome === 'ok' || task.outcome === 'skipped') return false;
  return task.trouble !== undefined || task.outcome === 'unreachable' || (step.work.kind === 'job' && changes(step));
}

/** How many of a dry run's steps were looked at for real, were simulated, and cannot be told yet. */
export interface DrySummary {
  readonly looked_at: number;
  readonly simulated: number;
  readonly undetermined: number;
}

/** Counts each step once, by the least certain of its tasks. */
export function drySummary(state: RunState): DrySummary {
  const kinds = plannedSteps(state).map((each) => {
    const step = planStep(state.plan, each.id, 'apply');
    const verdicts = each.tasks.filter((task) => task.outcome !== undefined).map((task) => dryVerdict(step, task));
    if (verdicts.length === 0) return undefined;
    if (verdicts.includes('undetermined')) return 'undetermined';
    return verdicts.includes('would_change') ? 'simulated' : 'looked_at';
  });
  const count = (kind: string): number => kinds.filter((each) => each === kind).length;
  return { looked_at: count('looked_at'), simulated: count('simulated'), undetermined: count('undetermined') };
}
