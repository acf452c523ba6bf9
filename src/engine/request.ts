import { actions } from '../actions/index.ts';
import { chooseEnvironment, hostsIn } from '../plan/environment.ts';
import { planDigest } from '../plan/digest.ts';
import { makePlan } from '../plan/make-plan.ts';
import { bindParams } from '../plan/params.ts';
import type { Plan } from '../plan/types.ts';
import type { Environment, Json, Problem } from '../language/types.ts';
import type { Actor, Mode, RunState, Where } from '../run/types.ts';
import { drive, type Drive } from './drive.ts';
import { matchesInTime } from './in-time.ts';
import { load, type Loaded } from './load.ts';
import { mayStart, type Start } from './may-start.ts';
import type { Taking } from './ports.ts';
import type { Workshop } from './workshop.ts';

/** A procedure called with its words, as a comment or the command line gives them. */
export interface Call {
  readonly verb: string;
  readonly system: string;
  readonly positional: readonly string[];
  readonly named: readonly (readonly [string, string])[];
  readonly environment?: string | undefined;
}

export type Planned = { readonly kind: 'planned'; readonly plan: Plan } | Unplanned;

type Unplanned =
  /** The call is wrong; `texts` say what to type instead. */
  | { readonly kind: 'refused'; readonly texts: readonly string[] }
  /** The procedure or the inventory is faulty. */
  | { readonly kind: 'faulty'; readonly problems: readonly Problem[] };

export type Prepared =
  | { readonly kind: 'planned'; readonly plan: Plan; readonly start: Start }
  | Unplanned
  /** Nothing is wrong with the call, but it may not be started now; `texts` say why, and what to type when. */
  | { readonly kind: 'not_now'; readonly texts: readonly string[] };

/** The same, and whether it may start now; a dry run may always, and tells what would be in the way of a run. */
export async function prepareCall(
  workshop: Pick<Workshop, 'source' | 'journal' | 'clock' | 'witness'>,
  call: Call,
  mode: Mode,
): Promise<Prepared> {
  const planned = await planCall(workshop, call);
  if (planned.kind !== 'planned') return planned;
  const start = await mayStart(workshop, planned.plan);
  if (mode === 'dryrun' || start.notNow.length === 0) return { ...planned, start };
  return { kind: 'not_now', texts: start.notNow.map(({ why, instead }) => `${capital(why)}. ${instead}`) };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Reads, checks and fixes what the call would do, at the newest commit. No host is contacted. */
export async function planCall(workshop: Pick<Workshop, 'source'>, call: Call): Promise<Planned> {
  const loading = await load(workshop.source, await workshop.source.head(), call);
  if (loading.kind === 'missing') return { kind: 'refused', texts: [loading.text] };
  if (loading.kind === 'faulty') return loading;
  return planOfCall(loading.loaded, call);
}

function planOfCall(loaded: Loaded, call: Call): Planned {
  const { procedure, inventory } = loaded;
  const chosen = chooseEnvironment(procedure, call.environment);
  const { own: hosts } = hostsIn(procedure, chosen.ok ? chosen.environment : undefined, inventory);
  const bound = bindParams({ ...procedure, hosts }, call, inventory, matchesInTime);
  if (!bound.ok) return { kind: 'refused', texts: bound.problems };
  if (!chosen.ok) return { kind: 'refused', texts: [chosen.problem] };
  return planOf(loaded, bound.params, chosen.environment);
}

/** Whether these words, at the plan's commit, ask for just this plan. */
export async function isAskedFor({ source }: Pick<Workshop, 'source'>, plan: Plan, call: Call): Promise<boolean> {
  const loading = await load(source, plan.commit, call);
  const planned = loading.kind === 'ok' ? planOfCall(loading.loaded, call) : undefined;
  return planned?.kind === 'planned' && planned.plan.plan_digest === plan.plan_digest;
}

function planOf(loaded: Loaded, params: Readonly<Record<string, Json>>, environment: Environment | undefined): Planned {
  const made = makePlan({ ...loaded, params, environment, actions, matches: matchesInTime });
  return made.ok ? { kind: 'planned', plan: made.plan } : { kind: 'faulty', problems: made.problems };
}

/**
 * Derives a run's plan again from its commit and compares the digests.
 * @returns why it may not go on, or undefined where the plan is the approved one.
 */
export async function planAgain(workshop: Pick<Workshop, 'source'>, state: RunState): Promise<string | undefined> {
  const { plan } = state;
  // What runs is the plan as it is recorded, so that its digest alone says nothing of it.
  if (planDigest(plan) !== plan.plan_digest) {
    return (
      `The record of run ${state.run} holds another plan than the one whose digest it names (${plan.plan_digest.slice(0, 8)}), ` +
      'so somebody has changed it. Put the record back as it was, or ask for a new run.'
    );
  }
  if (plan.commit !== null && (await workshop.source.isOnDefaultBranch?.(plan.commit)) === false) {
    return (
      `Run ${state.run} was planned from commit ${plan.commit.slice(0, 8)}, which is not on the default branch ` +
      '(any more), so its procedure has not been agreed to there. Put the commit back on it, or ask for a new run.'
    );
  }
  const loading = await load(workshop.source, plan.commit, plan);
  const again = loading.kind === 'ok' ? plannedAgain(loading.loaded, plan) : undefined;
  if (again?.kind === 'planned' && again.plan.plan_digest === plan.plan_digest) return undefined;
  const now =
    again?.kind === 'planned' ? `its plan is now ${again.plan.plan_digest.slice(0, 8)}` : 'it can no longer be read';
  return (
    `The procedure ${plan.file} or the inventory has changed since run ${state.run} was planned as ` +
    `${plan.plan_digest.slice(0, 8)}: ${now}. Put the files back and try again; ` +
    'or, at a terminal, add --recorded-plan to go on by the plan in the journal.'
  );
}

function plannedAgain(loaded: Loaded, { params, environment }: Plan): Planned {
  const chosen = chooseEnvironment(loaded.procedure, environment?.name);
  if (!chosen.ok) return { kind: 'refused', texts: [chosen.problem] };
  return planOf(loaded, params, chosen.environment);
}

/**
 * Makes the run durable in the journal, before any host is contacted, and begins to work on it.
 * @throws TakenUp where another process has taken up what it was to be begun for
 */
export async function startRun(
  workshop: Workshop,
  request: {
    readonly plan: Plan;
    readonly mode: Mode;
    readonly by: Actor;
    readonly where: Where;
    readonly onFailure?: 'prompt' | 'rollback' | 'abort';
    /** As `prepareCall` found it. */
    readonly start?: Start;
    /** What it is begun for; absent: that has been taken up before, or needs no taking up. */
    readonly taking?: Taking;
  },
): Promise<Drive> {
  const { plan, mode, by, where, onFailure, start, taking } = request;
  const first = {
    type: 'run_requested',
    plan,
    mode,
    by,
    where,
    ...(onFailure === undefined ? {} : { on_failure: onFailure }),
    ...(start?.rehearsed === undefined ? {} : { rehearsed: start.rehearsed }),
    ...(start === undefined || start.notNow.length === 0 ? {} : { not_now: start.notNow.map(({ why }) => why) }),
  } as const;
  const { writer, events } = await workshop.journal.create(first, workshop.clock.now(), taking);
  const started = await writer.append([{ type: 'run_started', worker: workshop.worker, epoch: writer.epoch }]);
  return drive(workshop, writer, [...events, ...started]);
}
