import { NO_HASH, seal } from '../../src/run/chain.ts';
import { accept, type Accepted } from '../../src/run/accept.ts';
import { evolve } from '../../src/run/evolve.ts';
import { finishedEvents } from '../../src/run/finished.ts';
import { next } from '../../src/run/next.ts';
import { later } from '../../src/run/time.ts';
import type { Plan } from '../../src/plan/types.ts';
import type {
  Actor,
  DecisionKind,
  Effect,
  EventBody,
  JobKey,
  JobReport,
  Mode,
  Observation,
  RunEvent,
  RunState,
} from '../../src/run/types.ts';

export const olivia: Actor = { kind: 'github', id: 7, login: 'olivia', right: 'admin' };
export const william: Actor = { kind: 'github', id: 8, login: 'william', right: 'write' };

const LOG = { sha256: 'c'.repeat(64), stdout: { text: '' }, stderr: { text: '' }, bytes: { out: 0, err: 0 } };

type Report = Exclude<JobReport, { readonly kind: 'fenced' }>;
type Finished = Extract<JobReport, { readonly kind: 'finished' }>;

export const ended = (end: Finished['end'], more: Partial<Finished> = {}): Finished => ({
  kind: 'finished',
  reached: end === 'nothing' ? 'probe' : 'apply',
  exitCode: end === 'failed' ? 1 : end === 'timed_out' || end === 'killed' ? null : 0,
  end,
  durationMs: 5,
  bytes: { out: 0, err: 0 },
  survivors: 0,
  cut: false,
  ...more,
});

/** A run's record held in memory: what a journal and the engine do, without either. */
export class Record {
  readonly events: RunEvent[] = [];
  #at = '2026-11-22T02:45:00.000Z';
  #state: RunState | undefined;

  constructor(
    plan: Plan,
    mode: Mode = 'apply',
    onFailure?: 'prompt' | 'rollback' | 'abort',
    more: Partial<Extract<EventBody, { readonly type: 'run_requested' }>> = {},
  ) {
    const policy = onFailure === undefined ? {} : { on_failure: onFailure };
    this.add({ type: 'run_requested', plan, mode, by: olivia, where: { kind: 'terminal' }, ...policy, ...more });
    this.add({ type: 'run_started', worker: 'test', epoch: 1 });
  }

  get state(): RunState {
    if (this.#state === undefined) throw new Error('no event yet');
    return this.#state;
  }

  add(body: EventBody, afterMs = 1000): void {
    const last = this.events.at(-1);
    const head = this.#state?.head ?? NO_HASH;
    this.#at = later(this.#at, afterMs);
    const { event } = seal(head, (last?.seq ?? 0) + 1, '20261122-7k3f', this.#at, body);
    this.events.push(event);
    this.#state = evolve(this.#state, event);
  }

  /** Time passes in which nothing happens. */
  pass(ms: number): void {
    this.#at = later(this.#at, ms);
  }

  see(seen: Observation): void {
    this.add({ type: 'observed', ...seen });
  }

  finish(job: JobKey, report: Report, stdout = ''): void {
    const log = { ...LOG, stdout: { text: stdout }, bytes: { out: Buffer.byteLength(stdout), err: 0 } };
    for (const event of finishedEvents(this.state, job, report, log)) this.add(event);
  }

  /** The state as somebody finds it who only has the record. */
  replayed(): RunState {
    const state = this.events
      .map((event) => JSON.parse(JSON.stringify(event)) as RunEvent)
      .reduce<RunState | undefined>((before, event) => evolve(before, event), undefined);
    if (state === undefined) throw new Error('no event yet');
    return state;
  }

  decide(kind: DecisionKind, prompt?: string, by: Actor = olivia): Accepted {
    const accepted = accept(this.state, prompt === undefined ? { kind } : { kind, prompt }, by, 42);
    if (accepted.ok) for (const event of accepted.events) this.add(event);
    return accepted;
  }

  approve(digest: string, by: Actor = olivia, prompt?: string): Accepted {
    const decision = { kind: 'approve', digest, ...(prompt === undefined ? {} : { prompt }) } as const;
    const accepted = accept(this.state, decision, by, 43);
    if (accepted.ok) for (const event of accepted.events) this.add(event);
    return accepted;
  }

  /** Records all that only wants recording, locks and finds every host well; what is left for hosts to do. */
  settle(): readonly Effect[] {
    for (let turn = 0; turn < 200; turn += 1) {
      const effects = next(this.state);
      const [effect] = effects;
      if (effect?.do === 'record') this.add(effect.event);
      else if (effect?.do === 'lock') this.see({ for: 'lock', host: effect.host });
      else if (effect?.do === 'lock_name') this.see({ for: 'lock_name', name: effect.name });
      else if (effect?.do === 'preflight') this.see(well(effect.host));
      else return effects;
    }
    throw new Error('the run does not settle');
  }

  /** Settles, then lets the one job that is due end so. */
  job(report: Report, stdout = ''): JobKey {
    const job = this.due();
    this.add({ type: 'job_started', job, boot_id: 'boot', pid: 4 });
    this.finish(job, report, stdout);
    return job;
  }

  due(): JobKey {
    const effects = this.settle();
    const job = effects.flatMap((effect) => (effect.do === 'ensure_job' ? [effect.job] : [])).at(0);
    if (job === undefined) throw new Error(`no job is due but ${JSON.stringify(effects)}`);
    return job;
  }
}

export const well = (host: string): Observation => ({
  for: 'preflight',
  host,
  report: { troubles: [], machine_id: `machine-${host}`, boot_id: `boot-${host}`, login_user: 'root' },
});
