import type { JobReport, LogSink } from '../engine/ports.ts';
import type { JobOrder } from '../run/types.ts';
import { wordsOf, CannotConnect, LinkLost } from './faults.ts';
import { type Claim, type JobAnswer, readJobAnswer } from './job-answer.ts';
import { followRequest, MOST_BYTES, settleRequest, startRequest } from './job-text.ts';
import type { Connection, Link } from './link.ts';
import type { Settings } from './options.ts';
import type { Shell, TakeBytes } from './shell.ts';

/** Most jobs end sooner, and are never asked about. */
const FIRST_LOOK_MS = 250;
const LONGEST_PAUSE_MS = 1_000;
/** For an answer that needs no waiting. */
export const ANSWER_LIMIT_MS = 60_000;
/** Past a job's own time-out and grace: for starting it, and for a slow kill. */
const JOB_MARGIN_MS = 120_000;

type Started = (claim: Claim) => void;

/** Sees a job through: sends its request, follows its output into the sink, and gets the link back when it is lost. */
export class Following {
  readonly #link: Link;
  readonly #order: JobOrder;
  readonly #sink: LogSink;
  readonly #settings: Settings;
  readonly #started: Started;
  #told = false;
  #answers = 0;
  #connection: Connection | undefined;
  /** Two answers may bring the same bytes; one is written after the other, so each byte counts once. */
  #writing: Promise<void> = Promise.resolve();

  constructor(link: Link, order: JobOrder, sink: LogSink, settings: Settings, started: Started) {
    this.#link = link;
    this.#order = order;
    this.#sink = sink;
    this.#settings = settings;
    this.#started = started;
  }

  /** @param user whom to become by sudo; empty: the login user. */
  async ensure(user: string): Promise<JobReport> {
    return this.#stubbornly(async (sent) => {
      const connection = await this.#connect();
      return connection.withJobShell(async (shell) => {
        const { timeoutMs } = this.#order;
        const grace = this.#settings.timeoutGraceMs;
        const text = startRequest(this.#order, user, grace, this.#sink.offsets());
        sent();
        const looks = new AbortController();
        const watching = this.#watch(looks.signal);
        // A host that no longer answers the looks will not answer here either.
        watching.catch(async () => connection.end());
        try {
          const answer = await shell
            .request(text, timeoutMs + grace + JOB_MARGIN_MS, this.#take)
            .then(readJobAnswer)
            .catch(async (error: unknown) => this.#lookInstead(connection, error));
          looks.abort('answered');
          await watching;
          return await this.#toEnd(answer);
        } finally {
          looks.abort('answered');
          await watching.catch(() => undefined);
        }
      });
    });
  }

  async settle(): Promise<JobReport> {
    return this.#stubbornly(async (sent) => {
      // It has been sent before: that is why it is to be settled.
      sent();
      return this.#toEnd(await this.#void());
    });
  }

  /** Tries again while the link is what fails; once something was sent, a job without an answer is `unknown`. */
  async #stubbornly(attempt: (sent: () => void) => Promise<JobReport>): Promise<JobReport> {
    const progress = { sent: false };
    const waits = this.#settings.reconnectWaitsMs;
    for (let tries = 0; ; tries += 1) {
      const before = this.#answers;
      try {
        return await attempt(() => {
          progress.sent = true;
        });
      } catch (error) {
        if (!(error instanceof LinkLost) && !(error instanceof CannotConnect)) throw error;
        const { sent } = progress;
        if (error instanceof LinkLost) await this.#connection?.end();
        // A long job may lose its link many times: tries count from the last answer on.
        if (this.#answers > before) tries = 0;
        const wait = waits[tries];
        const hopeless = error instanceof CannotConnect && (error.lasting || !sent);
        if (hopeless || wait === undefined) {
          return sent ? { kind: 'unknown', why: wordsOf(error) } : { kind: 'unreachable', why: wordsOf(error) };
        }
        await sleep(wait);
      }
    }
  }

  /** Streams a long job's output while its own shell waits for its end. */
  async #watch(signal: AbortSignal): Promise<void> {
    let pause = FIRST_LOOK_MS;
    for (;;) {
      await sleep(pause, signal);
      if (signal.aborted) return;
      const before = total(this.#sink);
      const answer = await this.#look();
      if (answer.kind === 'running' || answer.kind === 'none') pause = this.#pause(before, pause);
      else return;
    }
  }

  /** Follows to the end what is not our child, and fetches what of the output is still missing. */
  async #toEnd(first: JobAnswer): Promise<JobReport> {
    let answer = first;
    let pause = 50;
    for (;;) {
      this.#tell(answer);
      const before = total(this.#sink);
      switch (answer.kind) {
        case 'refused':
        case 'fenced':
          return answer;
        case 'none':
          // No claim is to be seen. That it never will be has to be won.
          answer = await this.#void();
          if (answer.kind === 'void') return { kind: 'refused', why: NOT_CLAIMED };
          break;
        case 'void':
          return answer.topEpoch > this.#order.epoch ? { kind: 'fenced', epoch: answer.topEpoch } : { kind: 'void' };
        case 'ended':
          if (this.#hasAll(answer.report.bytes)) return answer.report;
          answer = await this.#look();
          if (total(this.#sink) === before) return { kind: 'unknown', why: 'the host has lost part of its output' };
          break;
        case 'gone':
          answer = await this.#look();
          if (answer.kind === 'gone' && total(this.#sink) === before) {
            return { kind: 'unknown', why: answer.anew ? RESTARTED : GONE, alive: false };
          }
          break;
        case 'running':
          await sleep(pause);
          answer = await this.#look();
          pause = this.#pause(before, pause);
      }
    }
  }

  async #look(): Promise<JobAnswer> {
    return this.#askAbout(followRequest);
  }

  /**
   * Where a wrapper was ended by force, its own channel ends with it, and the host knows what became of the job. Where the
   * link is lost, looking fails too; where the job has not started, it can be sent again.
   */
  async #lookInstead(connection: Connection, error: unknown): Promise<JobAnswer> {
    if (!(error instanceof LinkLost)) throw error;
    const answer = await this.#ask(await connection.control(), followRequest);
    if (answer.kind === 'none') throw error;
    return answer;
  }

  /** Looks, and sees to it that a job that has not started never does. */
  async #void(): Promise<JobAnswer> {
    return this.#askAbout(settleRequest);
  }

  async #askAbout(request: typeof followRequest): Promise<JobAnswer> {
    return this.#ask(await (await this.#connect()).control(), request);
  }

  async #ask(shell: Shell, request: typeof followRequest): Promise<JobAnswer> {
    await this.#writing;
    const text = request(this.#order, this.#sink.offsets());
    const answer = readJobAnswer(await shell.request(text, ANSWER_LIMIT_MS, this.#take));
    this.#answers += 1;
    this.#tell(answer);
    return answer;
  }

  async #connect(): Promise<Connection> {
    this.#connection = await this.#link.connection();
    return this.#connection;
  }

  #pause(before: number, pause: number): number {
    const came = total(this.#sink) - before;
    if (came >= MOST_BYTES) return 0;
    return came > 0 ? FIRST_LOOK_MS : Math.min(Math.max(50, pause * 1.5), LONGEST_PAUSE_MS);
  }

  #hasAll(bytes: { readonly out: number; readonly err: number }): boolean {
    const kept = this.#sink.offsets();
    return kept.out >= bytes.out && kept.err >= bytes.err;
  }

  #tell(answer: JobAnswer): void {
    if (this.#told || !('claim' in answer)) return;
    this.#told = true;
    this.#started(answer.claim);
  }

  readonly #take: TakeBytes = async (stream, offset, bytes) => {
    const written = this.#writing.then(async () => {
      const kept = this.#sink.offsets()[stream];
      if (offset + bytes.length <= kept) return;
      if (offset > kept) throw new LinkLost('output of the job came out of order');
      await this.#sink.write(stream, bytes.subarray(kept - offset));
    });
    this.#writing = written.catch(() => undefined);
    return written;
  };
}

const NOT_CLAIMED =
  'the host did not take the job: ~/.changeover there may be full or on a file system without hard links; nothing was run';

const GONE = 'its process is gone and left no exit code';
const RESTARTED = 'the host has restarted since it began, and it left no exit code';

function total(sink: LogSink): number {
  const kept = sink.offsets();
  return kept.out + kept.err;
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
