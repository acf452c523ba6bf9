import type { Approvals, Requires, Window } from '../language/types.ts';
import { windowWords } from '../language/window-words.ts';
import type { PlanEnvironment } from '../plan/types.ts';
import { whoMay } from '../run/approvals.ts';
import { span } from '../run/time.ts';
import type { Rehearsed, RunState } from '../run/types.ts';
import { clock } from './format.ts';
import { counted } from './markdown.ts';

const DAY_MS = 86_400_000;

/** How long ago something may be: `7 days`, `1h30m`. */
export const ageText = (ms: number): string => (ms % DAY_MS === 0 ? counted(ms / DAY_MS, 'day') : span(ms));

/** Whose agreement is wanted; plain text. */
export const approvalRule = ({ by, count }: Approvals, when = ''): string =>
  `${count === 1 ? 'The approval of one person' : `The approvals of ${String(count)} people`} other than who asked for the run ${count === 1 ? 'is' : 'are'} needed${when}: ${whoMay(by)}.`;

/** What there is to know of a run's environment and window beforehand: a sentence each, in plain text. */
export function wants(
  environment: Omit<PlanEnvironment, 'name'> | undefined,
  window: Window | undefined,
  rehearsed?: Rehearsed,
): readonly string[] {
  const { approvals, requires, onSuccess } = environment ?? {};
  return [
    ...(window === undefined ? [] : [`It may start, and pass what cannot be undone, ${windowWords(window)}.`]),
    ...(requires === undefined ? [] : [restsOn(requires, rehearsed)]),
    ...(approvals === undefined ? [] : [approvalRule(approvals, ' before it starts')]),
    ...(onSuccess === undefined ? [] : ['It is a rehearsal: once all of it went well, it is taken back by itself.']),
  ];
}

function restsOn({ environment, withinMs }: Requires, rehearsed: Rehearsed | undefined): string {
  if (rehearsed === undefined) {
    return `It needs a run of the same in ${environment} that ended well at most ${ageText(withinMs)} before.`;
  }
  return `It rests on run ${rehearsed.run} of the same in ${environment}, which ended well ${clock(rehearsed.at, 'day')}.`;
}

/** The same of a run that is there. */
export const runWants = ({ plan, rehearsed }: RunState): readonly string[] =>
  wants(plan.environment, plan.window, rehearsed);

/** Of that, what whoever agrees to a run or follows it must know: what it rests on, and that it will be taken back. */
export function runRests({ plan, rehearsed }: RunState): readonly string[] {
  const { approvals: _asked, ...environment } = plan.environment ?? {};
  return wants(environment, undefined, rehearsed);
}

/** Why a dry run's real one would not be started at its moment. */
export const notNowLines = ({ notNow = [] }: RunState): readonly string[] =>
  notNow.map((why) => `Now a run would not be started, as ${why}.`);
