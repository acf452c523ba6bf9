import type { State } from './state.ts';
import type { Actor, Comment, Issue, Reaction, ReactionContent, Subject } from './types.ts';

const touch = (state: State, issue: Issue): Issue => {
  const touched = { ...issue, updatedAt: state.now() };
  state.issues.set(issue.number, touched);
  return touched;
};

export function addComment(state: State, by: Actor, on: Issue, body: string): Comment {
  const at = state.now();
  const comment: Comment = {
    id: state.nextId(),
    issue: on.number,
    body,
    author: by.user,
    viaApp: by.kind !== 'user',
    createdAt: at,
    updatedAt: at,
  };
  state.comments.set(comment.id, comment);
  const issue = touch(state, on);
  state.publish({ kind: 'comment', action: 'created', issue, comment, previousBody: '', by });
  return comment;
}

export function editComment(state: State, by: Actor, old: Comment, body: string): Comment {
  const comment: Comment = { ...old, body, updatedAt: state.now() };
  state.comments.set(comment.id, comment);
  const issue = state.issues.get(comment.issue);
  if (issue !== undefined) {
    state.publish({ kind: 'comment', action: 'edited', issue, comment, previousBody: old.body, by });
  }
  return comment;
}

export function deleteComment(state: State, by: Actor, comment: Comment): void {
  state.comments.delete(comment.id);
  for (const reaction of reactionsOn(state, { kind: 'comment', id: comment.id })) state.reactions.delete(reaction.id);
  const on = state.issues.get(comment.issue);
  if (on === undefined) return;
  const issue = touch(state, on);
  state.publish({ kind: 'comment', action: 'deleted', issue, comment, previousBody: comment.body, by });
}

export function commentsOf(state: State, issue: number): readonly Comment[] {
  return [...state.comments.values()].filter((comment) => comment.issue === issue);
}

export function reactionsOn(state: State, subject: Subject): readonly Reaction[] {
  return [...state.reactions.values()].filter(
    (reaction) => reaction.subject.kind === subject.kind && reaction.subject.id === subject.id,
  );
}

/** Reacts once: a second reaction of the same kind by the same user is the first one again. */
export function react(
  state: State,
  by: Actor,
  subject: Subject,
  content: ReactionContent,
): { readonly kind: 'created' | 'existing'; readonly reaction: Reaction } {
  const same = reactionsOn(state, subject).find((each) => each.user.id === by.user.id && each.content === content);
  if (same !== undefined) return { kind: 'existing', reaction: same };
  const reaction: Reaction = { id: state.nextId(), subject, content, user: by.user, createdAt: state.now() };
  state.reactions.set(reaction.id, reaction);
  state.publish({ kind: 'reaction', action: 'created', reaction, by });
  return { kind: 'created', reaction };
}

export function unreact(state: State, by: Actor, reaction: Reaction): void {
  state.reactions.delete(reaction.id);
  state.publish({ kind: 'reaction', action: 'deleted', reaction, by });
}
