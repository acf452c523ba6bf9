import { createHash } from 'node:crypto';

/** GitHub's weak ETag for an answer: the same bytes for the same login have the same one. */
export function etagOf(body: Buffer, login: string): string {
  return `W/"${createHash('sha256').update(login).update('\0').update(body).digest('hex')}"`;
}

/** Whether `If-None-Match` names this ETag; weak and strong spellings are the same here. */
export function matches(header: string | undefined, etag: string): boolean {
  const bare = (tag: string): string => tag.trim().replace(/^W\//, '');
  return (header ?? '').split(',').some((tag) => bare(tag) === bare(etag) || tag.trim() === '*');
}
