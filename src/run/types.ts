import type { Json, Script } from '../language/types.ts';

export type { EventBody, RunEvent } from './events.ts';
export type {
  ChoiceRead,
  FactValue,
  HostReport,
  LookReport,
  Observation,
  ObservedFor,
  ReadResult,
} from './observations.ts';
export type {
  Attempt,
  Effect,
  Ending,
  Guards,
  PromptState,
  Restarting,
  RunState,
  StepState,
  TaskState,
} from './state.ts';

/** `YYYYMMDD-xxxx`: UTC day of the request, four of `0-9a-z` without `ilou`. */
export type RunId = string;
/** ISO 8601 UTC with milliseconds. */
export type Instant = string;

export type Mode = 'apply' | 'dryrun';

export type Outcome = 'ok' | 'changed' | 'skipped' | 'failed' | 'timed_out' | 'unreachable' | 'unknown' | 'aborted';

export type RunStatus =
  | 'planned'
  | 'queued'
  | 'awaiting_approval'
  | 'running'
  | 'waiting'
  | 'paused'
  | 'rolling_back'
  | 'succeeded'
  | 'failed'
  | 'rolled_back'
  | 'aborted';

export type Phase = 'apply' | 'undo';

/** Who has something, why, since when, and where that is talked about: for those who wait for it. */
export interface LockNote {
  readonly who: string;
  readonly why: string;
  readonly since: Instant;
  /** `acme/ops#1`, or `a terminal`. */
  readonly where: string;
  /** Address of the comment that asked for it. */
  readonly link?: string;
}

/** A run as those know it who want what it has, or wait where it waits. */
export interface NotedRun {
  readonly run: RunId;
  readonly note?: LockNote;
}

/** How a run stands that has what another waits for. */
export type Standing =
  /** Somebody works on it, who lives. */
  | { readonly kind: 'works' }
  /** It waits for a person: at this prompt, or without one to be approved. */
  | { readonly kind: 'asks'; readonly prompt?: string }
  /** It has ended, and its end could not be told where its lock is. */
  | { readonly kind: 'over'; readonly status: RunStatus }
  /** It has not ended, waits for nobody, and nobody works on it. */
  | { readonly kind: 'left'; readonly since: Instant }
  /** Whether who works on it lives cannot be told from here, and its record has long not moved. */
  | { readonly kind: 'unsure'; readonly since: Instant }
  /** Its record is damaged. */
  | { readonly kind: 'unread'; readonly why: string }
  /** It is in another journal than this one. */
  | { readonly kind: 'foreign' };

/** Who has what a run waits for. */
export type Holder =
  | (NotedRun & {
      readonly kind: 'run';
      readonly stands: Standing;
      /** Its processes that live on the host, as they are named to people. */
      readonly alive?: readonly string[];
      /** Only a person can tell whether it will ever give it back. */
      readonly ask?: true;
      /** It was to be barred from the host, which could not be done. */
      readonly unbarred?: Trouble;
    })
  /** A person has locked it, by this name. */
  | { readonly kind: 'person'; readonly name: string; readonly note: LockNote };

/** What a run waits for, who has it, and which runs come before this one. */
export interface Waiting {
  readonly what: 'host' | 'name';
  readonly name: string;
  /** By whom it is held, in words. */
  readonly held: string;
  readonly holder?: Holder;
  readonly ahead?: readonly NotedRun[];
}

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

/** As whom Changeover speaks in an issue: its GitHub App by its id or, with a plain token, a login. */
export type Speaker = { readonly app: number } | { readonly login: string };

/** Where the run is talked about. */
export type Where =
  | {
      readonly kind: 'issue';
      readonly owner: string;
      readonly repo: string;
      readonly issue: number;
      /** Id of the comment that asked. */
      readonly comment: number;
      /** Address of that comment. */
      readonly link?: string;
      /** What that comment stands for where it is Changeover's own: `issue-7`, the issue's text; `dispatch-123`, an input of that workflow run. */
      readonly stands_for?: string;
      /** Whose comments are the run's words, so that nobody else's are ever taken for them. */
      readonly speaker?: Speaker;
    }
  | { readonly kind: 'terminal' };

/** Output as kept in the journal: whole, or its head and tail with the bytes left out between them. */
export type Captured =
  { readonly text: string } | { readonly head: string; readonly tail: string; readonly omitted_bytes: number };

/** How far a job came. A job that failed before `apply` has changed nothing. */
export type Reached = 'prepare' | 'probe' | 'keep' | 'apply' | 'verify';

/** Why a run is blocked or a step could not be opened, in words that say what to do. */
export type Trouble = string;

/** A task as it was resolved at its step's start. A started step is never resolved again. */
export interface OpenedTask {
  readonly host: string;
  readonly item: string;
  /** Of a step with a loop: what `item` is, and its name where the loop is a map. */
  readonly item_value?: Json;
  readonly item_key?: string;
  /**
   * Set: it is not run. `when` did not hold, `done_when` (as an expression) held, there is nothing to loop over; `unseen`: in a
   * record made anew, the run has gone past it and nothing on the host tells of it.
   */
  readonly skip?: 'when' | 'done' | 'empty' | 'unseen';
  /** In a record made anew: with which values it was done is not known any more, so it is not done again, nor undone by them. */
  readonly lost?: true;
  /** Set: it could not be resolved (a missing fact, an undetermined value). */
  readonly trouble?: Trouble;
  /** With `trouble`: the host did not answer, so the task never began. */
  readonly unreachable?: true;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly chdir?: string;
  /** Of a `say` step and of a check's `fail_msg`. */
  readonly text?: string;
  /** Where in a `say` step's text values of params, facts and steps stand: from, and up to but not including, in UTF-16 units. */
  readonly inserted?: readonly (readonly [number, number])[];
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
  /** Hash of the journal's last event when the job is ordered, 64 hex: what its folder says of the record it belongs to. */
  readonly head: string;
  readonly job: JobKey;
  /** Jobs that this host will probably be given next: it may make their folders beforehand. That starts nothing. */
  readonly ahead?: readonly JobKey[];
  readonly stdin?: string;
  /** Further variables, of `apply` alone: never written to the host's disk. */
  readonly secrets?: Readonly<Record<string, string>>;
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
  /**
   * The host refuses: the run is closed there, or the attempt before is not settled. `unseen`: whether the job had begun
   * before was not looked at.
   */
  | { readonly kind: 'refused'; readonly why: string; readonly unseen?: true }
  /** No connection could be had, and nothing had been sent. */
  | { readonly kind: 'unreachable'; readonly why: string }
  /** It may have started; its end was not seen. `alive`: whether its process is, where that could be asked. */
  | { readonly kind: 'unknown'; readonly why: string; readonly alive?: boolean };

/** To pause is to ask for a prompt. */
export type DecisionKind = 'retry' | 'skip' | 'rollback' | 'abort' | 'continue' | 'pause';

/** What a prompt can be answered with. An approval names the plan, so that it is a word of its own. */
export type AnswerKind = Exclude<DecisionKind, 'pause'> | 'approve';

export type Decision = Choice | Agreement;

/** Somebody agrees to the plan that they name by the first digits of its digest. */
export interface Agreement extends Omit<Choice, 'kind'> {
  readonly kind: 'approve';
  readonly digest: string;
}

/** Whose agreement is wanted: rights and logins, and of how many people. */
export interface ApprovalRule {
  readonly by: readonly string[];
  readonly count: number;
}

/** A run that proves another: where, which, and when it ended. */
export interface Rehearsed {
  readonly environment: string;
  readonly run: RunId;
  readonly at: Instant;
}

/** An agreement as it was given; without `prompt` to the start of the run. */
export interface Approval {
  readonly by: Actor;
  readonly at: Instant;
  readonly digest: string;
  readonly prompt?: string;
  readonly comment?: number;
}

/** What the hosts of a run hold of its request, so that its record can be made anew from them. */
export interface RunNote {
  readonly verb: string;
  readonly system: string;
  readonly plan_digest: string;
  readonly procedure_digest: string;
  readonly commit: string | null;
  readonly by: Actor;
  readonly where: Where;
  /** When the run was asked for. */
  readonly at: Instant;
  readonly on_failure?: 'prompt' | 'rollback' | 'abort';
  readonly rehearsed?: Rehearsed;
  /** Those that its start needed. */
  readonly approvals: readonly Approval[];
}

export interface Choice {
  readonly kind: DecisionKind;
  /** `p2`; none: the open one is meant. */
  readonly prompt?: string;
  /** Of an abort: only while nothing of the run has begun. */
  readonly unbegun?: true;
  /** When it came in: one that names no prompt cannot be meant for a prompt opened later. Absent: just now. */
  readonly heardAt?: Instant;
}
