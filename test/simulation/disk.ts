import { createHash } from 'node:crypto';
import {
  type Accepted,
  type KeptAnswer,
  type Claim,
  type Clock,
  type Follow,
  type Journal,
  type JobLog,
  type Logs,
  LostClaim,
  type RunWriter,
} from '../../src/engine/ports.ts';
import { whole } from '../../src/host/captured.ts';
import { beginning, chain, chainAll, type ChainHead, nextEpoch } from '../../src/journal/chain-head.ts';
import { HEARD_OF_MS, inOrder } from '../../src/journal/line.ts';
import { takeUp } from '../../src/journal/taking.ts';
import { timeFrom } from '../../src/run/steady-time.ts';
import type { HandLock } from '../../src/engine/ports.ts';
import type { EventBody, Instant, JobKey, LockNote, NotedRun, RunEvent, RunId } from '../../src/run/types.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** A run's file. */
export interface Kept {
  readonly run: RunId;
  readonly events: RunEvent[];
  readonly lines: string[];
  head: ChainHead;
  owner: { readonly of: Process } | undefined;
}

/** A run's file as the process has it that writes to it. */
interface Writing {
  readonly kept: Kept;
  readonly owner: NonNullable<Kept['owner']>;
  head: ChainHead;
}

interface Taken extends Omit<Accepted, 'answer'> {
  readonly of: Process;
  answer?: KeptAnswer;
  settled: boolean;
}

const DISK_MS = 1;

/** What lasts: the journal's folder and the logs, as all processes on the machine find them. */
export class Disk {
  readonly runs = new Map<RunId, Kept>();
  readonly names = new Map<string, { readonly run: RunId; readonly note: LockNote }>();
  /** What people have locked, the last word about each: so many runs had been asked for then. */
  readonly byHand = new Map<
    string,
    { readonly lock: HandLock | undefined; readonly comment: number; readonly runs: number }
  >();
  readonly lines = new Map<string, Required<NotedRun> & { readonly at: number }>();
  readonly accepted = new Map<string, Taken>();
  readonly settled = new Set<string>();
  readonly cursors = new Map<string, Instant>();
  readonly logs = new Map<string, { out: Buffer; err: Buffer }>();
  readonly #scheduler: Scheduler;
  readonly #written: (kept: Kept, events: readonly RunEvent[], of: Process) => void;

  /** @param written is shown what has just become durable */
  constructor(scheduler: Scheduler, written: (kept: Kept, events: readonly RunEvent[], of: Process) => void) {
    this.#scheduler = scheduler;
    this.#written = written;
  }

  /** The journal as a process has it: each write takes effect at one moment, and is told at another. */
  journalOf(of: Process, clock: Clock): Journal {
    const write = <T>(name: string, effect: () => T): Promise<T> => this.#write(of, name, effect);
    const read = <T>(name: string, look: () => T): Promise<T> => this.#read(of, name, look);
    const acceptOnce: Journal['acceptOnce'] = (key, where) =>
      write('accept', () => {
        if (this.accepted.has(key)) return false;
        this.accepted.set(key, { key, where, at: clock.now(), of, settled: false });
        return true;
      });
    return {
      create: async (first, at, taking) => {
        await takeUp({ acceptOnce }, taking);
        return write('run_requested', () => this.#create(of, clock, first, at));
      },
      // That is for a person at a terminal whose journal is lost.
      restore: () => Promise.reject(new Error('No record is made anew here.')),
      claim: async (run, taking) => {
        await takeUp({ acceptOnce }, taking);
        return write('claim', () => this.#claim(of, clock, run));
      },
      wasLeft: (run) => Promise.resolve(this.runs.get(run)?.owner?.of.alive === false),
      read: (run) =>
        read('the journal is read', () => {
          const kept = this.runs.get(run);
          return kept === undefined ? { kind: 'missing' } : { kind: 'ok', events: [...kept.events] };
        }),
      runs: () => read('the journal is read', () => [...this.runs.keys()].reverse()),
      lockName: (name, run, note) => write('lock name', () => this.#lockName(name, run, note)),
      nameHolder: (name) => read('the journal is read', () => this.#nameHolder(name)),
      standing: (run) =>
        read('the journal is read', () => {
          const kept = this.runs.get(run);
          const worked = kept?.owner?.of.alive === true ? 'yes' : 'no';
          return { worked, read: kept === undefined ? { kind: 'missing' } : { kind: 'ok', events: [...kept.events] } };
        }),
      handLocks: () =>
        read('the journal is read', () => [...this.byHand.values()].flatMap(({ lock }) => (lock ? [lock] : []))),
      lockByHand: (lock) =>
        write('hand lock', () => this.#wordByHand(lock.name, (before) => before ?? lock, lock.where.comment)),
      unlockByHand: (_place, name, { comment }) =>
        write('hand lock', () => this.#wordByHand(name, () => undefined, comment)),
      isWordByHand: (comment) =>
        read('the journal is read', () => [...this.byHand.values()].some((word) => word.comment === comment)),
      standInLine: (what, waiter) =>
        write('line', () => {
          this.lines.set(`${what} ${waiter.run}`, { ...waiter, at: this.#scheduler.now });
        }),
      leaveLine: (what, run) =>
        write('line', () => {
          this.lines.delete(`${what} ${run}`);
        }),
      line: (what) =>
        read('the journal is read', () =>
          inOrder(
            [...this.lines]
              .filter(([key, { at }]) => key.startsWith(`${what} `) && this.#scheduler.now - at <= HEARD_OF_MS)
              .map(([, { run, note }]) => ({ run, note })),
          ),
        ),
      acceptOnce,
      keepAnswer: (key, answer) =>
        write('answer', () => {
          const taken = this.accepted.get(key);
          if (taken !== undefined) taken.answer = answer;
        }),
      isAccepted: (key) => read('the journal is read', () => this.accepted.has(key) || this.settled.has(key)),
      settle: (key) =>
        write('settle', () => {
          this.settled.add(key);
          const taken = this.accepted.get(key);
          if (taken !== undefined) taken.settled = true;
        }),
      unsettled: () =>
        read('the journal is read', () =>
          [...this.accepted.values()].filter((each) => !each.settled && !each.of.alive),
        ),
      cursor: (place) => read('the journal is read', () => this.cursors.get(place)),
      moveCursor: (place, to) =>
        write('cursor', () => {
          this.cursors.set(place, to);
        }),
    };
  }

  /** Logs as files: what is written stays, whoever dies. */
  logsOf(): Logs {
    return {
      open: (run, job) => Promise.resolve(this.#log(logName(run, job))),
      read: () => Promise.resolve(undefined),
    };
  }

  #write<T>(of: Process, name: string, effect: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#scheduler.after(DISK_MS, `${name} is written`, of, () => {
        let done: () => void;
        try {
          const value = effect();
          done = () => {
            resolve(value);
          };
        } catch (error) {
          done = () => {
            reject(error instanceof Error ? error : new Error(String(error)));
          };
        }
        this.#scheduler.after(DISK_MS, `${name} is known`, of, done);
      });
    });
  }

  #read<T>(of: Process, name: string, look: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#scheduler.after(DISK_MS, name, of, () => {
        resolve(look());
      });
    });
  }

  #create(
    of: Process,
    clock: Clock,
    first: Extract<EventBody, { type: 'run_requested' }>,
    at: Instant,
  ): Extract<Claim, { kind: 'claimed' }> {
    const day = at.slice(0, 10).replaceAll('-', '');
    const run = `${day}-${String(this.runs.size).padStart(4, '0')}`;
    const { sealed, head } = chain(beginning(run, at), [first], at);
    const events = sealed.map(({ event }) => event);
    const kept: Kept = { run, events, lines: sealed.map(({ line }) => line), head, owner: undefined };
    this.runs.set(run, kept);
    this.#written(kept, events, of);
    return this.#claimed(of, clock, kept);
  }

  #claim(of: Process, clock: Clock, run: RunId): Claim {
    const kept = this.runs.get(run);
    if (kept === undefined) return { kind: 'missing' };
    if (kept.owner?.of.alive === true) return { kind: 'held', by: kept.owner.of.name };
    return this.#claimed(of, clock, kept);
  }

  #claimed(of: Process, clock: Clock, kept: Kept): Extract<Claim, { kind: 'claimed' }> {
    const owner = { of };
    kept.owner = owner;
    const writing: Writing = { kept, owner, head: kept.head };
    const now = timeFrom(clock, kept.head.at);
    const writer: RunWriter = {
      run: kept.run,
      epoch: nextEpoch(kept.events),
      append: (bodies, follow) => this.#append(of, now, writing, bodies, follow),
      release: () =>
        this.#write(of, 'release', () => {
          if (kept.owner === owner) kept.owner = undefined;
        }),
    };
    return { kind: 'claimed', writer, events: [...kept.events] };
  }

  #append(
    of: Process,
    now: () => Instant,
    writing: Writing,
    bodies: readonly EventBody[],
    follow?: Follow,
  ): Promise<readonly RunEvent[]> {
    const { kept, owner } = writing;
    if (kept.owner !== owner) return Promise.reject(new LostClaim(kept.run));
    const { sealed, head } = chainAll(writing.head, bodies, now(), follow);
    const events = sealed.map(({ event }) => event);
    const names = [...new Set(events.map(({ type }) => type))].join('+');
    const written = this.#write(of, names, () => {
      if (kept.owner !== owner) throw new LostClaim(kept.run);
      writing.head = head;
      kept.head = head;
      kept.events.push(...events);
      kept.lines.push(...sealed.map(({ line }) => line));
      this.#written(kept, events, of);
      return events;
    });
    return written;
  }

  #nameHolder(name: string): NotedRun | undefined {
    const holder = this.names.get(name);
    return holder === undefined || this.runs.get(holder.run)?.events.at(-1)?.type === 'run_finished'
      ? undefined
      : holder;
  }

  #lockName(name: string, run: RunId, note: LockNote): NotedRun | undefined {
    const holder = this.#nameHolder(name);
    if (holder !== undefined && holder.run !== run) return holder;
    this.names.set(name, { run, note });
    return undefined;
  }

  /** @returns the lock that was there */
  #wordByHand(
    name: string,
    next: (before: HandLock | undefined) => HandLock | undefined,
    comment: number,
  ): HandLock | undefined {
    const before = this.byHand.get(name)?.lock;
    const lock = next(before);
    if (lock !== before) this.byHand.set(name, { lock, comment, runs: this.runs.size });
    return before;
  }

  #log(name: string): JobLog {
    const kept = this.logs.get(name) ?? { out: Buffer.alloc(0), err: Buffer.alloc(0) };
    this.logs.set(name, kept);
    const offsets = (): { out: number; err: number } => ({ out: kept.out.length, err: kept.err.length });
    return {
      offsets,
      write: (stream, bytes) => {
        kept[stream] = Buffer.concat([kept[stream], bytes]);
        return Promise.resolve();
      },
      seal: () => {
        const sha256 = createHash('sha256').update(kept.out).update(kept.err).digest('hex');
        return Promise.resolve({ sha256, stdout: whole(kept.out), stderr: whole(kept.err), bytes: offsets() });
      },
    };
  }
}

export const logName = (run: RunId, { host, step, item, phase, attempt }: JobKey): string =>
  [run, host, step, item, phase, attempt].join(' ');
