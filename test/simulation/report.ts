import { EVENTS, POINTS } from './points.ts';
import type { Counts } from './world.ts';

export interface Counted {
  readonly histories: number;
  readonly atoms: number;
  readonly events: Readonly<Record<string, number>>;
  readonly crashes: Readonly<Record<string, number>>;
  readonly troubles: Readonly<Record<string, number>>;
}

/** Counts what histories met. */
export class Report implements Counts {
  #histories = 0;
  #atoms = 0;
  readonly #events = new Map(EVENTS.map((each) => [each, 0]));
  readonly #crashes = new Map(POINTS.map((each) => [each, 0]));
  readonly #troubles = new Map<string, number>();

  began(): void {
    this.#histories += 1;
  }

  played(atoms: number): void {
    this.#atoms += atoms;
  }

  event(type: string): void {
    add(this.#events, type);
  }

  trouble(kind: string, points: readonly string[]): void {
    add(this.#troubles, kind);
    if (kind === 'crash') for (const point of points) add(this.#crashes, point);
  }

  counts(): Counted {
    return {
      histories: this.#histories,
      atoms: this.#atoms,
      events: Object.fromEntries(this.#events),
      crashes: Object.fromEntries(this.#crashes),
      troubles: Object.fromEntries(this.#troubles),
    };
  }

  text(seed: number): string {
    return told(this.counts(), `seed ${String(seed)}`);
  }
}

/** In words, with what was never met. */
export function told({ histories, atoms, events, crashes, troubles }: Counted, seeds: string): string {
  const never = [...Object.entries(events), ...Object.entries(crashes)].filter(([, count]) => count === 0);
  return [
    `${number(histories)} histories of ${number(Math.round(atoms / Math.max(1, histories)))} moments each (${seeds}).`,
    `What went wrong: ${listed(troubles)}.`,
    `Events: ${listed(events)}.`,
    `A process died just before: ${listed(crashes)}.`,
    ...(never.length === 0 ? [] : [`Never met: ${never.map(([name]) => name).join(' · ')}.`]),
  ].join('\n');
}

/** So long at most may so many histories take in CI. */
const BUDGET = { histories: 100_000, seconds: 300 } as const;

/** How long that took, beside what it may take. A machine may be busy, so that it is said where nobody can overlook it, and fails nothing. */
export function timeText(histories: number, seconds: number, processes: number): string {
  const took = `${number(histories)} histories took ${seconds.toFixed(0)} s on ${String(processes)} processors`;
  const budget = `${number(BUDGET.histories)} may take five minutes (${String(BUDGET.seconds)} s)`;
  if (histories < BUDGET.histories) return `${took}; ${budget}.`;
  if (seconds <= BUDGET.seconds)
    return `${took}: within the five minutes (${String(BUDGET.seconds)} s) that they may take.`;
  const line = '!'.repeat(80);
  return `${line}\nTOO SLOW: ${took}, and ${budget}.\nSee what a history costs now: npm run simulate -- --histories 3000\n${line}`;
}

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${number(count)}`)
    .join(' · ');

const number = (count: number): string => count.toLocaleString('en-US');

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
