import type { Change } from './types.ts';
import { commentView, issueView, type Frame } from './views/issues.ts';
import { nodeId, organization, simpleUser } from './views/users.ts';
import { repository } from './views/repository.ts';

export type Event = {
  readonly event: string;
  readonly action: string;
  readonly payload: Readonly<Record<string, unknown>>;
};

/** The webhook that GitHub sends for a change; undefined where the local GitHub sends none. */
export function eventOf(frame: Frame, change: Change): Event | undefined {
  if (change.kind !== 'issue' && change.kind !== 'comment') return undefined;
  const { base, state, app } = frame;
  const tail = {
    repository: repository(base, state),
    organization: organization(base, state.organization),
    sender: simpleUser(base, change.by.user),
    installation: {
      id: app.installationId,
      node_id: nodeId('MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u', app.installationId),
    },
  };
  const { action } = change;
  const issue = issueView(frame, change.issue);
  if (change.kind === 'issue') return { event: 'issues', action, payload: { action, issue, ...tail } };
  const changes = action === 'edited' ? { changes: { body: { from: change.previousBody } } } : {};
  const comment = commentView(frame, change.comment);
  return { event: 'issue_comment', action, payload: { action, ...changes, issue, comment, ...tail } };
}
