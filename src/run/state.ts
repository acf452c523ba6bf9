import type { ExpectedRow } from './expected.ts';
import type { Rebuilt } from './events.ts';
import type { Plan } from '../plan/types.ts';
import type {
  Actor,
  AnswerKind,
  Approval,
  ChoiceRead,
  EventBody,
  HostReport,
  Instant,
  JobKey,
  LookReport,
  Mode,
  ObservedFor,
  OpenedTask,
  Outcome,
  Phase,
  ReadResult,
  Rehearsed,
  RunId,
  RunStatus,
  TaskKey,
  Trouble,
  Waiting,
  Where,
} from './types.ts';

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
  /** What an `expect` wanted and found. */
  readonly rows?: readonly ExpectedRow[];
  /** A condition that held in its turn is looked at again, as others could have had the hosts. */
  readonly again?: true;
}

/** How a host that was told to restart stands. */
export interface Restarting {
  /**
   * `before`: it still runs by the boot of before. `away`: it does not answer. `back`: it has started anew, and `until` does
   * not hold. `well`: it does. `held`: it has stayed so for as long as it must.
   */
  readonly stage: 'before' | 'away' | 'back' | 'well' | 'held';
  readonly since: Instant;
  /** By what it runs, once it is back. */
  readonly boot?: string;
  /** How often it has been seen to start anew. */
  readonly times: number;
  /** Why it is not `well`, in words. */
  readonly why?: string;
  /** Its lock, which it may have lost with its disk's last seconds, is ours since. */
  readonly locked?: true;
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
  /** By what its host ran before it was told to restart. Once known it stays, whatever is tried again. */
  readonly boot?: string;
  readonly restart?: Restarting;
  /** Passed over by a person, by their prompt's id. */
  readonly skippedAt?: string;
  /** Done by a person's hand, as they said at this prompt. */
  readonly doneAt?: string;
  /** At the run's end: it was not begun beside a job on its host whose end nobody saw. */
  readonly behind?: true;
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
  /** `when` as a script for each item of a loop, by host and item. */
  readonly itemReads?: Readonly<Record<string, Readonly<Record<string, ObservedFor<'open'>>>>>;
  /** How often a host has not answered when it was read for the opening, and when it last did not. */
  readonly unanswered?: Readonly<Record<string, { readonly times: number; readonly at: Instant }>>;
  /** What was read to choose its hosts, by host; and before the first change, to foresee that. */
  readonly choices?: Readonly<Record<string, ChoiceRead>>;
  readonly foreseen?: Readonly<Record<string, ChoiceRead>>;
  /** Those among which it chooses, once it has; `hosts` are then the chosen ones. */
  readonly candidates?: readonly string[];
  readonly chosen?: readonly string[];
  /** Its hosts in the batches in which they are taken. */
  readonly batches?: readonly (readonly string[])[];
  /** It cannot be undone, and waits for the window before any of it begins. */
  readonly held?: true;
}

/** Who decided, and when. */
export interface Asked {
  readonly by: Actor;
  readonly at: Instant;
}

export interface PromptState {
  readonly id: string;
  readonly step: string;
  readonly phase: Phase;
  readonly tasks: readonly TaskKey[];
  readonly answers: readonly AnswerKind[];
  /** What was found wrong when the hosts, which others could have meanwhile, were looked at again. */
  readonly found?: readonly Trouble[];
  /** The step waits for the window. */
  readonly closed?: true;
  /** Somebody has to look at a record that was made anew. */
  readonly rebuilt?: true;
  /** Somebody has asked for a pause, and this is the step that would begin. */
  readonly paused?: Asked;
  /** What the run waits for is held by another that may never give it back. */
  readonly lock?: Waiting;
  /** Of an approval: the digits that name the plan. */
  readonly digest?: string;
  readonly openedAt: Instant;
  /** Hash of the event by which it was opened: the journal's head at that moment. */
  readonly head: string;
  readonly answer?: { readonly decision: AnswerKind; readonly by: Actor; readonly at: Instant };
}

/** Hosts are being taken again, and unless it goes backwards, all that must hold before a change is looked at again. */
export interface Guards {
  /** The step at which the person was asked. */
  readonly step: string;
  /** What they decided: it is done once nothing is found wrong. */
  readonly then: 'continue' | 'skip' | 'rollback';
  readonly troubles: readonly Trouble[];
}

/** What was known of a run's end when the steps of `always` began. */
export interface Ending {
  readonly status: RunStatus;
  readonly because?: string;
  readonly at: Instant;
  /** Somebody aborted the run, and so it came to its end. */
  readonly aborted?: Asked;
  /** Hosts that others could have meanwhile and that could not be taken again, with the reason. */
  readonly without: Readonly<Record<string, Trouble>>;
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
  readonly rebuilt?: Rebuilt;
  /** The run that proves this one, where its environment requires that. */
  readonly rehearsed?: Rehearsed;
  /** Of a dry run: why a real one would not be started at that moment. */
  readonly notNow?: readonly Trouble[];
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  readonly worker?: string;
  /** The last worker was told to end, and nobody has taken the run up since. */
  readonly stopped?: { readonly worker: string; readonly at: Instant };
  readonly epoch: number;
  readonly hosts: Readonly<Record<string, HostReport>>;
  /** The plan's steps, then those of the rollback, in the order in which they are taken. */
  readonly steps: readonly StepState[];
  readonly undo: readonly StepState[];
  /** Those of `rollback`, taken after the last undo; and those of `always`, taken at the run's end. */
  readonly after: readonly StepState[];
  readonly always: readonly StepState[];
  readonly prompts: readonly PromptState[];
  /** In the order in which they were given. */
  readonly approvals: readonly Approval[];
  /** `rehearsed`: all steps went well, and it is taken back as it was a rehearsal. */
  readonly rollback?: { readonly because: string; readonly at: Instant; readonly rehearsed?: true };
  /** Somebody decided to abort; jobs are being stopped. */
  readonly aborting?: Asked;
  /** Somebody has asked for a pause: the next step is not begun. */
  readonly pausing?: Asked;
  /** How the run will end, once what is always done at its end is done. */
  readonly ending?: Ending;
  /** Why the run ended as it did, or what blocks it. */
  readonly because?: string;
  /** Set while the run waits for a host, or a name, that another has. */
  readonly waitingFor?: Waiting;
  /** A person has said that the run which holds this host is over there; it is being barred from it. */
  readonly barring?: { readonly host: string; readonly run: RunId };
  /** Hosts whose locks were given back here for runs that had ended, by host. */
  readonly leftBy: Readonly<Record<string, RunId>>;
  /** Hosts from which this run was barred by another: by which, and by whose word. It ends, and begins nothing more. */
  readonly barredFrom?: Readonly<Record<string, { readonly by: RunId; readonly who: string }>>;
  readonly locked: readonly string[];
  /** What it has locked beside hosts; they stay so to the run's end. */
  readonly lockedNames: readonly string[];
  /** Hosts that others may have while a person is asked; they are taken again before anything goes on. */
  readonly released: readonly string[];
  /** Why a host was not released, nor those before it; `host: why`. */
  readonly notReleased?: Trouble;
  /** Set from the answer of a person who was asked with the hosts released until it is followed. */
  readonly guards?: Guards;
  /** Preflight's findings, `host: trouble`; a run with any never touches a host. */
  readonly blocked: readonly Trouble[];
  readonly lastAt: Instant;
  readonly seq: number;
  /** Hash of the last line: the chain's head. And of the first, by which the run was asked for. */
  readonly head: string;
  readonly firstHead: string;
}

/** Something the engine shall bring about. Keyed by content: the same state gives the same effects. */
export type Effect =
  /** Take the host's lock; hosts are taken one after the other, in the order of their names. */
  | { readonly do: 'lock'; readonly host: string }
  /** Take a name that the plan locks; before any host, and in their order too. */
  | { readonly do: 'lock_name'; readonly name: string }
  /** Give it back: others may have the host until the run takes it again. */
  | { readonly do: 'unlock'; readonly host: string }
  /** Another run, which holds the host, never starts anything there again, and loses its lock. */
  | { readonly do: 'bar'; readonly host: string; readonly run: RunId }
  | { readonly do: 'preflight'; readonly host: string }
  | {
      readonly do: 'observe';
      readonly for: 'open' | 'choose' | 'foresee' | 'check' | 'wait' | 'verify' | 'settle' | 'boot' | 'restart';
      readonly step: string;
      readonly phase: Phase;
      readonly host: string;
      readonly item: string;
      readonly attempt: number;
      /** Facts to read, as `fact` of this host or `host fact` of another. */
      readonly facts: readonly string[];
      /**
       * Poll every so many ms until it holds (`waitHolds`), a restarting host stands otherwise (`standsOtherwise`), or this time has
       * come; then record the last look.
       */
      readonly poll?: { readonly everyMs: number; readonly deadline: Instant };
    }
  /** Wait until then, and say so. */
  | { readonly do: 'wake'; readonly at: Instant }
  | { readonly do: 'look'; readonly step: string; readonly host: string; readonly item: string }
  | { readonly do: 'ensure_job'; readonly job: JobKey }
  /** Look again at an unknown job: its exit, its process, or win its never having started. */
  | { readonly do: 'settle'; readonly job: JobKey }
  | { readonly do: 'kill'; readonly job: JobKey }
  | { readonly do: 'record'; readonly event: EventBody };
