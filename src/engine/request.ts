import { actions } from '../actions/index.ts';
import { makePlan } from '../plan/make-plan.ts';
import { bindParams } from '../plan/params.ts';
import type { Plan } from '../plan/types.ts';
import type { Json, Problem } from '../language/types.ts';
import type { Actor, Mode, RunState, Where } from '../run/types.ts';
import { drive, type Drive } from './drive.ts';
import { matchesInTime } from './in-time.ts';
import { load, type Loaded } from './load.ts';
import type { Workshop } from './workshop.ts';

/** A procedure called with its words, as a comment or the command line gives them. */
export interface Call {
  readonly verb: string;
  readonly system: string;
  readonly positional: readonly string[];
  readonly named: readonly (readonly [string, string])[];
}

export type Planned =
  | { readonly kind: 'planned'; readonly plan: Plan }
  /** The call is wrong; `texts` say what to type instead. */
  | { readonly kind: 'refused'; readonly texts: readonly string[] }
  /** The procedure or the inventory is faulty. */
  | { readonly kind: 'faulty'; readonly problems: readonly Problem[] };

/** Reads, checks and fixes what the call would do, at the newest commit. No host is contacted. */
export async function planCall(workshop: Pick<Workshop, 'source'>, call: Call): Promise<Planned> {
  const loading = await load(workshop.source, await workshop.source.head(), call);
  if (loading.kind === 'missing') return { kind: 'refused', texts: [loading.text] };
  if (loading.kind === 'faulty') return loading;
  const bound = bindParams(loading.loaded.procedure, call, loading.loaded.inventory, matchesInTime);
  if (!bound.ok) return { kind: 'refused', texts: bound.problems };
  return planOf(loading.loaded, bound.params);
}

function planOf(loaded: Loaded, params: Readonly<Record<string, Json>>): Planned {
  const { procedure, inventory, files, texts, commit } = loaded;
  const made = makePlan({ procedure, params, inventory, files, texts, commit, actions });
  return made.ok ? { kind: 'planned', plan: made.plan } : { kind: 'faulty', problems: made.problems };
}

/**
 * Derives a run's plan again from its commit and compares the digests.
 * @returns why it may not go on, or undefined where the plan is the approved one.
 */
export async function planAgain(workshop: Pick<Workshop, 'source'>, state: RunState): Promise<string | undefined> {
  const { plan } = state;
  const loading = await load(workshop.source, plan.commit, plan);
  const again = loading.kind === 'ok' ? planOf(loading.loaded, plan.params) : undefined;
  if (again?.kind === 'planned' && again.plan.plan_digest === plan.plan_digest) return undefined;
  const now =
    again?.kind === 'planned' ? `its plan is now ${again.plan.plan_digest.slice(0, 8)}` : 'it can no longer be read';
  return (
    `The procedure ${plan.file} or the inventory has changed since run ${state.run} was planned as ` +
    `${plan.plan_digest.slice(0, 8)}: ${now}. Put the files back and try again; ` +
    'or, at a terminal, add --recorded-plan to go on by the plan in the journal.'
  );
}

/** Makes the run durable in the journal, before any host is contacted, and begins to work on it. */
export async function startRun(
  workshop: Workshop,
  request: {
    readonly plan: Plan;
    readonly mode: Mode;
    readonly by: Actor;
    readonly where: Where;
    readonly onFailure?: 'prompt' | 'rollback' | 'abort';
  },
): Promise<Drive> {
  const { plan, mode, by, where, onFailure } = request;
  const first = {
    type: 'run_requested',
    plan,
    mode,
    by,
    where,
    ...(onFailure === undefined ? {} : { on_failure: onFailure }),
  } as const;
  const { writer, events } = await workshop.journal.create(first, workshop.clock.now());
  const started = await writer.append([{ type: 'run_started', worker: workshop.worker, epoch: writer.epoch }]);
  return drive(workshop, writer, [...events, ...started]);
}
