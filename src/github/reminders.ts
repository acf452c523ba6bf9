import type { Clock } from '../engine/ports.ts';
import type { RunState } from '../run/types.ts';
import { marker, markerOf } from '../thread/marker.ts';
import { dueReminder, renderReminder, type Reminder } from '../thread/reminder.ts';
import { replyMarker } from './conversation.ts';
import { isBy } from './is-by.ts';
import type { Repository } from './repository.ts';

/** GitHub's clock and this one may differ. */
const CLOCKS_DIFFER_MS = 3_600_000;

/** Reminds people in a repository's issues of what waits for them. */
export interface Reminders {
  /** Says each reminder that is due and that no process has said yet. Rejects where GitHub cannot be asked. */
  remind(): Promise<void>;
}

/** @param afterMs how long a run may wait before the first reminder; 0: there is none */
export function createReminders(repository: Repository, clock: Clock, afterMs: number): Reminders {
  /** What was said, or found said: of a run's reminder there is nothing more to look for. */
  const known = new Set<string>();

  async function remindOf(state: RunState, reminder: Reminder): Promise<void> {
    const { where, run } = state;
    const key = `${run} ${reminder.about} ${String(reminder.number)}`;
    if (where.kind !== 'issue' || known.has(key)) return;
    const about = `${reminder.about}-${String(reminder.number)}`;
    const from = new Date(Date.parse(reminder.since) - CLOCKS_DIFFER_MS).toISOString().replace(/\.\d+Z$/, 'Z');
    const there = (await repository.api.commentsSince(where.issue, from)).filter((each) =>
      isBy(repository.speaker, each),
    );
    known.add(key);
    if (there.some(({ body }) => body.startsWith(replyMarker(where.comment, about)))) return;
    // Of two processes that have looked at once one says it. Should that die before, there is the next, in a day.
    const once = `reminder-${key.replaceAll(' ', '-')}`;
    if (!(await repository.workshop.journal.acceptOnce(once, where))) return;
    const asked = marker(run, reminder.about === 'start' ? 'approval' : `prompt-${reminder.about}`);
    const { url } = there.find(({ body }) => markerOf(body) === asked) ?? {};
    const text = renderReminder(state, reminder, clock.now(), url);
    const said = (): Promise<void> => repository.workshop.journal.settle(once);
    repository.conversation.reply(where.issue, { id: where.comment, createdAt: from }, text, {
      about,
      again: true,
      said,
    });
  }

  return {
    remind: async () => {
      if (afterMs === 0) return;
      for (const state of await repository.runs.states()) {
        const reminder = dueReminder(state, clock.now(), afterMs);
        if (reminder !== undefined) await remindOf(state, reminder);
      }
    },
  };
}

/** How often to look whether a reminder is due. */
const LOOK_MS = 300_000;

/** Reminds until it is aborted. What fails is tried again the next time. */
export async function keepReminding(
  remind: () => Promise<void>,
  clock: Clock,
  afterMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (afterMs > 0 && !signal.aborted) {
    await remind();
    await clock.sleep(Math.min(LOOK_MS, afterMs), signal);
  }
}
