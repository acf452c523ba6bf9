import type { Plan } from '../plan/types.ts';
import { restsOnReads } from './opening.ts';
import { planStep, undoesItself } from './steps.ts';
import type { EventBody } from './types.ts';

/**
 * How an event comes from a worker's disk to where the next worker finds it. `must`: before anything follows from it.
 * `soon`: at once, if that can be had. `later`: with others.
 */
export type Haste = 'must' | 'soon' | 'later';

/**
 * A job's start and end, and a step whose values stand in the plan, can be told again by plan and hosts. What facts have
 * decided cannot, nor an end, after which the hosts hold nothing; and a later claim has to stand in the way of who had the
 * run before.
 */
export function hasteOf(plan: Plan, event: EventBody): Haste {
  switch (event.type) {
    case 'run_requested':
    case 'run_finished':
    case 'worker_stopped':
      return 'must';
    case 'run_started':
      return event.epoch > 1 ? 'must' : 'later';
    case 'step_opened':
      return isDynamic(plan, event) ? 'must' : 'later';
    case 'run_approved':
    case 'decision_made':
    case 'prompt_opened':
    case 'rollback_started':
    case 'step_skipped':
    case 'always_started':
      return 'soon';
    case 'observed':
    case 'job_started':
    case 'job_finished':
    case 'job_settled':
      return 'later';
  }
}

/** Whether anything but the plan has decided where, what, or with which values. */
function isDynamic(
  plan: Plan,
  { step, phase, chosen, tasks }: Extract<EventBody, { readonly type: 'step_opened' }>,
): boolean {
  if (chosen !== undefined || tasks.some(({ skip, trouble }) => (skip ?? trouble) !== undefined)) return true;
  return phase === 'undo' && undoesItself(plan, step) ? false : restsOnReads(planStep(plan, step, phase));
}

const RANK: readonly Haste[] = ['later', 'soon', 'must'];

/** What has most haste of several events. */
export const mostHaste = (plan: Plan, events: readonly EventBody[]): Haste =>
  RANK[Math.max(0, ...events.map((event) => RANK.indexOf(hasteOf(plan, event))))] ?? 'later';
