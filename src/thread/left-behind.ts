import { lastAttempt, outcomeOf, wentWell } from '../run/attempts.ts';
import { allSteps, isJob, placeOf, planStep, taskState, withoutItem } from '../run/steps.ts';
import { type UndoItem, undoPlan } from '../run/undo.ts';
import type { Attempt, Instant, RunState, TaskState } from '../run/types.ts';
import { duration } from './format.ts';
import { listed } from './markdown.ts';
import { type NumberedStep, numbered, stepKind } from './steps.ts';

/** How an aborted run leaves hosts, those that are alike together; plain text. */
export interface LeftBehind {
  readonly hosts: readonly string[];
  /** What was under way there when somebody aborted it, each with how that ended. */
  readonly underWay: readonly string[];
  /** Numbers of the steps that have changed something there which was not undone: `steps 2 to 4`; or `nothing`. */
  readonly changed: string;
}

/** How what can be done next is typed: a step's output, and the run anew. */
export interface Typing {
  readonly logs: (step: string, host: string) => string;
  readonly again: string;
  readonly dryrun: string;
}

/** Hosts in the order of the plan; those that the run had not come to are among them. */
export function leftBehind(state: RunState): readonly LeftBehind[] {
  const rows = new Map<string, LeftBehind>();
  for (const { name } of state.plan.hosts) {
    const underWay = underWayOn(state, name).map(({ step, task, attempt }) => words(state, step, task, attempt));
    const changed = stepsText(changedOn(state, name));
    const alike = JSON.stringify([underWay, changed]);
    rows.set(alike, { hosts: [...(rows.get(alike)?.hosts ?? []), name], underWay, changed });
  }
  return [...rows.values()];
}

/** Whether it has done, or begun, anything that stands. */
export const hasLeft = (rows: readonly LeftBehind[]): boolean =>
  rows.some(({ underWay, changed }) => underWay.length > 0 || changed !== NOTHING);

/** Nothing of it goes on, so a person has to: where to look first, and how to begin anew; plain text with code spans. */
export function whatNext(state: RunState, { logs, again, dryrun }: Typing): readonly string[] {
  const [first, ...others] = halfDone(state);
  const anew = `\`${again}\` does all of it anew, from the first step; \`${dryrun}\` shows before what it would find.`;
  const looks = first === undefined ? [] : [lookAt(state, first, others, logs)];
  if (!hasLeft(leftBehind(state))) return [anew];
  return [
    ...looks,
    state.rollback === undefined
      ? 'Nothing was undone, and as the run is over it cannot be rolled back any more.'
      : 'The rollback is not through, and as the run is over it cannot go on: what is not undone stays as it is.',
    ...(state.ending?.status === 'succeeded' ? [] : [anew]),
  ];
}

function lookAt(state: RunState, first: TaskState, others: readonly TaskState[], logs: Typing['logs']): string {
  const named = (task: TaskState): string => `step ${task.step} on ${placeOf(task)}`;
  const shown = others.length > MOST_NAMED ? others.slice(0, MOST_NAMED - 1) : others;
  const left = others.length - shown.length;
  const then = listed([...shown.map(named), ...(left > 0 ? [`${left} more`] : [])]);
  const printed = isJob(state.plan, first) ? `: \`${logs(first.step, first.host)}\` shows what it printed` : '';
  return `Look first at ${named(first)}${printed}${then === '' ? '' : `; then at ${then}`}.`;
}

const MOST_NAMED = 4;

/** What ended unseen, then what may have been done by half; of each the last step first. */
function halfDone(state: RunState): readonly TaskState[] {
  const stands = undoPlan(state).flatMap((each) =>
    each.tasks.flatMap(({ host, item }) => (isUndone(state, each, host) ? [] : [`${each.step} ${host} ${item}`])),
  );
  return allSteps(state)
    .toReversed()
    .flatMap(({ tasks }) => tasks)
    .filter(({ step, host, item, phase, outcome, attempts }) => {
      const bad = outcome !== undefined && !wentWell(outcome) && outcome !== 'unreachable';
      return bad && attempts.length > 0 && (phase === 'undo' || stands.includes(`${step} ${host} ${item}`));
    })
    .sort((one, other) => Number(other.outcome === 'unknown') - Number(one.outcome === 'unknown'));
}

/** When somebody aborted the run, if anybody did. */
const abortedAt = ({ aborting, ending }: RunState): Instant | undefined => (aborting ?? ending?.aborted)?.at;

interface UnderWay {
  readonly step: NumberedStep;
  readonly task: TaskState;
  readonly attempt: Attempt;
}

function underWayOn(state: RunState, host: string): readonly UnderWay[] {
  const at = abortedAt(state);
  if (at === undefined) return [];
  return [state.steps, state.undo, state.after, state.always].flatMap((list) =>
    numbered(state, list).flatMap((step) =>
      step.taken.tasks.flatMap((task): readonly UnderWay[] => {
        const attempt = lastAttempt(task);
        if (task.host !== host || attempt === undefined || !isUnderWay(attempt, at)) return [];
        return [{ step, task, attempt }];
      }),
    ),
  );
}

/** Begun before, and not known to have ended; one whose end nobody saw is so to the end. */
function isUnderWay({ dueAt, byItself, startedAt, ...attempt }: Attempt, at: Instant): boolean {
  if (dueAt > at || (byItself === true && startedAt === undefined)) return false;
  return attempt.endedAt === undefined || attempt.endedAt >= at || outcomeOf({ dueAt, ...attempt }) === 'unknown';
}

function words(state: RunState, { number, step, taken }: NumberedStep, task: TaskState, attempt: Attempt): string {
  const survivors = attempt.finished?.survivors ?? 0;
  const item = placeOf(task).slice(task.host.length);
  return [
    `${stepKind(state, taken)} ${number}, ${step.name}${item}: ${fate(state, task, attempt)}`,
    ...(survivors === 0 ? [] : [`${survivors} of its processes still ${survivors === 1 ? 'runs' : 'run'}`]),
  ].join('; ');
}

function fate(state: RunState, task: TaskState, attempt: Attempt): string {
  const { work, readOnly } = planStep(state.plan, task.step, task.phase);
  if (!isJob(state.plan, task)) {
    return work.kind === 'ask' && work.how === 'manual'
      ? 'a person was asked to do it, and may have begun'
      : 'given up; it changes nothing';
  }
  const { finished } = attempt;
  switch (outcomeOf(attempt)) {
    case 'ok':
      return 'ended by itself before it could be stopped; there was nothing to change';
    case 'changed':
      return 'ended well by itself before it could be stopped';
    case 'failed':
    case 'timed_out':
      return `failed by itself before it could be stopped${HALF[readOnly ? 'probe' : (finished?.reached ?? 'apply')]}`;
    case 'aborted':
      return `stopped${timeOf(attempt)}${HALF[readOnly ? 'probe' : (finished?.reached ?? 'apply')]}`;
    case 'unreachable':
      return 'it had not begun, and never will';
    case 'skipped':
    case 'unknown':
    case undefined:
      return `its end is not known${attempt.alive === undefined ? '' : ALIVE[attempt.alive ? 'yes' : 'no']}`;
  }
}

const ALIVE = { yes: ', and it still runs', no: '; nothing of it runs any more' } as const;

const HALF = {
  prepare: ', before it did anything',
  probe: '; it has changed nothing',
  keep: '; it has changed nothing',
  apply: ', while doing its work: that may be half done',
  verify: ', while checking what it did: its work is done, but not checked',
} as const;

const timeOf = ({ finished }: Attempt): string =>
  finished === undefined ? '' : ` after ${duration(finished.duration_ms)}`;

/** Numbers of the plan's steps that have changed something on the host, by what is known, which was not undone. */
function changedOn(state: RunState, host: string): readonly number[] {
  const at = abortedAt(state);
  const changed = undoPlan(state).filter((item) => {
    const before = item.tasks
      .filter((key) => key.host === host)
      .flatMap((key) => taskState(state, { ...key, phase: 'apply' }) ?? [])
      .filter((task) => at === undefined || !task.attempts.slice(-1).some((attempt) => isUnderWay(attempt, at)));
    return before.length > 0 && !isUndone(state, item, host);
  });
  return changed.map(({ step }) => state.plan.steps.findIndex(({ id }) => id === step) + 1).sort((a, b) => a - b);
}

function isUndone({ undo }: RunState, { step, how }: UndoItem, host: string): boolean {
  if (how.kind !== 'self' && how.kind !== 'steps') return false;
  const ids = how.kind === 'self' ? [step] : how.steps.map(({ id }) => id);
  const own = undo.filter(({ id, hosts }) => ids.includes(withoutItem(id)) && hosts.includes(host));
  const tasks = own.flatMap((each) => each.tasks.filter((task) => task.host === host));
  const well = tasks.every(
    ({ outcome, skippedAt }) => outcome !== undefined && wentWell(outcome) && skippedAt === undefined,
  );
  return own.length > 0 && own.every(({ status }) => status === 'done') && well;
}

const NOTHING = 'nothing';

/** `step 2`, `steps 2, 4 and 6 to 9`. */
function stepsText(numbers: readonly number[]): string {
  const spans: [number, number][] = [];
  for (const number of numbers) {
    const last = spans.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else spans.push([number, number]);
  }
  const shown = spans.flatMap(([from, to]) =>
    to - from > 1 ? [`${from} to ${to}`] : to > from ? [String(from), String(to)] : [String(from)],
  );
  if (numbers.length === 0) return NOTHING;
  return `${numbers.length === 1 ? 'step' : 'steps'} ${listed(shown)}`;
}
