import type { Answer } from '../engine/ports.ts';

/** Long enough that tidying takes no time from the jobs of a quick run, short enough to leave nothing lying about. */
const GATHER_MS = 2_000;

/** Gathers ended jobs of a host, so that deleting their output costs no round trip each. */
export class Tidying {
  readonly #send: (run: string, jobs: readonly string[]) => Promise<Answer<null>>;
  readonly #waiting = new Map<string, Set<string>>();
  #flush: Promise<Answer<null>> | undefined;
  #now: (() => void) | undefined;

  constructor(send: (run: string, jobs: readonly string[]) => Promise<Answer<null>>) {
    this.#send = send;
  }

  /** Resolves when the host has deleted it. */
  async add(run: string, job: string): Promise<Answer<null>> {
    const jobs = this.#waiting.get(run) ?? new Set();
    this.#waiting.set(run, jobs.add(job));
    this.#flush ??= this.#later();
    return this.#flush;
  }

  /** The run's whole folder goes, so there is nothing to tidy in it any more. */
  forget(run: string): void {
    this.#waiting.delete(run);
  }

  /** Waits for no more. */
  hurry(): void {
    this.#now?.();
  }

  /** Does at once what is waiting. */
  async flush(): Promise<void> {
    this.hurry();
    await this.#flush;
  }

  async #later(): Promise<Answer<null>> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      // A timer left behind would keep a process that has nothing more to do.
      this.#now = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    const all = [...this.#waiting];
    this.#waiting.clear();
    this.#flush = undefined;
    let answer: Answer<null> = { kind: 'ok', value: null };
    for (const [run, jobs] of all) {
      const done = await this.#send(run, [...jobs]);
      if (done.kind === 'unreachable') answer = done;
    }
    return answer;
  }
}
