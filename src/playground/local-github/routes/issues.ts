import { changedSince, paged, sorted } from '../paging.ts';
import { created, invalid, invalidRequest, notFound, ok, type Handler, type Route } from '../reply.ts';
import { openIssue } from '../state.ts';
import { isRecord } from '../types.ts';
import { issueView } from '../views/issues.ts';
import { bodyFault } from './body-fault.ts';
import { issueOf } from './lookup.ts';

const list: Handler = (request, context) => {
  const { query } = request;
  const creator = query.get('creator')?.toLowerCase();
  // Nothing here closes an issue, so `open` and `all` are the same.
  const wanted = query.get('state') === 'closed' ? [] : [...context.state.issues.values()];
  const issues = changedSince(wanted, query).filter(
    (issue) => creator === undefined || issue.author.login.toLowerCase() === creator,
  );
  return paged(sorted(issues, query, true), (issue) => issueView(context, issue), request, context);
};

const get: Handler = (request, context) => {
  const issue = issueOf(request, context);
  return issue === undefined ? notFound : ok(issueView(context, issue));
};

const create: Handler = ({ body, actor }, context) => {
  const { title, body: text } = isRecord(body) ? body : {};
  if (typeof title !== 'string') return invalidRequest('"title" wasn\'t supplied.');
  if (title.trim() === '') return invalid('Issue', 'title', 'missing_field');
  if (text !== undefined && text !== null && typeof text !== 'string') return invalidRequest('"body" is no string.');
  const fault = typeof text === 'string' && text !== '' ? bodyFault('Issue', text) : undefined;
  return fault ?? created(issueView(context, openIssue(context.state, actor, title, text ?? null)));
};

const issues = '/repos/{owner}/{repo}/issues';

export const issueRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: issues,
    as: 'user',
    needs: ['issues', 'read'],
    query: ['state', 'creator', 'since', 'sort', 'direction', 'per_page', 'page'],
    handle: list,
  },
  { method: 'POST', path: issues, as: 'user', needs: ['issues', 'write'], handle: create },
  { method: 'GET', path: `${issues}/{issue_number}`, as: 'user', needs: ['issues', 'read'], handle: get },
];
