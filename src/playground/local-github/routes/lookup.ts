import type { ApiRequest, Context } from '../reply.ts';
import type { Comment, Issue } from '../types.ts';

export function param(request: ApiRequest, name: string): string {
  const value = request.params.get(name);
  if (value === undefined) throw new Error(`The route's template has no {${name}}.`);
  return value;
}

export function issueOf(request: ApiRequest, { state }: Context): Issue | undefined {
  return state.issues.get(Number(param(request, 'issue_number')));
}

export function commentOf(request: ApiRequest, { state }: Context): Comment | undefined {
  return state.comments.get(Number(param(request, 'comment_id')));
}
