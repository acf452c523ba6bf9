import type { Follow } from '../engine/ports.ts';
import { NO_HASH, seal, type Sealed, withHash } from '../run/chain.ts';
import type { EventBody, Instant, RunEvent, RunId } from '../run/types.ts';
import { eventOf } from './event-boundary.ts';

/** Where a run's chain ends: what the next event is numbered and chained to. */
export interface ChainHead {
  readonly run: RunId;
  readonly seq: number;
  readonly hash: string;
  readonly at: Instant;
}

export const beginning = (run: RunId, at: Instant): ChainHead => ({ run, seq: 0, hash: NO_HASH, at });

export const headAfter = (last: RunEvent, hash: string): ChainHead => ({
  run: last.run,
  seq: last.seq,
  hash,
  at: last.at,
});

/** Events chained to a head. Time never runs backwards in a run, though a machine's clock may. */
export function chain(
  head: ChainHead,
  bodies: readonly EventBody[],
  now: Instant,
): { readonly sealed: readonly Sealed[]; readonly head: ChainHead } {
  const at = now > head.at ? now : head.at;
  const sealed: Sealed[] = [];
  let { seq, hash } = head;
  for (const body of bodies) {
    const { line, hash: next } = seal(hash, seq + 1, head.run, at, body);
    // As it will be read, the order of keys included: a worker and who reads the record later must see the same.
    sealed.push({ event: withHash(eventOf(line), next), line, hash: next });
    seq += 1;
    hash = next;
  }
  return { sealed, head: { run: head.run, seq, hash, at } };
}

/** As `chain`, and with all that follows: `follow` is shown each part and gives the next, until nothing follows. */
export function chainAll(
  head: ChainHead,
  bodies: readonly EventBody[],
  now: Instant,
  follow: Follow = () => [],
): { readonly sealed: readonly Sealed[]; readonly head: ChainHead } {
  const first = chain(head, bodies, now);
  const sealed = [...first.sealed];
  let part = first;
  for (;;) {
    const next = follow(part.sealed.map(({ event }) => event));
    if (next.length === 0) return { sealed, head: part.head };
    part = chain(part.head, next, now);
    sealed.push(...part.sealed);
  }
}

/** The epoch of whoever takes the run over now. */
export const nextEpoch = (events: readonly RunEvent[]): number =>
  1 + events.reduce((epoch, event) => (event.type === 'run_started' ? Math.max(epoch, event.epoch) : epoch), 0);
