/** Anything that JSON can say. Params, vars, facts and resolved values are of this type. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Where something stands in a file; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing wrong with a file, in words that say what to write instead. Shown as `file:line:column: message`. */
export interface Problem {
  readonly place: Place;
  readonly message: string;
}

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * A field's value: `lit` as written, or `expr`, the whole source text with at least one `${{ … }}` in it, resolved when
 * the step starts. A text that is one single `${{ … }}` keeps the type of its result; otherwise the result is a string.
 */
export type Value = { readonly lit: Json } | { readonly expr: string };

/** A shell script as written. Its text holds no expression: values come in through the environment. */
export interface Script {
  readonly shell: 'sh' | 'bash';
  readonly text: string;
}

/** Holds or holds not: an expression (source without `${{ }}`), or a script (exit 0 = holds). */
export type Condition = { readonly expr: string } | { readonly run: Script };

export type ParamType = 'string' | 'int' | 'bool' | 'host' | 'choice';

export interface Param {
  readonly name: string;
  readonly description: string;
  readonly type: ParamType;
  /** Regular expression the whole value must match. */
  readonly pattern?: string;
  readonly choices?: readonly string[];
  readonly default?: Json;
  readonly required: boolean;
}

export type FactType = 'string' | 'int' | 'bool';

/** A read-only question to a host. `bool`: exit 0 true, 1-125 false, more an error; others: trimmed stdout, exit 0 needed. */
export interface Fact {
  readonly name: string;
  readonly type: FactType;
  readonly script: Script;
}

export type OnFailure = 'prompt' | 'rollback' | 'abort' | 'continue';

/** What a step is done for, one after the other: values, named values, or an expression that gives a list or a map. */
export type Loop =
  | { readonly list: readonly Value[] }
  /** In the order of writing, which the record of a plan would not keep of a map. */
  | { readonly map: readonly (readonly [name: string, value: Value])[] }
  | { readonly expr: string };

/** How many of a step's hosts it is taken on at a time: a number, or a share of them in percent. */
export type Serial = { readonly hosts: number } | { readonly percent: number };

/** How often a step is tried again by itself, and how long after the attempt before. */
export interface Retries {
  readonly times: number;
  readonly delayMs: number;
}

/** What undoes a step when the procedure says so itself. */
export type OnRollback = { readonly steps: readonly Step[] } | { readonly leave: string };

/** A procedure that a step calls, and what the step gives it. */
export interface Call {
  /** `<system>/<verb>`. */
  readonly procedure: string;
  /** Where it is named. */
  readonly place: Place;
  readonly with: readonly GivenParam[];
}

/** A param of a called procedure, as the step gives it. */
export interface GivenParam {
  readonly name: string;
  readonly value: Value;
  readonly keyPlace: Place;
  readonly place: Place;
}

/** One step as written, with defaults filled in. */
export interface Step {
  /** Stable and unique in the procedure; given by position (`step-3`) where the file names none. */
  readonly id: string;
  readonly name: string;
  readonly place: Place;
  /** The action's key and its value as plain data, already checked against the action's schema. */
  readonly action: string;
  readonly input: Json;
  /** Hosts, groups and `fact=value`; empty = all hosts of the procedure. */
  readonly on: readonly string[];
  readonly loop?: Loop;
  readonly serial?: Serial;
  readonly runOnce?: true;
  /** More hosts than these are a mistake. */
  readonly maxHosts?: number;
  readonly retries?: Retries;
  readonly when?: Condition;
  readonly env: Readonly<Record<string, Value>>;
  readonly chdir?: Value;
  /** The user to become by `sudo -n -u`, e.g. `root` for `become: true`. */
  readonly becomeUser?: string;
  readonly timeoutMs: number;
  readonly doneWhen?: Condition;
  readonly verify?: Condition;
  readonly readOnly: boolean;
  readonly idempotent: boolean;
  readonly critical: boolean;
  /** Looked at before the first change too, wherever it stands. */
  readonly preflight?: true;
  readonly reversible: boolean;
  /** What it deletes or overwrites is gone: people are told so. */
  readonly destructive?: true;
  /** The service is down from its beginning on, or up again once it has ended well. */
  readonly downtime?: 'begins' | 'ends';
  readonly onFailure: OnFailure;
  /** Names of secrets that its own script gets; absent: none. */
  readonly secrets?: readonly string[];
  /** Nothing of what it prints is kept or shown. */
  readonly noLog?: true;
  readonly onRollback?: OnRollback;
  /** The steps of this procedure are taken in its place. */
  readonly call?: Call;
}

/** Where a procedure names a host or group, for the check against an inventory. `expr`: a host, in an expression. */
export interface HostMention {
  readonly in: 'hosts' | 'on' | 'default' | 'expr';
  readonly name: string;
  readonly place: Place;
}

/** Where a step names a text file of the repository, by its path from the procedure's own folder down. */
export interface FileMention {
  readonly name: string;
  readonly place: Place;
}

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

/** When a run may start, and pass what cannot be undone. What is given holds together; moments are ISO 8601 UTC. */
export interface Window {
  /** IANA's name of the zone whose clocks count. */
  readonly timezone: string;
  /** Absent: every day. */
  readonly days?: readonly Day[];
  /** `05:00`; both or none. Where `to` is the earlier, it is of the next day. */
  readonly from?: string;
  readonly to?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
}

/** Whose agreement is wanted: rights and logins, and of how many people. */
export interface Approvals {
  readonly by: readonly string[];
  readonly count: number;
}

/** Another environment in which the same must have gone well before, and how long ago at most. */
export interface Requires {
  readonly environment: string;
  readonly withinMs: number;
}

/** A place that a procedure runs for, with what is otherwise there; a run names one. */
export interface Environment {
  readonly name: string;
  readonly place: Place;
  /** In place of the procedure's of the same names. */
  readonly vars: Readonly<Record<string, Value>>;
  /** Those of the procedure's hosts that it has; absent: all. */
  readonly hosts?: readonly string[];
  /** In place of the procedure's. */
  readonly window?: Window;
  /** Whose agreement a run needs before it starts. */
  readonly approvals?: Approvals;
  readonly requires?: Requires;
  /** It is a rehearsal: what it did is taken back once its last step has succeeded. */
  readonly onSuccess?: 'rollback';
}

/** `procedures/<system>/<verb>.yml`, read. */
export interface Procedure {
  readonly system: string;
  readonly verb: string;
  /** Path inside the repository, e.g. `procedures/pryv/upgrade.yml`. */
  readonly file: string;
  readonly description: string;
  /** In the order of declaration, which is the order of bare words in a command. */
  readonly params: readonly Param[];
  /** Hosts and groups it may touch. */
  readonly hosts: readonly string[];
  readonly vars: Readonly<Record<string, Value>>;
  readonly facts: Readonly<Record<string, Fact>>;
  /** Names of the secrets that its steps need; absent: none. */
  readonly secrets?: readonly string[];
  /** What it locks beside its hosts, in order; absent: nothing. */
  readonly locks?: readonly string[];
  readonly window?: Window;
  /** In the order of the file; absent: it has none, and a run names none. */
  readonly environments?: readonly Environment[];
  /** A run may name none of them; absent: it must name one, where there are any. */
  readonly environmentOptional?: true;
  /** Those of them that none of its own steps asks for: a procedure that it calls must. */
  readonly secretsForCalls?: readonly { readonly name: string; readonly place: Place }[];
  readonly steps: readonly Step[];
  /** Taken after the last undo of a rollback; absent: none. */
  readonly rollback?: readonly Step[];
  /** Taken at the run's end, however it ends; absent: none. */
  readonly always?: readonly Step[];
  /** In the order of the file. */
  readonly mentions?: readonly HostMention[];
  /** The files that its steps take texts from, in the order of the file. */
  readonly files?: readonly FileMention[];
}

export interface InventoryHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Path of a private key; none: the agent, or the key text in CHANGEOVER_SSH_KEY. */
  readonly key?: string;
  /** `SHA256:…` as `ssh-keygen -l` prints it; none: known_hosts decides. */
  readonly hostKey?: string;
  /** Name of the inventory host to jump through. */
  readonly via?: string;
  readonly vars: Readonly<Record<string, Json>>;
}

export interface Inventory {
  readonly file: string;
  readonly hosts: Readonly<Record<string, InventoryHost>>;
  readonly groups: Readonly<Record<string, readonly string[]>>;
}
