import { isOpen } from '../language/window-times.ts';
import { closedWords } from '../language/window-words.ts';
import { awaited } from './approvals.ts';
import { later } from './time.ts';
import type { Instant, RunState, Trouble } from './types.ts';

/** The run waits for people's agreement before anything of it begins. */
export function awaitsStart(state: RunState): boolean {
  const wanted = awaited(state);
  return wanted !== undefined && wanted.prompt === undefined;
}

/** Nothing of it has begun on any host, nor been looked at there. */
export const isUnbegun = ({ mode, endedAt, hosts, steps }: RunState): boolean =>
  mode === 'apply' &&
  endedAt === undefined &&
  Object.keys(hosts).length === 0 &&
  steps.every(({ openedAt }) => openedAt === undefined);

/**
 * What has come in the way of a run's start since it was asked for, while it waited for people or for hosts. Said where
 * all that is looked at before the first change is known.
 */
export function startTroubles({ mode, plan, guards, rehearsed, rebuilt }: RunState, at: Instant): readonly Trouble[] {
  if (mode === 'dryrun' || guards !== undefined || rebuilt !== undefined) return [];
  const closed = plan.window === undefined || isOpen(plan.window, at) ? [] : [closedWords(plan.window, at)];
  const within = plan.environment?.requires?.withinMs;
  if (rehearsed === undefined || within === undefined || later(rehearsed.at, within) >= at) return closed;
  return [...closed, `run ${rehearsed.run}, which it rests on, has become too old meanwhile: rehearse it again`];
}
