import { evolve } from '../run/evolve.ts';
import { waitsForPerson } from '../run/evolve-decision.ts';
import { next } from '../run/next.ts';
import { planHost, planStep } from '../run/steps.ts';
import { accept, type Accepted } from '../run/accept.ts';
import type { Actor, Decision, Effect, EventBody, RunEvent, RunState } from '../run/types.ts';
import { closeOnHosts } from './close.ts';
import { ownLogs } from './own-logs.ts';
import { keyOf, type Performed, perform } from './perform.ts';
import type { Clock, RunWriter } from './ports.ts';
import { timeFrom } from '../run/steady-time.ts';
import { askerTroubles } from './asker.ts';
import type { Workshop } from './workshop.ts';

/** How a worker's turn at a run ended. */
export type DriveEnd =
  /** The run is over. `untidied`: hosts that could not be told so, `host: why`; their locks stay until it is picked up again. */
  | { readonly kind: 'finished'; readonly state: RunState; readonly untidied: readonly string[] }
  /** Only a person can move it on. */
  | { readonly kind: 'waiting'; readonly state: RunState }
  /** This process was told to stop; jobs go on on their hosts. */
  | { readonly kind: 'stopped'; readonly state: RunState }
  /** Another worker has taken the run over, or this one cannot go on (its disk is full). Jobs go on on their hosts. */
  | { readonly kind: 'lost'; readonly state: RunState; readonly why: string };

/** A run that this process works on. */
export interface Drive {
  state(): RunState;
  /** A person's decision: recorded, or refused. `over`: this worker's turn has ended, so pick the run up and ask again. */
  decide(decision: Decision, by: Actor, comment?: number): Promise<Accepted | 'over'>;
  /** No new step is begun, and the record says that this worker has gone; resolves with `ended`. */
  stop(): void;
  readonly ended: Promise<DriveEnd>;
}

/** With a reason of ours no error is made for it, which takes longer than all the rest of a wait. */
const OVER = 'over';

/** A job's start is recorded with its end where that comes at once, so that a quick step costs one wait for the disk. */
const EARLY_MS = 50;

/** A decision on its way to the loop, which alone may judge and record it. */
interface Asked {
  readonly decision: Decision;
  readonly by: Actor;
  readonly comment: number | undefined;
  readonly answer: (accepted: Accepted | 'over') => void;
}

/**
 * Works on a run until it ends or only a person can move it on: asks the state what is next, performs it, records what
 * came of it. One loop does all the recording, so events have one order; effects run side by side.
 */
export function drive(workshop: Workshop, writer: RunWriter, events: readonly RunEvent[]): Drive {
  let state = replay(events);
  let stopping = false;
  const inFlight = new Map<string, Promise<void>>();
  /** Hosts whose locks are being asked for: what was not heard of may be ours by now. */
  const asking = new Map<string, string>();
  const done: { readonly key?: string; readonly outcome: Performed }[] = [];
  const inbox: Asked[] = [];
  const own = ownLogs(workshop.logs);
  // What the run waits for is reckoned from its own events, so by its own time.
  const clock: Clock = {
    now: timeFrom(workshop.clock, state.lastAt),
    sleep: (ms, signal) => workshop.clock.sleep(ms, signal),
  };
  let asker: Promise<readonly string[]> | undefined;
  const ours = {
    ...{ ...workshop, clock, logs: own.logs, given: workshop.secrets.take(state.plan.secrets ?? []) },
    askerTroubles: () => (asker ??= askerTroubles(workshop, state)),
  };
  let over = false;
  let waits = new AbortController();
  let wake = (): void => undefined;

  // Whoever had the run before may have died before it could have that deleted.
  for (const event of events) if (event.type === 'job_finished' && wantsSecrets(event)) tidy(event);

  async function record(bodies: readonly EventBody[], onwards = true): Promise<void> {
    if (bodies.length === 0) return;
    let [ahead, seen] = [state, 0];
    const look = (stamped: readonly RunEvent[]): void => {
      ahead = stamped.reduce(evolve, ahead);
      seen += stamped.length;
    };
    const events = await writer.append(bodies, (stamped) => {
      look(stamped);
      return onwards && !stopping ? recordsOf(next(ahead)) : [];
    });
    // Only now: what is not durable has not happened.
    look(events.slice(seen));
    // What the run waited for before it came to its end is not waited for any longer.
    if (ahead.ending !== undefined && state.ending === undefined) callOff();
    state = ahead;
    events.forEach(tidy);
    workshop.conversation.changed(state);
  }

  function callOff(): void {
    waits.abort(OVER);
    waits = new AbortController();
  }

  /** Once a job's end is durable here, its script and output need not lie on the host any more. */
  function tidy(event: RunEvent): void {
    if (event.type !== 'job_finished' || event.outcome === 'unknown' || event.outcome === 'unreachable') return;
    const host = workshop.hosts.host(planHost(state.plan, event.job.host));
    const atOnce = wantsSecrets(event);
    // Nothing waits for it: what is left after all goes with the run's folder at its end.
    const kept = atOnce ? undefined : writer.kept?.();
    const tidied =
      kept === undefined
        ? host.tidyJob(state.run, event.job, atOnce)
        : kept.then(() => host.tidyJob(state.run, event.job));
    void tidied.catch(() => undefined);
  }

  /** What it has printed must not lie on the host any longer than it has to. */
  function wantsSecrets({ job }: Extract<RunEvent, { readonly type: 'job_finished' }>): boolean {
    return planStep(state.plan, job.step, job.phase).secrets !== undefined;
  }

  function start(effect: Exclude<Effect, { readonly do: 'record' }>): void {
    const key = keyOf(effect);
    if (inFlight.has(key)) return;
    // What gives a host back must not come after what takes it again.
    if (effect.do === 'lock' && inFlight.has(keyOf({ do: 'unlock', host: effect.host }))) return;
    const early = (event: EventBody): void => {
      done.push({ outcome: { kind: 'events', events: [event] } });
      setTimeout(() => {
        wake();
      }, EARLY_MS);
    };
    const work = perform(ours, () => state, writer.epoch, effect, early, waits.signal)
      // What fails here is our own (the disk of the logs is full): no word about the host, and no reason to guess one.
      .catch((error: unknown): Performed => ({ kind: 'lost', why: wordsOf(error) }))
      .then((outcome) => {
        done.push({ key, outcome });
        wake();
      });
    inFlight.set(key, work);
    if (effect.do === 'lock') asking.set(key, effect.host);
  }

  /** Takes in all that has come; what ends this worker's turn is returned. */
  async function takeIn(): Promise<string | undefined> {
    const bodies: EventBody[] = [];
    const keys: string[] = [];
    for (const { key, outcome } of done.splice(0)) {
      if (key !== undefined) keys.push(key);
      if (outcome.kind === 'lost') return outcome.why;
      bodies.push(...outcome.events);
    }
    await record(bodies);
    for (const key of keys) {
      inFlight.delete(key);
      asking.delete(key);
    }
    for (let asked = inbox[0]; asked !== undefined; asked = inbox[0]) {
      const accepted = accept(state, asked.decision, asked.by, asked.comment);
      // No further than the decision: who comes second shall hear that it was answered, not what came of it.
      if (accepted.ok) await record(accepted.events, false);
      // Only now: what could not be recorded must still be there, to be answered.
      inbox.shift();
      asked.answer(accepted);
    }
    return undefined;
  }

  const hasEnded = (): boolean => state.endedAt !== undefined;

  async function work(): Promise<DriveEnd> {
    // Whoever took the run up for a decision brings it at once, before the run is found to wait and is given back.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      // What is still under way when a run ends is not heard any more: the end is its record's last word.
      if (hasEnded()) return { kind: 'finished', state, untidied: [] };
      const lost = await takeIn();
      if (lost !== undefined) return { kind: 'lost', state, why: lost };
      if (hasEnded()) continue;
      const effects = next(state);
      if (stopping) {
        // A run that waits for a person is given back in any case.
        if (!waitsForPerson(state)) await record([{ type: 'worker_stopped', worker: workshop.worker }], false);
        return { kind: 'stopped', state };
      }
      const records = recordsOf(effects);
      if (records.length > 0) {
        await record(records);
        continue;
      }
      for (const effect of effects) if (effect.do !== 'record') start(effect);
      if (done.length > 0 || inbox.length > 0) continue;
      if (inFlight.size === 0) return { kind: 'waiting', state };
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (done.length > 0 || inbox.length > 0 || stopping) resolve();
      });
    }
  }

  const asLost = (error: unknown): DriveEnd => ({ kind: 'lost', state, why: wordsOf(error) });

  const ended = work()
    .catch(asLost)
    .then(async (end): Promise<DriveEnd> => {
      over = true;
      waits.abort(OVER);
      for (const { answer } of inbox.splice(0)) answer('over');
      await own.close();
      if (end.kind !== 'finished') {
        await writer.release();
        return end;
      }
      for (const key of asking.keys()) await inFlight.get(key);
      const untidied = await closeOnHosts(workshop, end.state, [...asking.values()]);
      await writer.release();
      return { ...end, untidied };
    })
    .catch(asLost);

  return {
    state: () => state,
    decide: (decision, by, comment) =>
      new Promise((answer) => {
        if (over) {
          answer('over');
          return;
        }
        inbox.push({ decision, by, comment, answer });
        wake();
      }),
    stop: () => {
      stopping = true;
      wake();
    },
    ended,
  };
}

const recordsOf = (effects: readonly Effect[]): readonly EventBody[] =>
  effects.flatMap((effect) => (effect.do === 'record' ? [effect.event] : []));

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The state that a run's events lead to; there is at least the first. */
export function replay(events: readonly RunEvent[]): RunState {
  const state = events.reduce<RunState | undefined>((before, event) => evolve(before, event), undefined);
  if (state === undefined) throw new Error('A run without events cannot be worked on.');
  return state;
}
