import { withTroubles } from './evolve-asking.ts';
import { onHost } from './preflight.ts';
import { planStep } from './steps.ts';
import type { DecisionKind, ObservedFor, PromptState, RunState, Waiting } from './types.ts';

type Seen = ObservedFor<'lock'> | ObservedFor<'lock_name'>;

/** It is still held, by whom, and which runs come first. */
function held(state: RunState, seen: Seen, words: string): RunState {
  const { barring, ...rest } = state;
  const of =
    seen.for === 'lock' ? ({ what: 'host', name: seen.host } as const) : ({ what: 'name', name: seen.name } as const);
  const more = {
    ...(seen.holder === undefined ? {} : { holder: seen.holder }),
    ...(seen.ahead === undefined ? {} : { ahead: seen.ahead }),
  };
  return { ...rest, waitingFor: { ...of, held: words, ...more } };
}

/**
 * A host's lock was asked for.
 * @param blocked takes in that the host could not be had before anything of the run has begun
 */
export function lockSeen(
  state: RunState,
  seen: ObservedFor<'lock'>,
  blocked: (state: RunState, trouble: string) => RunState,
): RunState {
  if (seen.held !== undefined) return held(state, seen, seen.held);
  const { waitingFor, barring, ...rest } = state;
  if (seen.trouble !== undefined) {
    const { ending } = rest;
    if (ending !== undefined) {
      // Of a host that has restarted its task tells.
      if (!rest.released.includes(seen.host)) return rest;
      const without = { ...ending.without, [seen.host]: onHost(seen.host, seen.trouble) };
      return { ...rest, ending: { ...ending, without } };
    }
    // Before a rollback nothing else of the host is looked at.
    if (state.guards?.then === 'rollback') return withTroubles(rest, [onHost(seen.host, seen.trouble)]);
    return blocked(rest, seen.trouble);
  }
  const released = rest.released.filter((host) => host !== seen.host);
  const locked = state.locked.includes(seen.host) ? state.locked : [...state.locked, seen.host];
  const leftBy = seen.left_by === undefined ? state.leftBy : { ...state.leftBy, [seen.host]: seen.left_by };
  return { ...rest, released, locked, leftBy };
}

export function nameSeen(state: RunState, seen: ObservedFor<'lock_name'>): RunState {
  if (seen.held !== undefined) return held(state, seen, seen.held);
  const { waitingFor, ...rest } = state;
  const { lockedNames } = state;
  return lockedNames.includes(seen.name) ? rest : { ...rest, lockedNames: [...lockedNames, seen.name] };
}

/** Given back while a person is asked, or not. */
export function unlockSeen(state: RunState, { host, trouble }: ObservedFor<'unlock'>): RunState {
  if (trouble !== undefined) return { ...state, notReleased: onHost(host, trouble) };
  if (!state.locked.includes(host)) return state;
  return { ...state, locked: state.locked.filter((each) => each !== host), released: [...state.released, host] };
}

/** The run that held the host is barred from it, and the host can be asked for again; or it could not be. */
export function barSeen(state: RunState, { alive, trouble }: ObservedFor<'bar'>): RunState {
  const { barring, waitingFor, ...rest } = state;
  if (waitingFor === undefined || (alive === undefined && trouble === undefined)) return rest;
  const { holder, ...waiting } = waitingFor;
  if (holder?.kind !== 'run') return rest;
  const more = { ...(alive === undefined ? {} : { alive }), ...(trouble === undefined ? {} : { unbarred: trouble }) };
  return { ...rest, waitingFor: { ...waiting, holder: { ...holder, ask: true, ...more } } };
}

/** Somebody has said what is to become of whoever holds what the run waits for. */
export function lockAnswered(state: RunState, { lock }: PromptState, decision: DecisionKind): RunState {
  const { waitingFor, ...rest } = state;
  const { holder } = lock ?? {};
  if (waitingFor === undefined || lock === undefined || holder?.kind !== 'run') return state;
  const { ask, ...known } = holder;
  const waiting: Waiting = { ...waitingFor, holder: known };
  if (decision !== 'continue') return { ...rest, waitingFor: waiting };
  return { ...rest, waitingFor: waiting, barring: { host: lock.name, run: holder.run } };
}

/**
 * All hosts are to be taken again: of those that were to be let go it is not certain which were, as the answer may be lost or
 * still on its way. To ask for what is ours already does no harm.
 */
export const allToTake = (state: RunState): RunState => ({
  ...state,
  locked: [],
  released: [...state.released, ...state.locked],
});

/** A step lets hosts go for its time, and nobody has answered it. */
export const lettingGo = ({ plan, steps }: RunState): boolean =>
  steps.some(({ id, phase, status, tasks }) => {
    const { work } = planStep(plan, id, phase);
    const isFree = work.kind === 'ask' && work.how === 'manual' && work.unlock === true;
    return isFree && status === 'open' && tasks.some(({ outcome }) => outcome === undefined);
  });

/** This run may begin nothing more on the host, nor anywhere else: it comes to its end. */
export function barredSeen(state: RunState, { host, by, who }: ObservedFor<'barred'>): RunState {
  return { ...state, barredFrom: { ...state.barredFrom, [host]: { by, who } } };
}
