import type { PlanStep } from '../plan/types.ts';
import { type Downtime, downNow, downtimes, pairsOf } from '../run/downtime.ts';
import type { RunState } from '../run/types.ts';
import { between, clock, duration } from './format.ts';
import { isOver } from './marks.ts';

/** How long the service was down, or since when it is; plain text, nothing where it was not. */
export function downtimeText(state: RunState): string | undefined {
  const all = downtimes(state);
  const ended = all.flatMap(({ from, to }) => (to === undefined ? [] : [{ from, to }]));
  const last = downNow(state);
  const sum = ended.reduce((ms, { from, to }) => ms + between(from, to), 0);
  const times = ended.map(({ from, to }) => `from ${clock(from)} to ${clock(to)}`).join(' and ');
  const was = ended.length === 0 ? [] : [`Downtime: ${duration(sum)}, ${times}.`];
  const is =
    last === undefined
      ? []
      : [isOver(state) ? `The downtime ${since(state, last)} still lasts.` : `Downtime ${since(state, last)}.`];
  return was.length + is.length === 0 ? undefined : [...was, ...is].join(' ');
}

/** `since 06:02:11 UTC (step 3)`. */
const since = ({ plan }: RunState, { from, step }: Downtime): string =>
  `since ${clock(from)} (step ${plan.steps.findIndex(({ id }) => id === step) + 1})`;

/** That the run waits within a downtime; plain text. */
export function waitsDown(state: RunState): string | undefined {
  const down = downNow(state);
  return down === undefined ? undefined : `It is within a downtime, ${since(state, down)}.`;
}

/** What is said of a downtime where the run may end in it; plain text. */
export function lastsOn(state: RunState): string {
  const down = downNow(state);
  return down === undefined ? '' : ` The downtime ${since(state, down)} lasts on.`;
}

/** From which step to which the plan has the service down; plain text. */
export function plannedDowntimes({ plan }: RunState): readonly string[] {
  const named = (id: string): string => {
    const at = plan.steps.findIndex((step) => step.id === id);
    const step: PlanStep | undefined = plan.steps[at];
    return `step ${at + 1}, ${step?.name ?? id}`;
  };
  return pairsOf({ plan }).map(
    ({ begins, ends }) => `from ${named(begins)}${ends === undefined ? ' on' : `, to ${named(ends)}`}`,
  );
}
