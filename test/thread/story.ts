import type { Plan } from '../../src/plan/types.ts';
import { accept, type Accepted } from '../../src/run/accept.ts';
import { NO_HASH, seal } from '../../src/run/chain.ts';
import { evolve } from '../../src/run/evolve.ts';
import { finishedEvents } from '../../src/run/finished.ts';
import { next } from '../../src/run/next.ts';
import { later } from '../../src/run/time.ts';
import type {
  Actor,
  Captured,
  DecisionKind,
  Effect,
  EventBody,
  FactValue,
  HostReport,
  JobKey,
  JobReport,
  LookReport,
  Mode,
  ReadResult,
  RunEvent,
  RunState,
} from '../../src/run/types.ts';

export const william: Actor = { kind: 'github', id: 8, login: 'william', right: 'write' };

/** How a job ends in a story. */
export interface Ending {
  readonly report: Exclude<JobReport, { readonly kind: 'fenced' }>;
  readonly stdout?: Captured;
  readonly stderr?: Captured;
}

/** What hosts answer. What is not said goes well at once and prints nothing. */
export interface World {
  readonly preflight?: (host: string) => Partial<HostReport>;
  readonly facts?: Readonly<Record<string, FactValue>>;
  /** On this host alone; over `facts`. */
  readonly factsOn?: (host: string) => Readonly<Record<string, FactValue>>;
  readonly condition?: (step: string) => ReadResult;
  readonly look?: (step: string, host: string) => Partial<LookReport>;
  readonly job?: (job: JobKey) => Ending | undefined;
  /** How a host that is told to restart is seen, look by look, each so long after what was before. */
  readonly restarts?: readonly Sight[];
}

export interface Sight {
  readonly afterMs: number;
  readonly boot?: string;
  readonly unreachable?: string;
}

const bytesOf = (captured: Captured): number =>
  'text' in captured
    ? Buffer.byteLength(captured.text)
    : Buffer.byteLength(captured.head + captured.tail) + captured.omitted_bytes;

export const finished = (
  end: Extract<JobReport, { kind: 'finished' }>['end'],
  durationMs: number,
  more: Partial<Extract<JobReport, { kind: 'finished' }>> = {},
): Extract<JobReport, { kind: 'finished' }> => ({
  kind: 'finished',
  reached: end === 'nothing' ? 'probe' : 'apply',
  exitCode: end === 'failed' ? 1 : end === 'done' || end === 'nothing' ? 0 : null,
  end,
  durationMs,
  bytes: { out: 0, err: 0 },
  survivors: 0,
  cut: false,
  ...more,
});

/** A run that is told by the real core of runs, with hosts that do as the story says. */
export class Story {
  readonly events: RunEvent[] = [];
  /** The state after each event. */
  readonly states: RunState[] = [];
  readonly #run: string;
  readonly #world: World;
  readonly #restarts: Sight[];
  #at: string;

  constructor(
    plan: Plan,
    mode: Mode,
    world: World,
    run = '20261122-7k3f',
    at = '2026-11-22T05:58:00.000Z',
    more: Partial<Extract<EventBody, { readonly type: 'run_requested' }>> = {},
  ) {
    this.#run = run;
    this.#world = world;
    this.#restarts = [...(world.restarts ?? [])];
    this.#at = at;
    const where = { kind: 'issue', owner: 'acme', repo: 'ops', issue: 1, comment: 100 } as const;
    this.add({ type: 'run_requested', plan, mode, by: william, where, ...more });
    this.add({ type: 'run_started', worker: 'server ops-1 4711', epoch: 1 }, 400);
  }

  get state(): RunState {
    const state = this.states.at(-1);
    if (state === undefined) throw new Error('The story has not begun.');
    return state;
  }

  add(body: EventBody, afterMs = 120): void {
    const before = this.states.at(-1);
    this.#at = later(this.#at, afterMs);
    const { event } = seal(before?.head ?? NO_HASH, this.events.length + 1, this.#run, this.#at, body);
    this.events.push(event);
    this.states.push(evolve(before, event));
  }

  decide(kind: DecisionKind, by: Actor = william, afterMs = 95_000): Accepted {
    const accepted = accept(this.state, { kind }, by, 101);
    if (accepted.ok) for (const event of accepted.events) this.add(event, afterMs);
    return accepted;
  }

  approve(digest: string, by: Actor, afterMs = 60_000): Accepted {
    const accepted = accept(this.state, { kind: 'approve', digest }, by, 102);
    if (accepted.ok) for (const event of accepted.events) this.add(event, afterMs);
    return accepted;
  }

  /** Goes on until the run ends or waits for a person, or `until` holds. */
  play(until: (state: RunState) => boolean = () => false): this {
    for (let turn = 0; turn < 2_000; turn += 1) {
      // Whatever is killed ends as the story says.
      const effect = next(this.state).find((each) => each.do !== 'kill');
      if (effect === undefined || until(this.state)) return this;
      this.#perform(effect);
    }
    throw new Error(`The story does not end: ${JSON.stringify(next(this.state))}`);
  }

  #perform(effect: Effect): void {
    const { preflight, factsOn, condition, look } = this.#world;
    switch (effect.do) {
      case 'record':
        this.add(effect.event);
        return;
      case 'lock':
        this.add({ type: 'observed', for: 'lock', host: effect.host });
        return;
      case 'lock_name':
        this.add({ type: 'observed', for: 'lock_name', name: effect.name });
        return;
      case 'unlock':
        this.add({ type: 'observed', for: 'unlock', host: effect.host });
        return;
      case 'bar':
        this.add({ type: 'observed', for: 'bar', host: effect.host, holder: effect.run });
        return;
      case 'preflight': {
        const { host } = effect;
        const report = {
          troubles: [],
          machine_id: `machine-${host}`,
          boot_id: 'b',
          login_user: 'ops',
          ...preflight?.(host),
        };
        this.add({ type: 'observed', for: 'preflight', host, report });
        return;
      }
      case 'look': {
        const { step, host, item } = effect;
        const found = { missing_programs: [], chdir_missing: false, sudo_missing: false, ...look?.(step, host) };
        this.add({ type: 'observed', for: 'look', step, host, item, look: found });
        return;
      }
      case 'observe': {
        const { step, phase, host, item, attempt } = effect;
        const facts = { ...this.#world.facts, ...factsOn?.(host) };
        const read = Object.fromEntries(
          effect.facts.map((fact) => [fact, facts[fact] ?? { trouble: 'not in this story' }]),
        );
        if (effect.for === 'open' || effect.for === 'choose' || effect.for === 'foresee') {
          this.add({ type: 'observed', for: effect.for, step, phase, host, facts: read });
          return;
        }
        const seen = condition === undefined ? {} : { condition: condition(step) };
        if (effect.for === 'boot' || effect.for === 'restart') {
          const { afterMs, ...sight } = this.#restarts.shift() ?? { afterMs: 600_000 };
          const body = { type: 'observed', step, phase, host, item, attempt, ...sight } as const;
          this.add(
            effect.for === 'boot' ? { ...body, for: 'boot' } : { ...body, for: 'restart', facts: read },
            afterMs,
          );
          return;
        }
        this.add({ type: 'observed', for: effect.for, step, phase, host, item, attempt, facts: read, ...seen });
        return;
      }
      case 'ensure_job':
      case 'settle':
        this.#job(effect.job, effect.do);
        return;
      case 'wake':
        this.add({ type: 'observed', for: 'wake', due: effect.at }, Date.parse(effect.at) - Date.parse(this.#at));
        return;
      case 'kill':
        throw new Error('Nobody is killed in these stories.');
    }
  }

  #job(job: JobKey, how: 'ensure_job' | 'settle'): void {
    const ending = this.#world.job?.(job) ?? { report: finished('done', 800) };
    const { report, stdout = { text: '' }, stderr = { text: '' } } = ending;
    const bytes = { out: bytesOf(stdout), err: bytesOf(stderr) };
    const started = report.kind === 'finished' || report.kind === 'unknown';
    if (started && how === 'ensure_job') this.add({ type: 'job_started', job, boot_id: 'b', pid: 4242 });
    const told = report.kind === 'finished' ? { ...report, bytes } : report;
    const log = { sha256: 'e'.repeat(64), stdout, stderr, bytes };
    for (const event of finishedEvents(this.state, job, told, log))
      this.add(event, report.kind === 'finished' ? report.durationMs : 30_000);
  }
}
