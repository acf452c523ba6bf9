import type { RunEvent } from '../run/types.ts';

/**
 * Lines of a run whose chain has been checked, as events. The chain says that they are what a worker of ours wrote, so
 * their shape is not checked once more.
 */
export const eventsOf = (lines: readonly string[]): readonly RunEvent[] => lines.map(eventOf);

/** One such line. */
export const eventOf = (line: string): RunEvent => JSON.parse(line) as RunEvent;
