import { react, reactionsOn, unreact } from '../comments.ts';
import { paged } from '../paging.ts';
import {
  created,
  invalid,
  noContent,
  notFound,
  ok,
  refusal,
  type ApiRequest,
  type Context,
  type Handler,
  type Route,
} from '../reply.ts';
import { isRecord, reactionContents, type Subject } from '../types.ts';
import { reactionView } from '../views/issues.ts';
import { commentOf, issueOf, param } from './lookup.ts';

type Find = (request: ApiRequest, context: Context) => Subject | undefined;

const onIssue: Find = (request, context) => {
  const issue = issueOf(request, context);
  return issue === undefined ? undefined : { kind: 'issue', id: issue.number };
};

const onComment: Find = (request, context) => {
  const comment = commentOf(request, context);
  return comment === undefined ? undefined : { kind: 'comment', id: comment.id };
};

const list =
  (find: Find): Handler =>
  (request, context) => {
    const subject = find(request, context);
    if (subject === undefined) return notFound;
    const content = request.query.get('content');
    const reactions = reactionsOn(context.state, subject).filter((each) => (content ?? each.content) === each.content);
    return paged(reactions, (reaction) => reactionView(context.base, reaction), request, context);
  };

const create =
  (find: Find): Handler =>
  (request, context) => {
    const subject = find(request, context);
    if (subject === undefined) return notFound;
    const wanted = isRecord(request.body) ? request.body['content'] : undefined;
    const content = reactionContents.find((each) => each === wanted);
    if (content === undefined) return invalid('Reaction', 'content', 'invalid');
    const made = react(context.state, request.actor, subject, content);
    const view = reactionView(context.base, made.reaction);
    return made.kind === 'created' ? created(view) : ok(view);
  };

const remove =
  (find: Find): Handler =>
  (request, context) => {
    const subject = find(request, context);
    const id = Number(param(request, 'reaction_id'));
    const reaction = subject && reactionsOn(context.state, subject).find((each) => each.id === id);
    if (reaction === undefined) return notFound;
    if (reaction.user.id !== request.actor.user.id) return refusal(403, 'You can only delete your own reactions.');
    unreact(context.state, request.actor, reaction);
    return noContent;
  };

const routesFor = (path: string, find: Find): readonly Route[] => [
  {
    method: 'GET',
    path,
    as: 'user',
    needs: ['issues', 'read'],
    query: ['content', 'per_page', 'page'],
    handle: list(find),
  },
  { method: 'POST', path, as: 'user', needs: ['issues', 'write'], handle: create(find) },
  { method: 'DELETE', path: `${path}/{reaction_id}`, as: 'user', needs: ['issues', 'write'], handle: remove(find) },
];

export const reactionRoutes: readonly Route[] = [
  ...routesFor('/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', onComment),
  ...routesFor('/repos/{owner}/{repo}/issues/{issue_number}/reactions', onIssue),
];
