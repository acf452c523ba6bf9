import type { ByHand } from '../language/by-hand.ts';
import type { ActionSyntax } from '../language/step-schema.ts';
import type { Condition, Json, Script, Value } from '../language/types.ts';

/**
 * What a step comes down to. Scripts are constant text; every value reaches them through the environment (`env`, where
 * the actions' own names begin with `CO_`) or standard input.
 *
 * Exit codes of a job's scripts: `probe` 0 = nothing to do, 1 = something to do, other = error. `keep`, `apply`,
 * `verify` 0 = well. `undo` 0 = undone, 77 = what stands there now is not what this run left, so a person must be asked.
 */
export type Work =
  | JobWork
  | { readonly kind: 'check'; readonly holds: Condition; readonly failMessage?: Value; readonly env?: Variables }
  | { readonly kind: 'expect'; readonly table: Readonly<Record<string, Readonly<Record<string, Wanted>>>> }
  | {
      readonly kind: 'wait';
      readonly until: Condition;
      readonly everyMs: number;
      readonly atMostMs: number;
      readonly env?: Variables;
    }
  | { readonly kind: 'say'; readonly text: Value }
  /** A person does something by hand, and says when it is done. `unlock`: others may have the hosts meanwhile. */
  | { readonly kind: 'ask'; readonly how: 'manual'; readonly text: Value; readonly unlock?: true }
  /** So many people other than who asked for the run agree to it; `by`: rights and logins. */
  | { readonly kind: 'ask'; readonly how: 'approve'; readonly by: readonly string[]; readonly count: number };

/** What a step's scripts get as variables, by name. */
export type Variables = Readonly<Record<string, Value>>;

/** What a fact shall be; `any`: whatever it is, as long as it can be had. */
export type Wanted = Value | { readonly any: true };

export interface JobWork {
  readonly kind: 'job';
  readonly env: Variables;
  /**
   * Standard input of `apply`, for what is too long for a variable (contents of a file). Whoever resolves it adds
   * `CO_STDIN_SHA256`, its hex SHA-256 as UTF-8, to the environment, since a probe gets no standard input.
   */
  readonly stdin?: Value;
  /** Read-only. Is there anything to do? What it prints is what the dry run's preview is made from. */
  readonly probe?: Script;
  /** Keeps the pre-state in the folder `$CO_BEFORE` (mode 700, root's under `become`); run once, by the first attempt. */
  readonly keep?: Script;
  readonly apply: Script;
  readonly verify?: Script;
  /**
   * Undoes `apply` from `$CO_BEFORE` with the same environment, and `CO_APPLIED=yes` where `apply` is known to have run.
   * Absent: nothing to undo by itself.
   */
  readonly undo?: Script;
  /** Set: `apply` restarts the host. How the script ends matters little then, as the host may take it down too. */
  readonly restart?: Restart;
  /** Programs that must be on the host beyond POSIX sh, coreutils and util-linux. */
  readonly needs: readonly string[];
  /** Another host that its scripts reach from the step's host, by that host's own SSH trust. */
  readonly reaches?: NamedHost;
  /** What it changes, as far as it is known; `run` knows nothing of itself, so both are empty there. */
  readonly touches: { readonly paths: readonly Value[]; readonly units: readonly Value[] };
}

/**
 * A host that restarts. `apply` finds in `$CO_BOOT` what `boot` printed before, and does nothing where that is not so any
 * more: so the host restarts once, however often it is told to.
 */
export interface Restart {
  /** Read-only. Prints by which boot the host runs. */
  readonly boot: Script;
  /** What the procedure has it restarted by. */
  readonly command: string;
  /** Must hold once it is back; absent: that it answers is enough. */
  readonly until?: Condition;
  readonly everyMs: number;
  /** So soon it must be back, and `until` hold. */
  readonly atMostMs: number;
  /** For so long it must stay so; another restart begins the wait anew. */
  readonly stableMs: number;
}

/** Exit code by which an undo says: what stands there now is not what this run left. */
export const NOT_AS_LEFT = 77;

/** What a dry run shows of a step on a host. */
export type Preview =
  | { readonly kind: 'nothing'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'diff'; readonly text: string };

/** What a read-only look found: exit code and the (bounded) output of the probe. */
export interface Look {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A host by its name, and how it is reached. */
export interface NamedHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
}

/** What a step's work rests on beside its input. */
export interface StepGround {
  readonly timeoutMs: number;
  /** Text of a file that one of the action's `sources` names, as it stands in the repository at the plan's commit. */
  readonly read: (name: string) => string;
  /** The hosts that a text of the step names: a host or a group of the procedure's. Params are known here, nothing else. */
  readonly named: (name: Value) => readonly NamedHost[];
  /** Tells what cannot be, now that the hosts are known; there is no plan then. */
  readonly fault: (message: string) => void;
}

/** One action: its key, how its value must look, and what it comes down to. */
export interface Action extends ActionSyntax {
  /** One line for `/help` and the docs. */
  readonly summary: string;
  /** @param input as written, already accepted by `schema` and `siblings`. */
  work(input: Json, step: StepGround): Work;
  /** What a person does instead, for `explain`. @param id of the step, for names of what is set aside. */
  byHand(input: Json, id: string): ByHand;
  /** In words or as a diff, what would change. `env` and `stdin` are the resolved ones. */
  preview?(look: Look, env: Readonly<Record<string, string>>, stdin: string | undefined): Preview;
}
