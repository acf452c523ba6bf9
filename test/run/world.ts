import { taskState, undoesItself, withoutItem } from '../../src/run/steps.ts';
import type { Effect, EventBody, Holder, JobKey, JobReport, ReadResult, RunState } from '../../src/run/types.ts';
import { finishedEvents } from '../../src/run/finished.ts';
import { lookObservation, observationOf, type ReadAnswer, type ReadAnswers } from '../../src/run/observation.ts';
import { readsOf } from '../../src/run/reads.ts';
import { ended, well } from './record.ts';

/** Chance that can be had again: the same seed gives the same numbers below 1. */
export function chance(seed: number): () => number {
  let at = seed >>> 0;
  return () => {
    at = (at + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(at ^ (at >>> 15), at | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Report = Exclude<JobReport, { readonly kind: 'fenced' }>;

interface Job {
  readonly key: JobKey;
  /** `void`: it was proven that it never starts. `lost`: its folder is gone, and nothing lives. */
  state: 'running' | 'ended' | 'void' | 'lost';
  report: Report;
  /** Of one that restarts its host: by what that ran when it was looked at before. */
  readonly boot?: string;
}

export interface Trace {
  readonly kind: 'did' | 'undid';
  readonly step: string;
  readonly item: string;
  readonly host: string;
}

const LOG = { sha256: 'c'.repeat(64), stdout: { text: 'out\n' }, stderr: { text: '' }, bytes: { out: 4, err: 0 } };

/** Hosts as they are behind the job kit: a job starts there at most once, and anything may go wrong around it. */
export class World {
  readonly jobs = new Map<string, Job>();
  /** What the hosts really went through, in order. */
  readonly trace: Trace[] = [];
  readonly performed: Effect[] = [];
  /** How often each host has started anew, by whatever; and the jobs that have really restarted one. */
  readonly boots = new Map<string, number>();
  readonly restarts: JobKey[] = [];
  /** The worker has died in the middle of the last effect; another one takes the run over. */
  crashed = false;
  #random: () => number;
  /** How much goes wrong, from 0 to 1. */
  #trouble: number;

  constructor(random: () => number, trouble: number) {
    this.#random = random;
    this.#trouble = trouble;
  }

  perform(state: RunState, effect: Effect): readonly EventBody[] {
    this.performed.push(effect);
    switch (effect.do) {
      case 'record':
        return [effect.event];
      case 'lock':
        return [{ type: 'observed', for: 'lock', host: effect.host, ...this.#lock() }];
      case 'lock_name':
        return [
          {
            type: 'observed',
            for: 'lock_name',
            name: effect.name,
            ...(this.#wrong(0.2) ? { held: 'another run', ...this.#holder() } : {}),
          },
        ];
      case 'unlock':
        return [
          { type: 'observed', for: 'unlock', host: effect.host, ...(this.#wrong(0.1) ? { trouble: 'no route' } : {}) },
        ];
      case 'bar':
        return [
          {
            ...{ type: 'observed', for: 'bar', host: effect.host, holder: effect.run },
            ...(this.#wrong(0.2) ? { alive: ['step x on y, attempt 1'] } : {}),
          },
        ];
      case 'preflight':
        return [
          this.#wrong(0.05)
            ? { type: 'observed', for: 'preflight', host: effect.host, report: { troubles: ['no sudo'] } }
            : { type: 'observed', ...well(effect.host) },
        ];
      case 'observe':
        return [{ type: 'observed', ...observationOf(state, effect, this.#reads(state, effect)) }];
      case 'look': {
        const value = { missingPrograms: [], chdirMissing: this.#wrong(0.1), sudoMissing: false };
        return [{ type: 'observed', ...lookObservation(effect, { kind: 'ok', value }, this.#reads(state, effect)) }];
      }
      case 'ensure_job':
        return this.#ensure(state, effect.job);
      case 'settle':
        return finishedEvents(state, effect.job, this.#settle(effect.job), LOG);
      case 'wake':
        return [{ type: 'observed', for: 'wake', due: effect.at }];
      case 'kill':
        this.#kill(effect.job);
        return [];
    }
  }

  #wrong(share: number): boolean {
    return this.#random() < share * this.#trouble * 2;
  }

  /** Of some it cannot be told whether they will ever give it back. */
  #holder(): { readonly holder?: Holder } {
    if (this.#random() < 0.5) return {};
    const ask = this.#random() < 0.5 ? ({ ask: true } as const) : {};
    return { holder: { kind: 'run', run: '20261121-aaaa', stands: { kind: 'foreign' }, ...ask } };
  }

  #lock(): { readonly held?: string; readonly holder?: Holder; readonly trouble?: string } {
    if (this.#wrong(0.2)) return { held: 'another run', ...this.#holder() };
    return this.#wrong(0.05) ? { trouble: 'refused' } : {};
  }

  #reads(state: RunState, effect: Extract<Effect, { do: 'observe' | 'look' }>): ReadAnswers {
    const answers = readsOf(state, effect).map(({ name, host }): [string, ReadAnswer] => [
      name,
      this.#read(name, host),
    ]);
    return Object.fromEntries(answers);
  }

  #boot = (host: string): string => `b00-7 ${String(this.boots.get(host) ?? 0)}`;

  #startAnew(host: string): void {
    this.boots.set(host, (this.boots.get(host) ?? 0) + 1);
  }

  #read(name: string, host: string): ReadAnswer {
    if (this.#wrong(0.1)) return { kind: 'unreachable', why: 'no route' };
    const result = (exit_code: number, stdout: string): ReadResult => ({ exit_code, stdout, stderr: '' });
    if (this.#wrong(0.1)) return { kind: 'ok', value: result(127, '') };
    if (name === 'boot') {
      // A power cut.
      if (this.#wrong(0.05)) this.#startAnew(host);
      return { kind: 'ok', value: result(0, this.#boot(host)) };
    }
    return { kind: 'ok', value: this.#wrong(0.3) ? result(1, '3') : result(0, '12') };
  }

  #ensure(state: RunState, key: JobKey): readonly EventBody[] {
    const known = this.jobs.get(nameOf(key));
    if (this.#wrong(0.1)) {
      return finishedEvents(state, key, { kind: 'unreachable', why: 'no route' }, LOG);
    }
    const job = known ?? this.#start(state, key);
    const started: EventBody = { type: 'job_started', job: key, boot_id: 'boot', pid: 4 };
    // The bot dies, or only its start is seen before it does: whoever comes next attaches.
    if (this.#wrong(0.1)) {
      this.crashed = true;
      return this.#random() < 0.5 ? [] : [started];
    }
    if (this.#wrong(0.2)) {
      const alive = this.#random() < 0.3 ? {} : { alive: job.state === 'running' };
      return [started, ...finishedEvents(state, key, { kind: 'unknown', why: 'the link broke', ...alive }, LOG)];
    }
    return [...(known === undefined ? [started] : []), ...finishedEvents(state, key, this.#end(job), LOG)];
  }

  #start(state: RunState, key: JobKey): Job {
    const { boot } = taskState(state, key) ?? {};
    const job: Job = { key, state: 'running', report: this.#fateOf(), ...(boot === undefined ? {} : { boot }) };
    this.jobs.set(nameOf(key), job);
    return job;
  }

  #fateOf(): Report {
    if (!this.#wrong(0.5)) return ended(this.#random() < 0.2 ? 'nothing' : 'done', { reached: 'apply' });
    const reached = this.#random() < 0.3 ? 'keep' : 'apply';
    return ended(this.#random() < 0.5 ? 'failed' : 'timed_out', { reached });
  }

  /** The job runs to its end; only here is anything changed. */
  #end(job: Job): Report {
    if (job.state === 'running') {
      job.state = 'ended';
      this.#happened(job);
    }
    if (job.state === 'void') return { kind: 'void' };
    return job.state === 'lost' ? { kind: 'unknown', why: 'its folder is gone', alive: false } : job.report;
  }

  #happened({ key, report, boot }: Job): void {
    if (report.kind !== 'finished' || report.end === 'nothing' || report.reached !== 'apply') return;
    // The script compares, as the real one does; and a restart may be refused.
    if (boot !== undefined) {
      if (boot !== this.#boot(key.host) || this.#wrong(0.2)) return;
      this.restarts.push(key);
      this.#startAnew(key.host);
    }
    if (key.phase === 'apply') this.trace.push({ kind: 'did', step: key.step, item: key.item, host: key.host });
    else if (report.end === 'done') this.trace.push({ kind: 'undid', step: key.step, item: key.item, host: key.host });
  }

  #settle(key: JobKey): Report {
    const job = this.jobs.get(nameOf(key));
    if (job === undefined) {
      this.jobs.set(nameOf(key), { key, state: 'void', report: { kind: 'void' } });
      return { kind: 'void' };
    }
    if (this.#wrong(0.2)) return { kind: 'unreachable', why: 'no route' };
    if (job.state === 'running' && this.#wrong(0.3)) return { kind: 'unknown', why: 'it goes on', alive: true };
    if (job.state === 'running' && this.#wrong(0.2)) {
      // Power loss: what it had done is done, and nothing tells of it.
      this.#happened({ ...job, report: ended('done') });
      job.state = 'lost';
    }
    return this.#end(job);
  }

  #kill(key: JobKey): void {
    const job = this.jobs.get(nameOf(key));
    if (job?.state !== 'running') return;
    job.report = ended('killed');
    this.#end(job);
  }
}

export const nameOf = ({ phase, step, item, host, attempt }: JobKey): string =>
  `${phase} ${step} for ${item} on ${host}, attempt ${String(attempt)}`;

/** The step of the plan that an undo belongs to. */
export const undoOf = (state: RunState, step: string): string =>
  undoesItself(state.plan, step) ? step : withoutItem(step).replace(/\/[^/]*$/, '');
