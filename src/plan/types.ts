import type { Work } from '../actions/types.ts';
import type {
  Approvals,
  Condition,
  Fact,
  Json,
  Loop,
  OnFailure,
  Requires,
  Retries,
  Serial,
  Value,
  Window,
} from '../language/types.ts';

/** A host as the plan fixes it: how to reach it and the variables that hold on it. */
export interface PlanHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly key?: string;
  readonly hostKey?: string;
  /** The host to jump through, fixed in the same way. */
  readonly via?: PlanHost;
  /** Procedure vars overridden by the environment's and then by the host's, with params put in. */
  readonly vars: Readonly<Record<string, Json>>;
}

/**
 * What a rollback does about a step. `self`: its work's undo script. `steps`: those of `on_rollback`, in their order; of a
 * call with `follows` those of the called procedure's `rollback`, which come once all of it is undone.
 * `leave`: nothing, and why. `none`: it changes nothing. `irreversible`: it cannot be undone.
 */
export type Undo =
  | { readonly kind: 'self' }
  | { readonly kind: 'steps'; readonly steps: readonly PlanStep[]; readonly follows?: true }
  | { readonly kind: 'leave'; readonly reason: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'irreversible' };

/** Which of a step's hosts it is taken on, where facts decide: those named, and those on which one of the facts is so. */
export interface Choice {
  readonly named: readonly string[];
  readonly where: readonly { readonly fact: string; readonly value: Json }[];
}

/** The place that a run is for. */
export interface PlanEnvironment {
  readonly name: string;
  /** Whose agreement the run needs before it starts. */
  readonly approvals?: Approvals;
  readonly requires?: Requires;
  /** What the run did is taken back once its last step has succeeded. */
  readonly onSuccess?: 'rollback';
}

/** A procedure that is called: all that its steps know by name. */
export interface PlanCall {
  /** `<system>/<verb>`. */
  readonly procedure: string;
  readonly file: string;
  readonly params: Readonly<Record<string, Json>>;
  /** By its hosts: its own vars overridden by the host's, with its params put in. */
  readonly vars: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly facts: Readonly<Record<string, Fact>>;
}

export interface PlanStep {
  /** Of a step in `on_rollback`: `<step>/<id or undo-N>`; of a called one: `<call>/<id>`. */
  readonly id: string;
  /** The call that it belongs to, as in `Plan.calls`; absent: it is the procedure's own. */
  readonly call?: string;
  readonly name: string;
  readonly action: string;
  /** The action's value as written, for people to read. */
  readonly input: Json;
  /** Where `choice` is set: those among which the step is to choose when it begins. */
  readonly hosts: readonly string[];
  readonly choice?: Choice;
  /** It undoes a step with `choice`, on those hosts that this one had chosen. */
  readonly onChosen?: true;
  /** What it is done for on each host, one after the other. */
  readonly loop?: Loop;
  readonly serial?: Serial;
  /** On the first of the hosts alone. */
  readonly runOnce?: true;
  readonly maxHosts?: number;
  readonly retries?: Retries;
  readonly when?: Condition;
  readonly work: Work;
  readonly chdir?: Value;
  readonly becomeUser?: string;
  readonly timeoutMs: number;
  /** Only where it is an expression; as a script it is the work's probe. */
  readonly doneWhen?: string;
  /** Only where it is an expression; as a script it is the work's verify. */
  readonly verify?: string;
  readonly readOnly: boolean;
  readonly idempotent: boolean;
  readonly critical: boolean;
  /** What it deletes or overwrites is gone. */
  readonly destructive?: true;
  readonly downtime?: 'begins' | 'ends';
  readonly onFailure: OnFailure;
  /** Names of the secrets that its own script gets; absent: none. */
  readonly secrets?: readonly string[];
  /** Nothing of what it prints is kept or shown. */
  readonly noLog?: true;
  readonly undo: Undo;
}

/** All that a run will do, fixed before it starts. Serialisable; stands in the run's first event. */
export interface Plan {
  readonly system: string;
  readonly verb: string;
  readonly file: string;
  /** Commit of the procedure files; null where they come from a folder outside git. */
  readonly commit: string | null;
  readonly description: string;
  readonly params: Readonly<Record<string, Json>>;
  /** The params that must be typed to ask for this plan again: required ones by place, others that are no default by name. */
  readonly typed: { readonly positional: readonly string[]; readonly named: readonly string[] };
  /** Absent where the procedure has none. */
  readonly environment?: PlanEnvironment;
  /** The environment's, or else the procedure's. */
  readonly window?: Window;
  readonly hosts: readonly PlanHost[];
  readonly facts: Readonly<Record<string, Fact>>;
  /** Names of the secrets that the run needs; absent: none. */
  readonly secrets?: readonly string[];
  /** What the run locks beside its hosts, in the order in which it takes them. */
  readonly locks?: readonly string[];
  readonly steps: readonly PlanStep[];
  /** Those taken after the last undo of a rollback; absent: none. */
  readonly rollback?: readonly PlanStep[];
  /** Those taken at the run's end, however it ends; absent: none. */
  readonly always?: readonly PlanStep[];
  /** By the ids of the steps that call, `<call>/<id>` where a called procedure calls; absent: there are none. */
  readonly calls?: Readonly<Record<string, PlanCall>>;
  /** Hex SHA-256 of the procedure's files at their commit and the params: what a rehearsal proves. */
  readonly procedure_digest: string;
  /** Hex SHA-256 of that and hosts, environment, scripts: what an approval names. */
  readonly plan_digest: string;
}
