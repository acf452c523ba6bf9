import type { Json } from '../language/types.ts';
import type { Holder, Instant, NotedRun, Phase, RunId, Trouble } from './types.ts';

/** Result of a read-only script: a fact, a condition, a probe. */
export interface ReadResult {
  readonly exit_code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a preflight found on one host. Of a host that did not answer there is nothing but troubles. */
export interface HostReport {
  readonly troubles: readonly Trouble[];
  /** What is wrong with the run's secrets. They are no host's, and each report says the same. */
  readonly secrets?: readonly Trouble[];
  /** What is in the way of who asked for the run, which has waited meanwhile. Each report says the same. */
  readonly asked?: readonly Trouble[];
  readonly machine_id?: string;
  /** Of a machine without a machine id: its boot id, the start time of its process 1, and which folder its root is. */
  readonly instance?: string;
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
      /** Set: `when`, as a script, with this item of the step's loop. */
      readonly item?: string;
      readonly facts: Readonly<Record<string, FactValue>>;
      readonly when?: ReadResult;
      readonly unreachable?: Trouble;
    }
  | {
      /** Facts by which a step chooses its hosts; `foresee`: before anything is changed, to tell what is wrong with it. */
      readonly for: 'choose' | 'foresee';
      readonly step: string;
      readonly phase: Phase;
      readonly host: string;
      readonly facts: Readonly<Record<string, FactValue>>;
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
  | {
      /** By what a host runs, before it is told to restart: its boot id and the start time of its process 1. */
      readonly for: 'boot';
      readonly step: string;
      readonly phase: Phase;
      readonly host: string;
      readonly item: string;
      readonly attempt: number;
      /** Absent: it could not be read. */
      readonly boot?: string;
      readonly unreachable?: Trouble;
    }
  | {
      /** How it stands since, whenever that is otherwise than before, and when its time is up. */
      readonly for: 'restart';
      readonly step: string;
      readonly phase: Phase;
      readonly host: string;
      readonly item: string;
      readonly attempt: number;
      readonly facts: Readonly<Record<string, FactValue>>;
      readonly boot?: string;
      /** The script of `until`. */
      readonly condition?: ReadResult;
      readonly unreachable?: Trouble;
    }
  /** It is later than `due`, for which something waited. */
  | { readonly for: 'wake'; readonly due: Instant }
  | {
      /** The host's lock: `held` says by whom, in words; absent: it is ours. */
      readonly for: 'lock';
      readonly host: string;
      readonly held?: string;
      readonly holder?: Holder;
      /** Runs that wait for it too, and come before this one. */
      readonly ahead?: readonly NotedRun[];
      /** It was given back here for this run, which had ended and could not tell the host so. */
      readonly left_by?: RunId;
      readonly trouble?: Trouble;
    }
  | {
      /** What the run locks beside its hosts: `held` says by whom, in words; absent: it is ours. */
      readonly for: 'lock_name';
      readonly name: string;
      readonly held?: string;
      readonly holder?: Holder;
      readonly ahead?: readonly NotedRun[];
    }
  | {
      /**
       * By a person's word another run was barred from the host: nothing of it can ever start there again. `alive`: its
       * processes that live there, so that its lock was not taken from it; `trouble`: the host could not be told.
       */
      readonly for: 'bar';
      readonly host: string;
      readonly holder: RunId;
      readonly alive?: readonly string[];
      readonly trouble?: Trouble;
    }
  /** This run was barred from a host by another one's `bar`: which, and by whose word. */
  | { readonly for: 'barred'; readonly host: string; readonly by: RunId; readonly who: string }
  /** The host's lock was given back while a person is asked; `trouble`: it could not be, so it is ours still. */
  | { readonly for: 'unlock'; readonly host: string; readonly trouble?: Trouble };

/** A fact's value on a host, or why it could not be had. Keys are `host fact` where another host's fact is read. */
export type FactValue = { readonly value: Json } | { readonly trouble: Trouble };

/** What was read on a host to choose a step's hosts. */
export type ChoiceRead = ObservedFor<'choose' | 'foresee'>;

/** What was seen on hosts for one purpose, as the journal holds it. */
export type ObservedFor<F extends Observation['for']> = Extract<Observation, { readonly for: F }>;
