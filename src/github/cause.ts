import { readFile } from 'node:fs/promises';
import type { ActionSettings } from './action-settings.ts';
import type { Place } from './api.ts';
import {
  type CommentEvent,
  type DispatchEvent,
  type IssueEvent,
  readCommentEvent,
  readDispatchEvent,
  readIssueEvent,
} from './boundary.ts';

/** For which events a workflow may start a job. */
export const EVENTS = ['issue_comment', 'issues', 'workflow_dispatch', 'schedule'] as const;

/** Why a job was started. */
export type Cause =
  | { readonly kind: 'comment'; readonly event: CommentEvent }
  | { readonly kind: 'issue'; readonly event: IssueEvent }
  | { readonly kind: 'dispatch'; readonly event: DispatchEvent }
  /** The clock alone. */
  | { readonly kind: 'sweep'; readonly event: Place };

/** Reads the event's file. Throws where it is not what GitHub writes. */
export async function readCause({
  eventName,
  eventPath,
  place,
}: Pick<ActionSettings, 'eventName' | 'eventPath' | 'place'>): Promise<Cause> {
  // Of the schedule the file tells nothing more than which one it was.
  if (eventName === 'schedule') return { kind: 'sweep', event: place };
  const payload: unknown = JSON.parse(await readFile(eventPath, 'utf8'));
  switch (eventName) {
    case 'issue_comment':
      return { kind: 'comment', event: readCommentEvent(payload) };
    case 'issues':
      return { kind: 'issue', event: readIssueEvent(payload) };
    case 'workflow_dispatch': {
      const event = readDispatchEvent(payload);
      // Without a command it only looks, as the clock would have it do.
      return event.command.trim() === '' ? { kind: 'sweep', event: place } : { kind: 'dispatch', event };
    }
  }
}
