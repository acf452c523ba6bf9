import type { RunEvent } from '../run/types.ts';

/**
 * Lines of a run whose chain has been checked, as events. The chain says that they are what a worker of ours wrote, so
 * their shape is not checked once more.
 */
export function eventsOf(lines: readonly string[]): readonly RunEvent[] {
  return lines.map((line) => JSON.parse(line) as RunEvent);
}
