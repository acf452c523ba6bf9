import type { Plan } from '../plan/types.ts';
import type {
  Actor,
  AnswerKind,
  Captured,
  DecisionKind,
  Instant,
  JobKey,
  Mode,
  Observation,
  OpenedTask,
  Outcome,
  Phase,
  Reached,
  Rehearsed,
  RunId,
  RunStatus,
  TaskKey,
  Trouble,
  Waiting,
  Where,
} from './types.ts';

/** That a record was made anew of what hosts held, as the first one was lost. */
export interface Rebuilt {
  readonly from: 'hosts';
  readonly at: Instant;
  readonly hosts: readonly string[];
  /** Later than any that its hosts had seen. */
  readonly epoch: number;
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
      /** The run that proves this one, where its environment requires that. */
      readonly rehearsed?: Rehearsed;
      /** Of a dry run: why a real one would not be started at this moment. */
      readonly not_now?: readonly Trouble[];
      readonly rebuilt?: Rebuilt;
    }
  | {
      readonly type: 'run_approved';
      /** The digits of the plan's digest that were typed. */
      readonly digest: string;
      /** Absent: the start of the run was approved. */
      readonly prompt?: string;
      readonly by: Actor;
      /** Id of the comment that approved. */
      readonly comment?: number;
    }
  | {
      readonly type: 'run_started';
      readonly worker: string;
      readonly epoch: number;
      /** So many bytes of an event that a crash had cut off, and that had never counted, were removed from the record's end. */
      readonly cut_bytes?: number;
    }
  /** It was told to end, and gives the run back as it is: jobs go on on their hosts. */
  | { readonly type: 'worker_stopped'; readonly worker: string }
  | ({ readonly type: 'observed' } & Observation)
  | {
      readonly type: 'step_opened';
      readonly step: string;
      readonly phase: Phase;
      readonly tasks: readonly OpenedTask[];
      /** The hosts that its facts chose, for good; empty where that could not be decided: then `tasks` tell why. */
      readonly chosen?: readonly string[];
      /** Its hosts as they are taken one batch after the other. */
      readonly batches?: readonly (readonly string[])[];
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
      /** The record was made anew, and what the job printed was not to be had any more. */
      readonly output_lost?: true;
    }
  | {
      /** An `unknown` job was looked at again; with outcome `unknown` it still is. */
      readonly type: 'job_settled';
      readonly job: JobKey;
      readonly outcome: Outcome;
      readonly by: 'host' | 'checks';
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
      /** `-` where it is about a lock. */
      readonly step: string;
      readonly phase: Phase;
      /** Tasks that did not end well. */
      readonly tasks: readonly TaskKey[];
      readonly answers: readonly AnswerKind[];
      /** What was found wrong when the hosts, which others could have meanwhile, were looked at again. */
      readonly found?: readonly Trouble[];
      /** The step cannot be undone, and the window in which it may be done is closed. */
      readonly closed?: true;
      /** The record was made anew: somebody has to look before the run goes on. */
      readonly rebuilt?: true;
      /** Nothing is wrong: somebody has asked for a pause, and this is the step that would begin. */
      readonly paused?: true;
      /** What the run waits for is held by another that may never give it back. */
      readonly lock?: Waiting;
    }
  | {
      readonly type: 'decision_made';
      readonly decision: DecisionKind;
      readonly prompt?: string;
      readonly by: Actor;
      /** Id of the comment that decided. */
      readonly comment?: number;
    }
  | {
      readonly type: 'rollback_started';
      readonly because: string;
      /** All steps of a rehearsal went well, and so it is taken back. */
      readonly rehearsed?: true;
    }
  /** The run will end so; what is always done at its end is done first. */
  | { readonly type: 'always_started'; readonly status: RunStatus; readonly because?: string }
  | { readonly type: 'run_finished'; readonly status: RunStatus; readonly because?: string };

/** What the journal adds to an event: its number from 1, its time, its run, and the hash of the line before. */
interface Stamp {
  readonly seq: number;
  readonly at: Instant;
  readonly run: RunId;
  /** Lower-case hex SHA-256 of the line before without its newline; 64 zeros at first. */
  readonly prev: string;
}

export type RunEvent = Stamp & EventBody;
