import { finishedEvents } from '../run/finished.ts';
import { orderOf } from '../run/order.ts';
import { preflightNeeds } from '../run/preflight.ts';
import { planHost, planStep, taskState } from '../run/steps.ts';
import type { PlanStep } from '../plan/types.ts';
import type { Effect, EventBody, Instant, JobKey, RunState } from '../run/types.ts';
import { look, observe } from './observe.ts';
import type { Host, JobReport, Keeping, OutputEnd } from './ports.ts';
import { bar, takeHost, takeName } from './locks.ts';
import { secretsFor } from './secrets.ts';
import type { RunWorkshop, Workshop } from './workshop.ts';

/** What came of an effect: events to record, or why this worker cannot go on (another has taken the run over). */
export type Performed =
  { readonly kind: 'events'; readonly events: readonly EventBody[] } | { readonly kind: 'lost'; readonly why: string };

/** From TERM to KILL when a person aborts. */
const KILL_GRACE_MS = 5_000;

/** Between two kills of a job that ended neither: it may have started only after the first. */
const KILL_AGAIN_MS = 500;

/**
 * Two effects with the same key are the same one: it is performed once until its events are recorded. To ensure a job and
 * to settle it are the same, since both follow it to its end and keep its log, which only one may.
 */
export function keyOf(effect: Effect): string {
  if (effect.do === 'ensure_job' || effect.do === 'settle' || effect.do === 'kill') {
    const { step, host, item, phase, attempt } = effect.job;
    return [effect.do === 'kill' ? 'kill' : 'follow', phase, step, host, item, attempt].join('\n');
  }
  return JSON.stringify(effect);
}

/**
 * Brings one effect about. Never throws for what hosts do: that is said in the events.
 * @param early takes events that are known before the effect has ended (a job's start).
 */
export async function perform(
  workshop: RunWorkshop,
  current: () => RunState,
  epoch: number,
  effect: Exclude<Effect, { readonly do: 'record' }>,
  early: (event: EventBody) => void,
  signal: AbortSignal,
): Promise<Performed> {
  const state = current();
  const hostNamed = (name: string): Host => workshop.hosts.host(planHost(state.plan, name));
  switch (effect.do) {
    case 'lock':
      return events(...(await takeHost(workshop, current, effect.host, signal)));
    case 'lock_name':
      return events(...(await takeName(workshop, current, effect.name, signal)));
    case 'bar':
      return events(await bar(workshop, state, effect));
    case 'unlock':
      return releaseLock(hostNamed(effect.host), state, epoch, effect.host);
    case 'preflight': {
      const needs = preflightNeeds(state, effect.host);
      const [answer, asked] = await Promise.all([
        hostNamed(effect.host).preflight(needs),
        workshop.askerTroubles?.() ?? [],
      ]);
      const found = answer.kind === 'ok' ? answer.value : { troubles: [answer.why] };
      const { troubles } = workshop.given;
      const secrets = troubles.length === 0 ? {} : { secrets: troubles };
      const report = { ...found, ...secrets, ...(asked.length === 0 ? {} : { asked }) };
      return events({ type: 'observed', for: 'preflight', host: effect.host, report });
    }
    case 'observe':
      return events({ type: 'observed', ...(await observe(workshop, state, effect, signal)) });
    case 'look':
      return events({ type: 'observed', ...(await look(workshop, state, effect)) });
    case 'ensure_job':
    case 'settle':
      return doJob(workshop, state, epoch, effect, early);
    case 'wake':
      return wakened(workshop, effect.at, signal);
    case 'kill': {
      await hostNamed(effect.job.host).kill(state.run, effect.job, KILL_GRACE_MS);
      await workshop.clock.sleep(KILL_AGAIN_MS, signal);
      return { kind: 'events', events: [] };
    }
  }
}

/** Waits until it is so late; nothing is told where the wait is called off. */
async function wakened({ clock }: Workshop, due: Instant, signal: AbortSignal): Promise<Performed> {
  const left = (): number => Date.parse(due) - Date.parse(clock.now());
  // Where a clock was set, a run's time may pass more slowly for a while.
  while (left() > 0 && !signal.aborted) await clock.sleep(left(), signal);
  return signal.aborted ? events() : events({ type: 'observed', for: 'wake', due });
}

function events(...bodies: readonly EventBody[]): Performed {
  return { kind: 'events', events: bodies };
}

/** Starts or follows a job to its end and keeps its log. */
async function doJob(
  workshop: RunWorkshop,
  state: RunState,
  epoch: number,
  effect: { readonly do: 'ensure_job' | 'settle'; readonly job: JobKey },
  early: (event: EventBody) => void,
): Promise<Performed> {
  const { job } = effect;
  const host = workshop.hosts.host(planHost(state.plan, job.host));
  const step = planStep(state.plan, job.step, job.phase);
  const order = { ...orderOf(state, job, epoch), ...secretsFor(step, workshop.given) };
  const log = await workshop.logs.open(state.run, job, keepingOf(workshop, state, step));
  const attempts = taskState(state, job)?.attempts ?? [];
  const started = attempts.some(({ attempt, startedAt }) => attempt === job.attempt && startedAt !== undefined);
  const report: JobReport =
    effect.do === 'settle'
      ? await host.settle(order, log)
      : await host.ensureJob(order, log, ({ pid, bootId }) => {
          // Who follows a job that an earlier worker has started tells no second start.
          if (!started) early({ type: 'job_started', job, boot_id: bootId, pid });
        });
  const sealed = await log.seal(endOf(report));
  if (report.kind === 'fenced') return takenOver(state, report.epoch);
  return events(...finishedEvents(state, job, report, sealed));
}

/** All secrets of the run are masked everywhere: what one step writes down, another may print. */
export function keepingOf({ given }: RunWorkshop, { plan }: RunState, step: PlanStep): Keeping {
  if (step.noLog === true) return 'nothing';
  return plan.secrets === undefined ? 'all' : { mask: given.mask };
}

function endOf(report: JobReport): OutputEnd {
  if (report.kind !== 'finished') return 'unseen';
  return report.cut || report.end === 'timed_out' || report.end === 'killed' ? 'cut' : 'whole';
}

const takenOver = ({ run }: RunState, epoch: number): Performed => ({
  kind: 'lost',
  why: `Another worker took run ${run} over (epoch ${String(epoch)}).`,
});

async function releaseLock(host: Host, state: RunState, epoch: number, name: string): Promise<Performed> {
  const answer = await host.unlock(state.run, epoch);
  if (answer.kind === 'unreachable')
    return events({ type: 'observed', for: 'unlock', host: name, trouble: answer.why });
  const { fenced } = answer.value;
  return fenced === undefined ? events({ type: 'observed', for: 'unlock', host: name }) : takenOver(state, fenced);
}
