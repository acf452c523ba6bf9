import { z } from 'zod';
import type { RunEvent, Where } from '../run/types.ts';
import { issueSchema } from './issue-schema.ts';

/**
 * Lines of a run whose chain has been checked, as events. The chain says that they are what a worker of ours wrote, so
 * their shape is not checked once more.
 */
export const eventsOf = (lines: readonly string[]): readonly RunEvent[] => lines.map(eventOf);

/** One such line. */
export const eventOf = (line: string): RunEvent => JSON.parse(line) as RunEvent;

const firstSchema = z.object({
  where: issueSchema,
});

/** The issue that a first line names, whatever else is wrong with its file. */
export function whereOf(line: string): Where | undefined {
  try {
    return firstSchema.parse(JSON.parse(line)).where;
  } catch {
    return undefined;
  }
}
