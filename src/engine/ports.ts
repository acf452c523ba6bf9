import type { PlanHost } from '../plan/types.ts';
import type {
  Actor,
  Captured,
  EventBody,
  HostReport,
  Instant,
  JobKey,
  JobOrder,
  JobReport,
  LockNote,
  NotedRun,
  ReadResult,
  RunEvent,
  RunId,
  RunNote,
  RunState,
  Setting,
  Where,
} from '../run/types.ts';

export type { JobReport } from '../run/types.ts';
import type { Reach } from '../run/preflight.ts';
import type { Right } from '../language/rights.ts';
import type { Script } from '../language/types.ts';

/** Takes a job's output, stream by stream, in order, each byte once. */
export interface LogSink {
  /** Bytes already kept, where following goes on. */
  offsets(): { readonly out: number; readonly err: number };
  /** Resolves when there is room for more (backpressure). */
  write(stream: 'out' | 'err', bytes: Uint8Array): Promise<void>;
}

export type Answer<T> =
  { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'unreachable'; readonly why: string };

/** A job folder found on a host. */
export interface FoundJob {
  readonly job: JobKey;
  readonly state: 'prepared' | 'void' | 'running' | 'ended' | 'gone';
  /** The head that its order named; absent where nothing has claimed it. */
  readonly head?: string;
  /** The process that claimed it, in which boot, and since when process 1 ran then (`-` where that could not be seen). */
  readonly claim?: { readonly pid: number; readonly bootId: string; readonly init: string };
  /** How it ended, where it has. */
  readonly report?: Extract<JobReport, { readonly kind: 'finished' }>;
}

/** What a host holds of a run. */
export interface FoundRun {
  readonly jobs: readonly FoundJob[];
  /** It is closed there; `head` is the one that its mark holds. */
  readonly closed?: { readonly head?: string };
  /** The highest epoch raised there; 0 where none was. */
  readonly epoch?: number;
  /** What its lock left there of the run; `unreadable` where that is no note of ours. */
  readonly note?: RunNote | 'unreadable';
  /** It was barred from there by another run, and by whose word. */
  readonly barred?: { readonly by: RunId; readonly who: string };
}

/** Whether a host's lock is ours; else who has it, or what is wrong with it, in words. */
export interface Locked {
  readonly held?: string;
  readonly by?: NotedRun;
}

export interface PreflightNeeds {
  readonly run: RunId;
  /** Programs that the plan's actions used need. */
  readonly programs: readonly string[];
  /** Users to become by `sudo -n`. */
  readonly becomeUsers: readonly string[];
  /** Scripts whose form `sh -n` or `bash -n` checks, with a name for the message. */
  readonly scripts: readonly { readonly name: string; readonly script: Script }[];
  /** Other hosts that this one must reach by its own SSH trust, and as which of its users. */
  readonly reaches?: readonly Reach[];
}

/** What of a step a look finds missing on a host. */
export interface Sight {
  readonly missingPrograms: readonly string[];
  readonly chdirMissing: boolean;
  readonly sudoMissing: boolean;
}

/** One host of a run. Connects when first needed and again when the link is lost; never throws for the host's faults. */
export interface Host {
  preflight(needs: PreflightNeeds): Promise<Answer<HostReport>>;
  /**
   * Takes or keeps the host's lock for the run; `held` is absent once it is ours.
   * @param told is left with it in the run's folder, should the journal be lost
   */
  lock(run: RunId, note: LockNote, told?: RunNote): Promise<Answer<Locked>>;
  /** Who has the host; nothing where nobody does. */
  holder(): Promise<Answer<Locked>>;
  /** Its processes that live there, as they are named to people. */
  living(run: RunId): Promise<Answer<readonly string[]>>;
  /**
   * Another run never starts anything there again, and loses its lock: unless something of it lives, which is named; then
   * the lock stays its own.
   */
  bar(run: RunId, by: { readonly run: RunId; readonly who: string }): Promise<Answer<readonly string[]>>;
  /** Gives the host's lock back, if it is the run's; `fenced`: the later epoch by which another worker has taken the run over. */
  unlock(run: RunId, epoch: number): Promise<Answer<{ readonly fenced?: number }>>;
  /** Raises the run's epoch on the host; what claims later under an older one voids itself. */
  raiseEpoch(run: RunId, epoch: number): Promise<Answer<null>>;
  /** A read-only script (fact, condition, probe), bounded in time and output. */
  read(script: Script, setting: Setting, timeoutMs: number): Promise<Answer<ReadResult>>;
  /** What of a step is there: programs, folder, right to become. */
  look(programs: readonly string[], setting: Setting): Promise<Answer<Sight>>;
  /** Starts the job or attaches to it; the host decides which. Resolves when it has ended or can't be known. */
  ensureJob(
    order: JobOrder,
    sink: LogSink,
    started: (claim: { readonly pid: number; readonly bootId: string }) => void,
  ): Promise<JobReport>;
  /** Looks again at a job whose end was not seen: follows it if it lives, voids it if it never started. */
  settle(order: JobOrder, sink: LogSink): Promise<JobReport>;
  /** TERM, then KILL after the grace, to every process group of the job's session. */
  kill(run: RunId, job: JobKey, graceMs: number): Promise<Answer<{ readonly killed: boolean }>>;
  jobs(run: RunId): Promise<Answer<FoundRun>>;
  /** Deletes script, out and err of an ended job; `exit` stays. @param atOnce it may have printed a secret. */
  tidyJob(run: RunId, job: JobKey, atOnce?: boolean): Promise<Answer<null>>;
  /** The run has ended: everything but a `closed` mark with the journal's head goes, the lock is given back. */
  closeRun(run: RunId, head: string): Promise<Answer<null>>;
}

export interface Hosts {
  /** The host as the plan fixed it; the same object for the same machine, so the connection stays warm. */
  host(host: PlanHost): Host;
  /** Ends all connections. Jobs go on. */
  end(): Promise<void>;
}

export type Follow = (stamped: readonly RunEvent[]) => readonly EventBody[];

export interface RunWriter {
  readonly run: RunId;
  readonly epoch: number;
  /**
   * Stamps, chains and appends; durable when it resolves.
   * @param follow is shown what was stamped, before it is durable, and may add what follows from it (and again from that)
   *   to the same write, so that a step costs one wait for the disk.
   * @returns all that was appended
   */
  append(events: readonly EventBody[], follow?: Follow): Promise<readonly RunEvent[]>;
  /** Resolves when all that was appended is also where a next worker on another machine finds it; absent: it is at once. */
  kept?(): Promise<void>;
  release(): Promise<void>;
}

export type Claim =
  | {
      readonly kind: 'claimed';
      readonly writer: RunWriter;
      readonly events: readonly RunEvent[];
      /** So many bytes of a write that a crash cut off, and that was never acknowledged, were removed. */
      readonly tornBytes?: number;
      /** A worker has died with it whose last events may be lost: what its hosts hold may be more than the record tells. */
      readonly left?: true;
    }
  /** Somebody else works on it, and lives. */
  | { readonly kind: 'held'; readonly by: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'broken'; readonly why: string; readonly newer?: true };

/** What a journal has of a run. */
export type Read =
  | { readonly kind: 'ok'; readonly events: readonly RunEvent[] }
  | { readonly kind: 'missing' }
  /** Damaged or not readable, or of a `newer` version; `where` it is talked about, as far as its beginning still tells. */
  | { readonly kind: 'broken'; readonly why: string; readonly where?: Where; readonly newer?: true };

/** Something that a person has locked: no run that wants it begins. */
export interface HandLock {
  /** A host of the repository's inventory, or what its procedures lock. */
  readonly name: string;
  readonly reason: string;
  readonly by: Extract<Actor, { readonly kind: 'github' }>;
  readonly at: Instant;
  readonly where: Omit<Extract<Where, { readonly kind: 'issue' }>, 'speaker'>;
}

export interface Journal {
  /** How long to wait between two looks at what others hold; absent: to look costs nothing. */
  readonly pollMs?: number;
  /** Others than whoever runs Changeover can write to it, so that it proves nothing by itself. */
  readonly open?: boolean;
  /**
   * A new run with its first event, durable, claimed by this worker (epoch 1).
   * @param taking what it is begun for is taken up with it, as `acceptOnce` does
   * @throws TakenUp where another has taken that up; then there is no run
   */
  create(
    first: Extract<EventBody, { type: 'run_requested' }>,
    at: Instant,
    taking?: Taking,
  ): Promise<Extract<Claim, { kind: 'claimed' }>>;
  /** A record made anew, whole and durable; false where there is one of that run. */
  restore(events: readonly RunEvent[]): Promise<boolean>;
  /**
   * Takes a run over for writing; the epoch is one more than the last. Where several reach for it, the claim may count only
   * once something is appended: that throws LostClaim where another was faster.
   * @param taking what it is taken over for is taken up with the claim or before it; if another has taken that up, there is no claim, and
   *   this or that append throws TakenUp
   */
  claim(run: RunId, taking?: Taking): Promise<Claim>;
  /** Whether whoever worked on it last has died with it, before giving it back. */
  wasLeft(run: RunId): Promise<boolean>;
  read(run: RunId): Promise<Read>;
  /**
   * Takes or keeps a name for a run, for as long as that has not ended; durable.
   * @returns by which run it is held; undefined: it is ours
   */
  lockName(name: string, run: RunId, note: LockNote): Promise<NotedRun | undefined>;
  /** Which run has a name, if one that has not ended does. */
  nameHolder(name: string): Promise<NotedRun | undefined>;
  /** What people have locked. */
  handLocks(): Promise<readonly HandLock[]>;
  /** Durable. @returns who had locked it before; undefined: it is done */
  lockByHand(lock: HandLock): Promise<HandLock | undefined>;
  /** Durable. @returns the lock that is gone; undefined: there was none */
  unlockByHand(
    place: { readonly owner: string; readonly repo: string },
    name: string,
    unlocked: Pick<HandLock, 'by' | 'at'> & { readonly comment: number },
  ): Promise<HandLock | undefined>;
  /** Whether the last word about any such lock was by this comment. */
  isWordByHand(comment: number): Promise<boolean>;
  /** Says that a run waits for something, as of now. Its place in the line is by `note.since`, when it was asked for. */
  standInLine(what: string, waiter: Required<NotedRun>): Promise<void>;
  leaveLine(what: string, run: RunId): Promise<void>;
  /** Runs that wait for it and were heard of not long ago, in their order. */
  line(what: string): Promise<readonly Required<NotedRun>[]>;
  /** A run as its record tells it, wherever it is talked about, and whether somebody works on it who lives. */
  standing(run: RunId): Promise<{ readonly read: Read; readonly worked: 'yes' | 'no' | 'unsure' }>;
  /** All runs, newest first. */
  runs(): Promise<readonly RunId[]>;
  /** True for exactly one caller per key, for ever (a comment's id). Durable, with where to answer should it be the last word. */
  acceptOnce(key: string, where: Accepted['where']): Promise<boolean>;
  /** What was taken up is answered by these words, which are still to be said. Kept until it is settled, durable once `kept`. */
  keepAnswer(key: string, answer: KeptAnswer): Promise<void>;
  /** What was taken up has been acted on or answered, or need not be. Durable once `kept`. */
  settle(key: string): Promise<void>;
  /** Whether it has been taken up or settled, by whomever. */
  isAccepted(key: string): Promise<boolean>;
  /** What was taken up by a process that is no more, before it was settled; the oldest first. */
  unsettled(): Promise<readonly Accepted[]>;
  /**
   * Up to when a place's comments have been looked through: all that are older were taken up. Undefined before the first
   * time. It is what stands there, whoever has written it: whether that can be gone by is for who reads it to judge.
   */
  cursor(place: string): Promise<string | undefined>;
  /** Durable once `kept`. */
  moveCursor(place: string, to: Instant): Promise<void>;
  /**
   * Brings to where others find it what costs nobody anything to lose, and has waited for a write to go along with: a
   * process does this last. Never rejects. Absent: nothing waits.
   */
  kept?(): Promise<void>;
}

/** What a run is begun or taken over for, a comment, which is taken up along with that. */
export interface Taking extends Pick<Accepted, 'key' | 'where'> {
  /** It is taken up, for good. */
  took(): void;
}

/** Another process has taken up what a run was to be begun or taken over for. Nothing was written. */
export class TakenUp extends Error {
  override readonly name = 'TakenUp';

  constructor({ key }: Taking) {
    super(`Another worker has taken up ${key}.`);
  }
}

/** This process wrote to a run that is not its own, or not any more: another worker has taken it over. Nothing was written. */
export class LostClaim extends Error {
  override readonly name = 'LostClaim';
  readonly by: string | undefined;

  /** @param by who has taken it over, in words; absent where that cannot be told */
  constructor(run: RunId, by?: string) {
    super(`Another worker has taken run ${run} over; nothing more is written from here. \`status ${run}\` shows it.`);
    this.by = by;
  }
}

/** Something that was taken up, once: a comment. */
export interface Accepted {
  readonly key: string;
  readonly where: Extract<Where, { readonly kind: 'issue' }>;
  readonly at: Instant;
  /** What it was answered, which may not have been said. */
  readonly answer?: KeptAnswer;
}

export interface KeptAnswer {
  readonly body: string;
  /** Tells it from other answers to the same comment. */
  readonly about?: string;
}

/** How a job's output ended: to its own end, cut off somewhere, or not at all as far as was seen. */
export type OutputEnd = 'whole' | 'cut' | 'unseen';

/** A job's log as the worker keeps it. */
export interface JobLog extends LogSink {
  /** Makes it durable and says its digest and its captured ends. `bytes`: of the job's streams, whatever was kept of them. */
  seal(end?: OutputEnd): Promise<{
    readonly sha256: string;
    readonly stdout: Captured;
    readonly stderr: Captured;
    readonly bytes: { readonly out: number; readonly err: number };
  }>;
}

/** One stream on its way to be masked: what it lets go, and up to which raw offset that stands for it. */
export interface MaskStream {
  /** How many raw bytes it has seen. */
  readonly taken: number;
  take(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly upTo: number };
  end(cut: boolean): { readonly bytes: Uint8Array; readonly upTo: number };
}

/** Hides secrets, in texts and in what is kept of jobs. */
export interface Mask {
  /** @param offset raw offset at which the stream goes on. */
  stream(offset: number): MaskStream;
  /** The text with `***` for each secret. @param cut it may have been cut off, so that half a secret may stand at its end. */
  text(text: string, cut?: boolean): string;
}

/** The values of secrets that a worker was given, and how they are hidden. */
export interface GivenSecrets {
  readonly values: Readonly<Record<string, string>>;
  /** What is missing or cannot be used, each with what to set; never with a value. */
  readonly troubles: readonly string[];
  readonly mask: Mask;
}

/** How much of a job's output is kept. */
export type Keeping = 'all' | 'nothing' | { readonly mask: Mask };

export interface Secrets {
  /** Reads the values of these names now. */
  take(names: readonly string[]): GivenSecrets;
}

export interface Logs {
  /** @param how what is kept: all, all but what `mask` hides, or with `nothing` only its length. */
  open(run: RunId, job: JobKey, how?: Keeping): Promise<JobLog>;
  /** A job's output, bounded by `maxBytes` from the end; undefined where it said nothing or was never started. */
  read(
    run: RunId,
    job: JobKey,
    maxBytes: number,
  ): Promise<{ readonly out: string; readonly err: string; readonly omittedBytes: number } | undefined>;
}

/** Procedures, inventory and policy at a commit. */
export interface Source {
  /** Whether a commit is the newest of the default branch or one of those before it. Absent where there are no commits. */
  isOnDefaultBranch?(commit: string): Promise<boolean>;
  /** The newest commit of the default branch; null where the files are a plain folder. */
  head(): Promise<string | null>;
  /** Text of a file at that commit, undefined where there is none. Paths as in the repository, e.g. `procedures/pryv/upgrade.yml`. */
  read(commit: string | null, path: string): Promise<string | undefined>;
  /** All paths of files below a folder. */
  list(commit: string | null, folder: string): Promise<readonly string[]>;
}

/** A comment as it stands now. */
export interface HeardComment {
  readonly issue: number;
  readonly body: string;
  /** Undefined: the account is gone. */
  readonly author: { readonly id: number; readonly login: string } | undefined;
  readonly edited: boolean;
}

/** Hears people again: what they have said where runs are talked about, and what they may do there at this moment. */
export interface Witness {
  /** Undefined where it is not there. */
  comment(id: number): Promise<HeardComment | undefined>;
  right(login: string): Promise<Right>;
  /** What Changeover itself has said in an issue since then, as it stands there now. */
  ours(issue: number, since: Instant): Promise<readonly string[]>;
}

/** Where a run is talked about. Speaking is a projection: it may be late, it never fails a step, and it never throws. */
export interface Conversation {
  /** The run's state has moved on. Returns at once. */
  changed(state: RunState): void;
  /** Resolves when all that is to be said now has been said, or has been given up for later. */
  settled(where: Where): Promise<void>;
}

export interface Clock {
  now(): Instant;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A branch as one of its commits holds it. */
export interface BranchState {
  /** Undefined where there is no such branch yet. */
  readonly commit: string | undefined;
  /** Blob ids by path. */
  readonly files: ReadonlyMap<string, string>;
}

/** What became of a commit. */
export type Committed =
  | { readonly kind: 'made'; readonly state: BranchState }
  /** The branch is at another commit by now: whoever reads again knows. */
  | { readonly kind: 'stale'; readonly why: string }
  /** GitHub cannot be asked, so it may have been made or not. `waitMs`: as GitHub asks to wait. */
  | { readonly kind: 'away'; readonly why: string; readonly waitMs?: number };

/** Text files on a branch of their own. */
export interface BranchStore {
  /** For words: `the branch changeover of acme/ops`. */
  readonly name: string;
  /** The branch as it is now. Rejects where GitHub cannot be asked. */
  read(): Promise<BranchState>;
  /** Texts of blobs, in their order. */
  texts(blobs: readonly string[]): Promise<readonly string[]>;
  /**
   * Makes or replaces files, all in one commit or none, and begins the branch where there is none. Never rejects.
   * @param texts by path
   * @param on the branch must still be so
   */
  commit(texts: ReadonlyMap<string, string>, on: BranchState): Promise<Committed>;
}

/** A run of a workflow, which is what works on runs there. */
export interface WorkflowRun {
  readonly id: string;
  readonly attempt: number;
}

/** Whether a workflow's run is still at work. */
export type Lives = (worker: WorkflowRun) => Promise<'yes' | 'no' | 'unsure'>;
