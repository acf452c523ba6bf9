import { NO_HASH } from '../../src/run/chain.ts';
import { evolve } from '../../src/run/evolve.ts';
import { encodeName } from '../../src/host/quote.ts';
import { planStep, taskState } from '../../src/run/steps.ts';
import type { JobKey, Outcome, RunEvent, RunState } from '../../src/run/types.ts';
import type { Kept } from './disk.ts';
import type { SimHost } from './kit.ts';
import type { Work } from './kit-folder.ts';

/** A promise that was not kept. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export const nameOf = ({ phase, step, item, host, attempt }: JobKey): string =>
  `${phase} ${step}[${item}] on ${host}, attempt ${String(attempt)}`;

/** The promises, looked at whenever something happens that could break one. */
export class Laws {
  /** What the hosts really went through, in order. */
  readonly done: Work[] = [];
  /** Each run's state by what is durable. */
  readonly states = new Map<string, RunState>();
  readonly #decided = new Set<string>();
  readonly #asked = new Set<number>();
  readonly #counts: { readonly seen: (event: RunEvent) => void };

  constructor(counts: { readonly seen: (event: RunEvent) => void }) {
    this.#counts = counts;
  }

  /**
   * A script has been carried out on a host.
   * @param lockedFor whether a person had locked this before the run was asked for, and still has
   */
  worked(host: SimHost, work: Work, lockedFor: (name: string, run: string) => boolean): void {
    const { run, job, epoch, topThen } = work;
    const what = `${nameOf(job)} of ${run}`;
    const state = this.states.get(run);
    if (state === undefined) throw new Broken(`${what}: the run is in no journal`);
    if (state.mode === 'dryrun') throw new Broken(`${what}: a dry run changed something`);
    const same = this.done.filter((each) => each.run === run && sameTask(each.job, job));
    if (same.some((each) => each.job.attempt === job.attempt)) throw new Broken(`${what} was carried out twice`);
    if (same.some((each) => each.job.attempt > job.attempt)) throw new Broken(`${what} came after a later attempt`);
    if (host.barred.has(run)) throw new Broken(`${what}: the run was barred there`);
    const locked = state.plan.hosts.find(({ name }) => lockedFor(name, run));
    if (locked !== undefined) throw new Broken(`${what}: a person had locked ${locked.name} before it was asked for`);
    if (host.lock?.run !== run) throw new Broken(`${what}: the host was locked by ${host.lock?.run ?? 'nobody'}`);
    if (topThen > epoch)
      throw new Broken(`${what} was begun under epoch ${String(epoch)}, after ${String(topThen)} was raised`);
    this.#known(state, job, what);
    this.done.push(work);
    const folder = host.runs.get(run);
    if (folder === undefined) throw new Broken(`${what}: its run was closed there`);
    for (const [path, other] of folder.jobs) {
      if (other.alive && path !== pathOf(job) && path.startsWith(taskPath(job))) {
        throw new Broken(`${what}: ${path} lives beside it`);
      }
    }
  }

  /** A run was barred from a host, which nobody but a person may say, who was asked. */
  barred(host: string, run: string, by: string): void {
    const [word] = [...this.states.values()].flatMap(({ run: asker, prompts }) =>
      by.startsWith(`${asker} `)
        ? prompts.filter(
            ({ lock, answer }) =>
              lock?.name === host &&
              lock.holder?.kind === 'run' &&
              lock.holder.run === run &&
              answer?.decision === 'continue',
          )
        : [],
    );
    if (word === undefined) throw new Broken(`${run} was barred from ${host} for ${by}, and nobody has said so`);
  }

  /** The journal must have said, durably and before, that this would be done. */
  #known(state: RunState, job: JobKey, what: string): void {
    const task = taskState(state, job);
    const attempt = task?.attempts.find((each) => each.attempt === job.attempt);
    if (attempt === undefined) throw new Broken(`${what}: the journal knows of no such attempt`);
    if (state.endedAt !== undefined) throw new Broken(`${what}: the run had ended`);
    const recorded = attempt.settled?.outcome ?? attempt.finished?.outcome;
    if (recorded !== undefined && recorded !== 'unknown') throw new Broken(`${what} had been recorded as ${recorded}`);
    if (job.phase === 'undo' && state.rollback === undefined) throw new Broken(`${what}: nobody rolls back`);
    for (const earlier of task?.attempts ?? []) {
      if (earlier.attempt >= job.attempt) continue;
      const outcome = earlier.settled?.outcome ?? earlier.outcome;
      if (outcome === undefined) throw new Broken(`${what}: attempt ${String(earlier.attempt)} has no outcome`);
    }
  }

  /** Events have become durable. */
  written(kept: Kept, events: readonly RunEvent[], hosts: ReadonlyMap<string, SimHost>): void {
    for (const event of events) {
      const before = this.states.get(kept.run);
      if (event.prev !== (before?.head ?? NO_HASH))
        throw new Broken(`event ${String(event.seq)} of ${kept.run} is not chained`);
      this.#judge(before, event, hosts);
      const after = evolve(before, event);
      this.states.set(kept.run, after);
      if (event.type === 'job_finished' || event.type === 'job_settled') this.#judgeAgain(after, event.job);
      this.#counts.seen(event);
    }
  }

  #judge(state: RunState | undefined, event: RunEvent, hosts: ReadonlyMap<string, SimHost>): void {
    if (event.type === 'job_finished') this.#judgeEnd(event, hosts);
    if (event.type === 'job_settled') this.#judgeSettled(state, event);
    if (event.type === 'run_requested' && event.where.kind === 'issue') {
      const { comment } = event.where;
      if (this.#asked.has(comment)) throw new Broken(`comment ${String(comment)} started two runs`);
      this.#asked.add(comment);
    }
    if (state === undefined) return;
    if (state.endedAt !== undefined && event.type !== 'run_started') {
      throw new Broken(`${event.type} was recorded after the end of ${event.run}`);
    }
    if (event.type === 'run_started' && event.epoch <= state.epoch) {
      throw new Broken(`epoch ${String(event.epoch)} of ${event.run} follows ${String(state.epoch)}`);
    }
    if (event.type === 'decision_made' || event.type === 'run_approved') {
      const { comment } = event;
      const twice = this.#decided.has(`${event.run} ${String(comment)}`);
      if (comment !== undefined && twice) throw new Broken(`comment ${String(comment)} decided twice in ${event.run}`);
      this.#decided.add(`${event.run} ${String(comment)}`);
      if (event.type === 'decision_made' && event.prompt !== undefined) {
        const prompt = state.prompts.find(({ id }) => id === event.prompt);
        if (prompt === undefined || (prompt.answer !== undefined && event.decision !== 'abort')) {
          throw new Broken(`prompt ${event.prompt} of ${event.run} was answered twice`);
        }
      }
    }
    if (event.type === 'rollback_started' && state.rollback !== undefined) throw new Broken('rolled back twice');
  }

  /** What is tried again by itself has ended, and may be done twice; or it never began. */
  #judgeAgain(state: RunState, job: JobKey): void {
    const [before, last] = taskState(state, job)?.attempts.slice(-2) ?? [];
    if (before === undefined || last?.byItself !== true) return;
    const outcome = before.settled?.outcome ?? before.outcome;
    if (outcome === 'unreachable') return;
    const what = `${nameOf({ ...job, attempt: last.attempt })} of ${state.run} is tried again by itself`;
    if (!planStep(state.plan, job.step, job.phase).idempotent) throw new Broken(`${what}, and is not idempotent`);
    if (outcome === 'unknown' && before.alive !== false) throw new Broken(`${what}, and the one before may live`);
  }

  /** No outcome without the host's own word. */
  #judgeEnd(event: Extract<RunEvent, { type: 'job_finished' }>, hosts: ReadonlyMap<string, SimHost>): void {
    const { job, outcome, run } = event;
    const what = `${nameOf(job)} of ${run} was recorded as ${outcome}`;
    if (outcome === 'unknown') return;
    const folder = hosts.get(job.host)?.runs.get(run)?.jobs.get(pathOf(job));
    const worked = this.done.some((each) => each.run === run && sameJob(each.job, job));
    if (outcome === 'unreachable') {
      if (worked || (folder?.start !== undefined && folder.start !== 'void' && folder.end?.end !== 'void')) {
        throw new Broken(`${what}, but it has begun`);
      }
      return;
    }
    if (event.reached === 'prepare' && outcome === 'failed') {
      if (worked) throw new Broken(`${what} before its work, but that was done`);
      return;
    }
    if (folder?.end === undefined) throw new Broken(`${what} without its exit`);
    if (OUTCOMES[folder.end.end]?.includes(outcome) !== true) {
      throw new Broken(`${what}, but its exit says ${folder.end.end}`);
    }
  }

  #judgeSettled(state: RunState | undefined, event: Extract<RunEvent, { type: 'job_settled' }>): void {
    if (event.by !== 'checks' || state === undefined) return;
    const { job, run } = event;
    const step = planStep(state.plan, job.step, job.phase);
    const what = `${nameOf(job)} of ${run} was settled by its checks`;
    if (step.work.kind !== 'job' || (step.verify === undefined && step.work.verify === undefined)) {
      throw new Broken(`${what}, and it has no verify`);
    }
    if (step.doneWhen === undefined && step.work.probe === undefined)
      throw new Broken(`${what}, and it has no done_when`);
  }
}

/** What an exit may be recorded as. */
const OUTCOMES: Readonly<Record<string, readonly Outcome[]>> = {
  done: ['changed', 'ok'],
  nothing: ['ok'],
  failed: ['failed'],
  timed_out: ['timed_out'],
  killed: ['aborted'],
};

const sameTask = (one: JobKey, other: JobKey): boolean =>
  one.phase === other.phase && one.step === other.step && one.item === other.item && one.host === other.host;
export const sameJob = (one: JobKey, other: JobKey): boolean => sameTask(one, other) && one.attempt === other.attempt;

const taskPath = ({ host, step, item }: JobKey): string => [host, step, item].map(encoded).join('/');
const pathOf = (job: JobKey): string => `${taskPath(job)}/${job.phase}.${String(job.attempt)}`;
const encoded = encodeName;
