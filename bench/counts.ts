import { readFileSync } from 'node:fs';
import type { Proxy } from '../test/support/proxy.ts';

const STEPS = 30;

/** What one step takes, seen on the wire and by the kernel's count of processes. */
export interface Counts {
  readonly trips: number;
  /** The fewest that were seen: the whole machine's are counted. */
  readonly starts: number;
  readonly fastestMs: number;
}

/** @param proxy through which the step's connection goes */
export async function countsOf(step: () => Promise<void>, proxy: Proxy): Promise<Counts> {
  // The first one opens the channel.
  await step();
  const trips = proxy.roundTrips();
  const starts: number[] = [];
  const times: number[] = [];
  for (let count = 0; count < STEPS; count += 1) {
    const [before, start] = [processesSoFar(), performance.now()];
    await step();
    times.push(performance.now() - start);
    starts.push(processesSoFar() - before);
  }
  const perStep = (proxy.roundTrips() - trips) / STEPS;
  return { trips: perStep, starts: Math.min(...starts), fastestMs: Math.min(...times) };
}

export const countsText = ({ trips, starts, fastestMs }: Counts): string =>
  `${trips.toFixed(2)} network round trips, ${starts} process starts (the fewest seen), fastest ${fastestMs.toFixed(1)} ms`;

/** Processes started on this machine since it booted. */
function processesSoFar(): number {
  return Number(/^processes (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
}
