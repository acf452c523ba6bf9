import { referencesOf } from '../language/expressions.ts';
import type { PlanStep } from '../plan/types.ts';
import { ALONE, type Item, itemEnv, type Items, itemsOf, itemsToUndo } from './items.ts';
import { choiceDoubt } from './next-choosing.ts';
import { resolveTask, staleBecause, whenHolds } from './resolving.ts';
import { callDoubt } from './scope.ts';
import { NO_ITEM, planStep, stepState, undoneStep } from './steps.ts';
import type { OpenedTask, Phase, RunState } from './types.ts';

/** What a step is done for on a host: its own loop's items, or in a rollback those of the step that it undoes. */
export function hostItems(state: RunState, id: string, phase: Phase, host: string): Items {
  const { loop, call } = planStep(state.plan, id, phase);
  if (loop !== undefined) {
    const facts = stepState(state, id, phase)?.reads[host]?.facts ?? {};
    return itemsOf(state, { loop, ...(call === undefined ? {} : { call }) }, host, facts);
  }
  const undoes = phase === 'undo' && undoneStep(state.plan, id)?.loop !== undefined;
  return { kind: 'items', items: undoes ? itemsToUndo(state, id, host) : [ALONE] };
}

/** A step's tasks on a host, one for each item, with their fields resolved. */
export function resolveTasks(
  state: RunState,
  step: PlanStep,
  id: string,
  phase: Phase,
  host: string,
): readonly OpenedTask[] {
  const taken = stepState(state, id, phase);
  const read = taken?.reads[host];
  const bare = { host, item: NO_ITEM, env: {} } as const;
  if (step.loop !== undefined && passesOver(state, step, host, read)) return [{ ...bare, skip: 'when' }];
  const found = hostItems(state, id, phase, host);
  if (found.kind !== 'items') return [withoutItems(state, step, host, read, found)];
  if (found.items.length === 0) return [{ ...bare, skip: 'empty' }];
  const tasks = found.items.map((item) => {
    const asked = taken?.itemReads?.[host]?.[item.item];
    if (asked?.unreachable !== undefined) return { ...bare, trouble: asked.unreachable, unreachable: true as const };
    const when = asked?.when ?? read?.when;
    const seen = read ?? asked;
    return doubted(state, step, forItem(item, resolveTask(state, step, { host, ...item }, seen, when)));
  });
  const troubled = tasks.filter((task) => task.trouble !== undefined);
  // Of a host's items none is begun before all are known to be able to: half of them would be no better than none.
  if (state.mode === 'dryrun' || troubled.length === 0 || step.loop === undefined) return tasks;
  const [silent] = troubled.filter((task) => task.unreachable === true);
  if (silent !== undefined) return [silent];
  const words = troubled.slice(0, 5).map(({ item, trouble = '' }) => `${item}: ${trouble}`);
  const left = troubled.length - words.length;
  const more = left > 0 ? [`and ${String(left)} more`] : [];
  return [{ ...bare, trouble: [...words, ...more].join('; ') }];
}

/** `when` says already for all items that there is nothing to do: it asks for none of them. */
function passesOver(state: RunState, step: PlanStep, host: string, read: Parameters<typeof whenHolds>[3]): boolean {
  if (step.when === undefined || 'run' in step.when) return false;
  if (referencesOf(step.when).some(({ kind }) => kind === 'item' || kind === 'item_key')) return false;
  return staleBecause(state, step, host, read) === undefined && whenHolds(state, step, { host }, read) === false;
}

/** There is no knowing what for: trouble, or in a dry run perhaps not yet. */
function withoutItems(
  state: RunState,
  step: PlanStep,
  host: string,
  read: Parameters<typeof whenHolds>[3],
  { kind, why }: Exclude<Items, { kind: 'items' }>,
): OpenedTask {
  const bare = { host, item: NO_ITEM, env: {} } as const;
  const doubtful =
    state.mode === 'dryrun' && (kind === 'unknown' || staleBecause(state, step, host, read) !== undefined);
  return doubtful
    ? { ...bare, undetermined: `loop: ${why}`, unresolved: ['loop'] }
    : { ...bare, trouble: `loop: ${why}` };
}

/** The task with what its scripts know of their item. */
export const forItem = (item: Item, task: OpenedTask): OpenedTask =>
  task.skip === undefined && task.trouble === undefined ? { ...task, env: { ...itemEnv(item), ...task.env } } : task;

/** In a dry run: the task with the doubt whether its host will be chosen, or its procedure called. */
function doubted(state: RunState, step: PlanStep, task: OpenedTask): OpenedTask {
  if (task.trouble !== undefined) return task;
  const doubts = [callDoubt(state, step, task.host), choiceDoubt(state, step)].filter((each) => each !== undefined);
  if (doubts.length === 0) return task;
  return {
    ...task,
    undetermined: [...doubts, ...(task.undetermined === undefined ? [] : [task.undetermined])].join('; '),
  };
}

/** The task is about something that is not known yet, a loop's items or its hosts: nothing can be looked at for it. */
export const isOpenEnded = ({ unresolved = [] }: OpenedTask): boolean =>
  unresolved.includes('loop') || unresolved.includes('on');
