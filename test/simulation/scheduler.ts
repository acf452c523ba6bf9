/** A process of ours that may die, stall, and have a clock of its own. */
export interface Process {
  readonly name: string;
  alive: boolean;
  /** Until then nothing of it goes on; it wakes where it stood. */
  stalledUntil: number;
  /** By how much its clock is wrong, in ms. */
  skewMs: number;
}

/** The smallest thing that happens: everything else can come before it or after it, never beside it. */
export interface Atom {
  readonly at: number;
  readonly order: number;
  /** Whose it is; the world's own go on whoever dies. */
  readonly of: Process | undefined;
  /** By whose doing it comes: a message goes on when its sender dies. */
  readonly whose: Process | undefined;
  readonly name: string;
  readonly run: () => void;
  cancelled: boolean;
}

/** A number in [0, 1), the same ones for the same seed. */
export type Chance = () => number;

const immediately = globalThis.setImmediate;

/**
 * All that happens in a history, one atom after the other, by a clock that only this moves. Between two atoms all that
 * can go on in the process at hand goes on, and nothing in any other.
 */
export class Scheduler {
  now = Date.parse('2026-11-22T05:00:00.000Z');
  /** Whose code runs. */
  current: Process | undefined;
  /** Atoms that have happened. */
  count = 0;
  /** Called before each; what it kills does not come to it. */
  before: (atom: Atom) => void = () => undefined;
  readonly #heap: Atom[] = [];
  readonly #chance: Chance | undefined;
  #order = 0;

  /** @param chance makes messages take longer at random; absent: all take as long as they take. */
  constructor(chance: Chance | undefined) {
    this.#chance = chance;
  }

  /** How long a message takes, in ms: so long as a rule, now and then much longer, so that others overtake it. */
  latency(ms: number): number {
    if (this.#chance === undefined) return ms;
    return ms * (LATENCIES[Math.floor(this.#chance() * LATENCIES.length)] ?? 1);
  }

  /** @param whose by whose doing it comes, where it goes on without that process */
  after(ms: number, name: string, of: Process | undefined, run: () => void, whose = of): Atom {
    const atom: Atom = { at: this.now + ms, order: (this.#order += 1), of, whose, name, run, cancelled: false };
    this.#push(atom);
    return atom;
  }

  /** @returns false where nothing is left to happen */
  async step(): Promise<boolean> {
    const atom = this.#pop();
    if (atom === undefined) return false;
    const { of } = atom;
    if (atom.cancelled || isDead(of)) return true;
    if (of !== undefined && of.stalledUntil > atom.at) {
      this.#push({ ...atom, at: of.stalledUntil });
      return true;
    }
    this.now = Math.max(this.now, atom.at);
    this.before(atom);
    this.count += 1;
    if (isDead(of)) return true;
    await this.within(of, atom.run);
    return true;
  }

  /** Runs code of a process as far as it comes by itself. */
  async within(of: Process | undefined, run: () => void): Promise<void> {
    this.current = of;
    run();
    if (of !== undefined) await new Promise((resolve) => immediately(resolve));
    this.current = undefined;
  }

  #push(atom: Atom): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(atom);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up]!;
      if (isBefore(parent, atom)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = atom;
  }

  #pop(): Atom | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const least = left + 1 < heap.length && isBefore(heap[left + 1]!, heap[left]!) ? left + 1 : left;
      if (isBefore(last, heap[least]!)) break;
      heap[at] = heap[least]!;
      at = least;
    }
    heap[at] = last;
    return first;
  }
}

const isDead = (of: Process | undefined): boolean => of?.alive === false;

const LATENCIES = [1, 1, 1, 1, 1, 2, 3, 30] as const;

const isBefore = (one: Atom, other: Atom): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/**
 * Gives the code under test this clock for its timers instead of the machine's.
 * @returns puts the machine's back
 */
export function takeTimers(scheduler: Scheduler): () => void {
  const { setTimeout, clearTimeout, setImmediate, clearImmediate } = globalThis;
  const timer = (ms: number, run: () => void): unknown => {
    const atom = scheduler.after(Math.max(0, ms), 'a timer', scheduler.current, run);
    return { atom, unref: () => undefined };
  };
  const cancel = (handle: unknown): void => {
    if (typeof handle === 'object' && handle !== null && 'atom' in handle) (handle.atom as Atom).cancelled = true;
  };
  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms = 0) => timer(ms, run),
    setImmediate: (run: () => void) => timer(0, run),
    clearTimeout: cancel,
    clearImmediate: cancel,
  });
  performance.now = () => scheduler.now;
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout, setImmediate, clearImmediate });
    // Back to the one that it inherits: one that is bound here would call through those of all histories before.
    Reflect.deleteProperty(performance, 'now');
  };
}
