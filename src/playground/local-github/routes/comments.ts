import { addComment, commentsOf, deleteComment, editComment } from '../comments.ts';
import { changedSince, paged, sorted } from '../paging.ts';
import {
  created,
  invalidRequest,
  noContent,
  notFound,
  ok,
  refusal,
  type ApiRequest,
  type Handler,
  type Reply,
  type Route,
} from '../reply.ts';
import { mayChange } from '../rights.ts';
import { isRecord } from '../types.ts';
import { commentView } from '../views/issues.ts';
import { bodyFault } from './body-fault.ts';
import { commentOf, issueOf } from './lookup.ts';

type Text = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'fault'; readonly reply: Reply };

const textOf = ({ body }: ApiRequest): Text => {
  const text = isRecord(body) ? body['body'] : undefined;
  if (typeof text !== 'string') return { kind: 'fault', reply: invalidRequest('"body" wasn\'t supplied.') };
  const reply = bodyFault('IssueComment', text);
  return reply === undefined ? { kind: 'text', text } : { kind: 'fault', reply };
};

const forbidden = refusal(403, 'Must have admin rights to Repository.');

const listOfIssue: Handler = (request, context) => {
  const issue = issueOf(request, context);
  if (issue === undefined) return notFound;
  const comments = changedSince(commentsOf(context.state, issue.number), request.query);
  return paged(comments, (comment) => commentView(context, comment), request, context);
};

const listAll: Handler = (request, context) => {
  const { query } = request;
  const comments = sorted(changedSince([...context.state.comments.values()], query), query, false);
  return paged(comments, (comment) => commentView(context, comment), request, context);
};

const get: Handler = (request, context) => {
  const comment = commentOf(request, context);
  return comment === undefined ? notFound : ok(commentView(context, comment));
};

const create: Handler = (request, context) => {
  const issue = issueOf(request, context);
  if (issue === undefined) return notFound;
  const text = textOf(request);
  if (text.kind === 'fault') return text.reply;
  const view = commentView(context, addComment(context.state, request.actor, issue, text.text));
  return { ...created(view), headers: { location: view.url } };
};

const update: Handler = (request, context) => {
  const comment = commentOf(request, context);
  if (comment === undefined) return notFound;
  if (!mayChange(context.state, request.actor, comment)) return forbidden;
  const text = textOf(request);
  if (text.kind === 'fault') return text.reply;
  return ok(commentView(context, editComment(context.state, request.actor, comment, text.text)));
};

const remove: Handler = (request, context) => {
  const comment = commentOf(request, context);
  if (comment === undefined) return notFound;
  if (!mayChange(context.state, request.actor, comment)) return forbidden;
  deleteComment(context.state, request.actor, comment);
  return noContent;
};

const ofIssue = '/repos/{owner}/{repo}/issues/{issue_number}/comments';
const all = '/repos/{owner}/{repo}/issues/comments';
const one = `${all}/{comment_id}`;
const paging = ['since', 'per_page', 'page'] as const;

export const commentRoutes: readonly Route[] = [
  { method: 'GET', path: ofIssue, as: 'user', needs: ['issues', 'read'], query: paging, handle: listOfIssue },
  { method: 'POST', path: ofIssue, as: 'user', needs: ['issues', 'write'], handle: create },
  {
    method: 'GET',
    path: all,
    as: 'user',
    needs: ['issues', 'read'],
    query: ['sort', 'direction', ...paging],
    handle: listAll,
  },
  { method: 'GET', path: one, as: 'user', needs: ['issues', 'read'], handle: get },
  { method: 'PATCH', path: one, as: 'user', needs: ['issues', 'write'], handle: update },
  { method: 'DELETE', path: one, as: 'user', needs: ['issues', 'write'], handle: remove },
];
