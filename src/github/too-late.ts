import type { Instant } from '../run/types.ts';
import { type Command, commandNeed, printCommand } from '../thread/command.ts';
import { code, counted } from '../thread/markdown.ts';

/** Whoever wrote it so long ago may not be there any more, and the hosts may be others by now. */
export const LATE_MS = 15 * 60_000;
/** GitHub's times are whole seconds, so that an age is known to a second each way. */
const ROUGHLY_MS = 2_000;

/** Whether a command is too old to be acted on unasked. Questions and dry runs change nothing, so they are answered. */
export function isTooLate(command: Command, ageMs: number): boolean {
  const need = commandNeed(command);
  return (need === 'run' || need === 'decide' || need === 'approve' || need === 'lock') && ageMs > LATE_MS;
}

const DONE: Readonly<Partial<Record<Command['kind'], string>>> = {
  decision: 'decided',
  approve: 'approved',
  lock: 'locked',
  unlock: 'unlocked',
  cancel: 'cancelled',
};

/** Asks instead of acting. */
export const tooLateText = (command: Command, ageMs: number): string =>
  `Nothing was ${DONE[command.kind] ?? 'started'}: this was written ${sinceWhen(ageMs)} ago, and ` +
  'Changeover came to it only now. Either it was not running, or GitHub did not pass the comment on. ' +
  `If you still want it, type it again, in a new comment: ${code(printCommand(command))}`;

/**
 * When a comment of this age was written, by this machine's clock, or was heard of, should that have been earlier: a
 * decision that comes late was not written for a prompt that was opened meanwhile.
 */
export const heardOf = (heardAt: Instant, now: Instant, ageMs: number): Instant => {
  const written = new Date(Date.parse(now) - ageMs + ROUGHLY_MS).toISOString();
  return written < heardAt ? written : heardAt;
};

function sinceWhen(ageMs: number): string {
  const minutes = Math.floor(ageMs / 60_000);
  if (minutes < 120) return counted(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day');
}
