import type { Action } from '../actions/types.ts';
import type { Environment, Inventory, Json, Param, Problem, Procedure } from '../language/types.ts';
import type { Callees } from './callees.ts';
import { planDigest, procedureDigest, type PlanFile } from './digest.ts';
import { hostsIn } from './environment.ts';
import { planHosts } from './hosts.ts';
import type { Matches } from './params.ts';
import { type Planning, planSteps } from './plan-steps.ts';
import { tooLate, withPreflight } from './preflight-steps.ts';
import type { Ground } from './steps.ts';
import type { Plan, PlanEnvironment } from './types.ts';

export interface PlanRequest {
  readonly procedure: Procedure;
  /** As `bindParams` gives them. */
  readonly params: Readonly<Record<string, Json>>;
  readonly inventory: Inventory;
  /** The one of the procedure's that the call names, where it has any. */
  readonly environment?: Environment | undefined;
  /** The procedures that it calls, and that these call. */
  readonly callees?: Callees;
  /** The files of the procedure and of those; the inventory is none of them, as what counts of it stands in the plan. */
  readonly files: readonly PlanFile[];
  /** Texts of the files that its steps name (`Procedure.files`), by their names as written. */
  readonly texts: ReadonlyMap<string, string>;
  readonly commit: string | null;
  readonly actions: readonly Action[];
  /** As for `bindParams`. */
  readonly matches?: Matches;
}

export type MadePlan =
  { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly problems: readonly Problem[] };

/** All that a run would do, fixed: the same request gives the same plan and the same digests, everywhere. */
export function makePlan(request: PlanRequest): MadePlan {
  const { procedure, params, inventory, environment, callees, files, texts, commit, actions, matches } = request;
  const place = { file: procedure.file, line: 1, column: 1 };
  const made = planHosts(procedure, params, inventory, environment);
  if (!made.ok) return { ok: false, problems: made.problems.map((message) => ({ place, message })) };
  const problems: Problem[] = strangers(
    procedure,
    params,
    made.hosts.map((host) => host.name),
  ).map((message) => ({
    place,
    message,
  }));
  const window = environment?.window ?? procedure.window;
  const { elsewhere } = hostsIn(procedure, environment, inventory);
  const own = environment === undefined ? {} : { environment: environment.name };
  const ground: Ground = {
    ...{ inventory, hosts: made.hosts, elsewhere, facts: procedure.facts, params, actions, texts },
    ...own,
  };
  const planning: Planning = {
    ...{ callees: callees ?? new Map(), problems, calls: {}, early: new Set(), places: new Map() },
    ...(matches === undefined ? {} : { matches }),
  };
  const taken = planSteps(ground, procedure.steps, planning);
  const steps = withPreflight(taken, planning.early);
  for (const { id, source } of tooLate(taken, planning.early)) {
    const message = `step ${id} is looked at before the first change, and ${source} is not known by then: take preflight out, or call the procedure earlier`;
    problems.push({ place: planning.places.get(id) ?? place, message });
  }
  const ending = { ...ground, ending: true } as const;
  const [rollback, always] = [procedure.rollback, procedure.always].map((list = []) =>
    planSteps(ending, list, planning),
  );
  for (const id of doubled(
    [...steps, ...(rollback ?? []), ...(always ?? [])].flatMap(({ id: own, undo }) => [
      own,
      ...(undo.kind === 'steps' ? undo.steps.map((sub) => sub.id) : []),
    ]),
  )) {
    problems.push({ place, message: `two steps have the id ${id}: give one of them another` });
  }
  if (problems.length > 0) return { ok: false, problems };
  const plan = {
    system: procedure.system,
    verb: procedure.verb,
    file: procedure.file,
    commit,
    description: procedure.description,
    params,
    typed: typedParams(procedure, params),
    ...(environment === undefined ? {} : { environment: planEnvironment(environment) }),
    ...(window === undefined ? {} : { window }),
    hosts: made.hosts,
    facts: procedure.facts,
    ...(procedure.secrets === undefined ? {} : { secrets: procedure.secrets }),
    ...(procedure.locks === undefined ? {} : { locks: procedure.locks }),
    steps,
    ...(rollback === undefined || rollback.length === 0 ? {} : { rollback }),
    ...(always === undefined || always.length === 0 ? {} : { always }),
    ...(Object.keys(planning.calls).length === 0 ? {} : { calls: planning.calls }),
    procedure_digest: procedureDigest(files, params),
  };
  return { ok: true, plan: { ...plan, plan_digest: planDigest(plan) } };
}

const planEnvironment = ({ name, approvals, requires, onSuccess }: Environment): PlanEnvironment => ({
  name,
  ...(approvals === undefined ? {} : { approvals }),
  ...(requires === undefined ? {} : { requires }),
  ...(onSuccess === undefined ? {} : { onSuccess }),
});

/** By place as far as the declaration begins with required params; after that by name, and only what is no default. */
function typedParams(procedure: Procedure, params: Readonly<Record<string, Json>>): Plan['typed'] {
  const optional = procedure.params.findIndex((param) => !param.required);
  const leading = optional < 0 ? procedure.params.length : optional;
  const names = (from: readonly Param[]): readonly string[] =>
    from
      .filter(({ name, default: usual }) => params[name] !== undefined && params[name] !== usual)
      .map(({ name }) => name);
  return { positional: names(procedure.params.slice(0, leading)), named: names(procedure.params.slice(leading)) };
}

/** Params of type `host` that are none of the plan's. */
function strangers(
  procedure: Procedure,
  params: Readonly<Record<string, Json>>,
  hosts: readonly string[],
): readonly string[] {
  return procedure.params.flatMap(({ name, type }) => {
    const value = params[name];
    return type === 'host' && typeof value === 'string' && !hosts.includes(value)
      ? [`params.${name}: ${value} is none of the procedure's hosts (${hosts.join(', ')})`]
      : [];
  });
}

const doubled = (ids: readonly string[]): readonly string[] => [
  ...new Set(ids.filter((id, at) => ids.indexOf(id) !== at)),
];
