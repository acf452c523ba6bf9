import type { Json, Script } from '../language/types.ts';
import type { Plan } from '../plan/types.ts';

/** `YYYYMMDD-xxxx`: UTC day of the request, four of `0-9a-z` without `ilou`. */
export type RunId = string;
/** ISO 8601 UTC with milliseconds. */
export type Instant = string;

export type Mode = 'apply' | 'dryrun';

export type Outcome = 'ok' | 'changed' | 'skipped' | 'failed' | 'timed_out' | 'unreachable' | 'unknown' | 'aborted';

export type RunStatus =
  'planned' | 'queued' | 'running' | 'waiting' | 'rolling_back' | 'succeeded' | 'failed' | 'rolled_back' | 'aborted';

export type Phase = 'apply' | 'undo';

/** A step's item on a host. Without a loop the item is `-`. */
export interface TaskKey {
  readonly step: string;
  readonly item: string;
  readonly host: string;
}

/** One attempt at a task, from 1. */
export interface JobKey extends TaskKey {
  readonly phase: Phase;
  readonly attempt: number;
}

/** Who asked or decided. On GitHub by numeric id, with the right that was found at that moment. */
export type Actor =
  | { readonly kind: 'github'; readonly id: number; readonly login: string; readonly right: string }
  | { readonly kind: 'terminal'; readonly user: string };

/** Where the run is talked about. */
export type Where =
  | {
      readonly kind: 'issue';
      readonly owner: string;
      readonly repo: string;
      readonly issue: number;
      /** Id of the comment that asked. */
      readonly comment: number;
    }
  | { readonly kind: 'terminal' };

/** Output as kept in the journal: whole, or its head and tail with the bytes left out between them. */
export type Captured =
  { readonly text: string } | { readonly head: string; readonly tail: string; readonly omitted_bytes: number };

/** How far a job came. A job that failed before `apply` has changed nothing. */
export type Reached = 'prepare' | 'probe' | 'keep' | 'apply' | 'verify';

/** Result of a read-only script: a fact, a condition, a probe. */
export interface ReadResult {
  readonly exit_code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why a run is blocked or a step could not be opened, in words that say what to do. */
export type Trouble = string;

/** A task as it was resolved at its step's start. A started step is never resolved again. */
export interface OpenedTask {
  readonly host: string;
  readonly item: string;
  /** Set: it is not run. `when` did not hold, `done_when` (as an expression) held. */
  readonly skip?: 'when' | 'done';
  /** Set: it could not be resolved (a missing fact, an undetermined value). */
  readonly trouble?: Trouble;
  /** With `trouble`: the host did not answer, so the task never began. */
  readonly unreachable?: true;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly chdir?: string;
  /** Of a `say` step and of a check's `fail_msg`. */
  readonly text?: string;
  /** Dry run: what cannot be known before earlier steps have run, in words. */
  readonly undetermined?: string;
  /** Dry run: the fields that have no value yet (`env.release`, `chdir`). */
  readonly unresolved?: readonly string[];
  /** Dry run: what it would change, as far as that is known. */
  readonly touches?: { readonly paths: readonly string[]; readonly units: readonly string[] };
}

/** Where a script runs and as whom. */
export interface Setting {
  readonly env: Readonly<Record<string, string>>;
  readonly chdir?: string;
  readonly becomeUser?: string;
}

/** All a host needs to do one job. The job kit starts it at most once, whatever is sent how often. */
export interface JobOrder extends Setting {
  readonly run: RunId;
  readonly epoch: number;
  readonly job: JobKey;
  readonly stdin?: string;
  readonly probe?: Script;
  readonly keep?: Script;
  readonly apply: Script;
  readonly verify?: Script;
  readonly timeoutMs: number;
  /** Output kept per stream, in bytes; past it the host cuts and says so. */
  readonly capBytes: number;
}

/** What a host says about a job in the end. */
export type JobReport =
  | {
      /** The host's own word, from the job's `exit`. */
      readonly kind: 'finished';
      readonly reached: Reached;
      /** Exit code of the phase reached; null where a signal or the time-out ended it. */
      readonly exitCode: number | null;
      /** `nothing`: the probe said that there is nothing to do. */
      readonly end: 'done' | 'nothing' | 'failed' | 'timed_out' | 'killed';
      readonly durationMs: number;
      readonly bytes: { readonly out: number; readonly err: number };
      readonly survivors: number;
      readonly cut: boolean;
    }
  /** It never started, and now never will: the host holds the proof. */
  | { readonly kind: 'void' }
  /** A later worker took the run over; this one can start nothing more. */
  | { readonly kind: 'fenced'; readonly epoch: number }
  /** The host refuses: the run is closed there, or the attempt before is not settled. */
  | { readonly kind: 'refused'; readonly why: string }
  /** No connection could be had, and nothing had been sent. */
  | { readonly kind: 'unreachable'; readonly why: string }
  /** It may have started; its end was not seen. `alive`: whether its process is, where that could be asked. */
  | { readonly kind: 'unknown'; readonly why: string; readonly alive?: boolean };

/** What a preflight found on one host. A host that did not answer has no `machine_id`. */
export interface HostReport {
  readonly troubles: readonly Trouble[];
  readonly machine_id?: string;
  readonly boot_id?: string;
  readonly login_user?: string;
}

/** A dry run's look at a job that would change something. */
export interface LookReport {
  readonly missing_programs: readonly string[];
  readonly chdir_missing: boolean;
  readonly sudo_missing: boolean;
  readonly probe?: ReadResult;
  /** Of a `read_only` step: its script was run as the read that it is. */
  readonly read?: ReadResult;
  /** The host did not answer, in words. */
  readonly unreachable?: Trouble;
}

/** Everything that was seen on hosts and that a choice used. */
export type Observation =
  | { readonly for: 'preflight'; readonly host: string; readonly report: HostReport }
  | {
      /** Facts and script conditions a step needs before it is opened, looked at afresh. */
      readonly for: 'open';
      readonly step: string;
      readonly phase: Phase;
      readonly host: string;
      readonly facts: Readonly<Record<string, FactValue>>;
      readonly when?: ReadResult;
      readonly unreachable?: Trouble;
    }
  | {
      readonly for: 'look';
      readonly step: string;
      readonly host: string;
      readonly item: string;
      readonly look: LookReport;
    }
  | {
      /**
       * A check, the last poll of a wait, `verify` as an expression after its job; `settle`: `done_when` and `verify` of
       * a job whose end was not seen and of which nothing lives on.
       */
      readonly for: 'check' | 'wait' | 'verify' | 'settle';
      readonly step: string;
      readonly phase: Phase;
      readonly host: string;
      readonly item: string;
      readonly attempt: number;
      readonly facts: Readonly<Record<string, FactValue>>;
      /** The script of a check or a wait; of `settle`: `verify` as a script. */
      readonly condition?: ReadResult;
      /** Of `settle`: the probe, which is `done_when` as a script. */
      readonly probe?: ReadResult;
      readonly unreachable?: Trouble;
    }
  /** The host's lock: `held` says by which run, in whose words; absent: it is ours. */
  | { readonly for: 'lock'; readonly host: string; readonly held?: string; readonly trouble?: Trouble };

/** A fact's value on a host, or why it could not be had. Keys are `host fact` where another host's fact is read. */
export type FactValue = { readonly value: Json } | { readonly trouble: Trouble };

export type DecisionKind = 'retry' | 'skip' | 'rollback' | 'abort' | 'continue';

export interface Decision {
  readonly kind: DecisionKind;
  /** `p2`; none: the open one is meant. */
  readonly prompt?: string;
}

export type EventBody =
  | {
      readonly type: 'run_requested';
      readonly plan: Plan;
      readonly mode: Mode;
      readonly by: Actor;
      readonly where: Where;
      /** Overrides every step's `on_failure: prompt` (the CLI's --on-failure). */
      readonly on_failure?: 'prompt' | 'rollback' | 'abort';
    }
  | { readonly type: 'run_started'; readonly worker: string; readonly epoch: number }
  | ({ readonly type: 'observed' } & Observation)
  | {
      readonly type: 'step_opened';
      readonly step: string;
      readonly phase: Phase;
      readonly tasks: readonly OpenedTask[];
    }
  | { readonly type: 'job_started'; readonly job: JobKey; readonly boot_id: string; readonly pid: number }
  | {
      readonly type: 'job_finished';
      readonly job: JobKey;
      readonly outcome: Outcome;
      readonly reached: Reached;
      readonly exit_code: number | null;
      readonly duration_ms: number;
      readonly bytes: { readonly out: number; readonly err: number };
      /** Hex SHA-256 of the log: the bytes of `out`, then those of `err`. */
      readonly sha256: string;
      readonly captured: { readonly stdout: Captured; readonly stderr: Captured };
      /** Processes of the job that were still alive at its end. */
      readonly survivors: number;
      /** True where the host cut output past the step's cap. */
      readonly cut: boolean;
      /** In words, where the outcome needs any (`unknown`, `unreachable`). */
      readonly why?: Trouble;
      /** Of an unknown job: whether its process lives, where that could be asked. */
      readonly alive?: boolean;
    }
  | {
      /** An `unknown` job was looked at again; with outcome `unknown` it still is. */
      readonly type: 'job_settled';
      readonly job: JobKey;
      readonly outcome: Outcome;
      readonly by: 'host' | 'checks' | 'person';
      readonly evidence: string;
      readonly alive?: boolean;
    }
  | {
      readonly type: 'step_skipped';
      readonly step: string;
      readonly prompt: string;
      readonly tasks: readonly TaskKey[];
    }
  | {
      readonly type: 'prompt_opened';
      readonly prompt: string;
      readonly step: string;
      readonly phase: Phase;
      /** Tasks that did not end well. */
      readonly tasks: readonly TaskKey[];
      readonly answers: readonly DecisionKind[];
    }
  | {
      readonly type: 'decision_made';
      readonly decision: DecisionKind;
      readonly prompt?: string;
      readonly by: Actor;
      /** Id of the comment that decided. */
      readonly comment?: number;
    }
  | { readonly type: 'rollback_started'; readonly because: string }
  | { readonly type: 'run_finished'; readonly status: RunStatus; readonly because?: string };

export type EventType = EventBody['type'];

/** What the journal adds to an event: its number from 1, its time, its run, and the hash of the line before. */
export interface Stamp {
  readonly seq: number;
  readonly at: Instant;
  readonly run: RunId;
  /** Lower-case hex SHA-256 of the line before without its newline; 64 zeros at first. */
  readonly prev: string;
}

export type RunEvent = Stamp & EventBody;

/** What was seen on hosts for one purpose, as the journal holds it. */
export type ObservedFor<F extends Observation['for']> = Extract<Observation, { readonly for: F }>;

/** One attempt at a task as the state keeps it. */
export interface Attempt {
  readonly attempt: number;
  /** When it was due: its step's opening, or the decision to retry. A wait counts from here. */
  readonly dueAt: Instant;
  /** The run's epoch then: under a later one, the worker before may have started the job without a word of it. */
  readonly epoch: number;
  /** True where nobody asked for it: the retry of an unknown, idempotent job. */
  readonly byItself?: true;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  readonly outcome?: Outcome;
  readonly finished?: Extract<EventBody, { type: 'job_finished' }>;
  readonly settled?: Extract<EventBody, { type: 'job_settled' }>;
  /** How often an unknown job was looked at again. */
  readonly looks: number;
  /** Whether an unknown job's process lives, by the last look that could tell. */
  readonly alive?: boolean;
  /** `done_when` and `verify` of an unknown job were looked at: whether both hold, and what was seen. */
  readonly checks?: { readonly hold: boolean; readonly evidence: string };
}

export interface TaskState extends OpenedTask {
  readonly step: string;
  readonly phase: Phase;
  readonly attempts: readonly Attempt[];
  /** Set once the task is settled. */
  readonly outcome?: Outcome;
  /** In words, for people: why it failed, what a check found. */
  readonly detail?: string;
  /** A look or a last condition result, for the thread. */
  readonly look?: LookReport;
  readonly lastRead?: ReadResult;
  /** Passed over by a person, by their prompt's id. */
  readonly skippedAt?: string;
  /** An unknown job that a rollback will look at once more before it undoes it. */
  readonly lookAgain?: true;
}

export interface StepState {
  readonly id: string;
  readonly phase: Phase;
  readonly status: 'pending' | 'opening' | 'open' | 'done';
  /** Where it is taken; of a rollback, where there is something to undo. */
  readonly hosts: readonly string[];
  readonly openedAt?: Instant;
  readonly endedAt?: Instant;
  readonly tasks: readonly TaskState[];
  /** What was read for its opening, by host. */
  readonly reads: Readonly<Record<string, ObservedFor<'open'>>>;
}

export interface PromptState {
  readonly id: string;
  readonly step: string;
  readonly phase: Phase;
  readonly tasks: readonly TaskKey[];
  readonly answers: readonly DecisionKind[];
  readonly openedAt: Instant;
  readonly answer?: { readonly decision: DecisionKind; readonly by: Actor; readonly at: Instant };
}

export interface RunState {
  readonly run: RunId;
  readonly mode: Mode;
  readonly plan: Plan;
  readonly by: Actor;
  readonly where: Where;
  readonly onFailure: 'prompt' | 'rollback' | 'abort' | undefined;
  readonly status: RunStatus;
  readonly requestedAt: Instant;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  readonly worker?: string;
  readonly epoch: number;
  readonly hosts: Readonly<Record<string, HostReport>>;
  /** The plan's steps, then those of the rollback, in the order in which they are taken. */
  readonly steps: readonly StepState[];
  readonly undo: readonly StepState[];
  readonly prompts: readonly PromptState[];
  readonly rollback?: { readonly because: string; readonly at: Instant };
  /** Somebody decided to abort; jobs are being stopped. */
  readonly aborting?: { readonly by: Actor; readonly at: Instant };
  /** Why the run ended as it did, or what blocks it. */
  readonly because?: string;
  /** Set while the run waits for a host that another run holds: `host: held by …`. */
  readonly waitingFor?: string;
  readonly locked: readonly string[];
  /** Preflight's findings, `host: trouble`; a run with any never touches a host. */
  readonly blocked: readonly Trouble[];
  readonly lastAt: Instant;
  readonly seq: number;
  /** Hash of the last line: the chain's head. */
  readonly head: string;
}

/** Something the engine shall bring about. Keyed by content: the same state gives the same effects. */
export type Effect =
  /** Take the host's lock; hosts are taken one after the other, in the order of their names. */
  | { readonly do: 'lock'; readonly host: string }
  | { readonly do: 'preflight'; readonly host: string }
  | {
      readonly do: 'observe';
      readonly for: 'open' | 'check' | 'wait' | 'verify' | 'settle';
      readonly step: string;
      readonly phase: Phase;
      readonly host: string;
      readonly item: string;
      readonly attempt: number;
      /** Facts to read, as `fact` of this host or `host fact` of another. */
      readonly facts: readonly string[];
      /** Of a wait: poll every so many ms until it holds (`waitHolds`) or this time has come, then record the last look. */
      readonly poll?: { readonly everyMs: number; readonly deadline: Instant };
    }
  | { readonly do: 'look'; readonly step: string; readonly host: string; readonly item: string }
  | { readonly do: 'ensure_job'; readonly job: JobKey }
  /** Look again at an unknown job: its exit, its process, or win its never having started. */
  | { readonly do: 'settle'; readonly job: JobKey }
  | { readonly do: 'kill'; readonly job: JobKey }
  | { readonly do: 'record'; readonly event: EventBody };
