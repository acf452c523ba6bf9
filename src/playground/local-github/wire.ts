import type { IncomingMessage, ServerResponse } from 'node:http';

import { etagOf, matches } from './conditional.ts';
import { rateHeaders, type RateLimits } from './rate-limits.ts';
import type { Reply } from './reply.ts';

const largestRequest = 10 * 1024 * 1024;

/** A request's body; undefined when it is larger than anything GitHub takes. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  const incoming: AsyncIterable<Buffer> = request;
  for await (const bytes of incoming) {
    size += bytes.length;
    // Read to the end all the same: an answer sent before that would reset the connection.
    if (size <= largestRequest) chunks.push(bytes);
  }
  return size <= largestRequest ? Buffer.concat(chunks) : undefined;
}

export type Sent = { readonly status: number; readonly body: Buffer; readonly contentType: string | undefined };

const jsonType = 'application/json; charset=utf-8';

/** Whose answer it is, and when it is given, in milliseconds since 1970. */
export type Asker = { readonly login: string | undefined; readonly limits: RateLimits; readonly now: number };

/**
 * Writes an answer with GitHub's headers; a GET whose answer is already known to the caller becomes a 304, and is free.
 * @param cut only half of its body arrives.
 */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  { login, limits, now }: Asker,
  cut = false,
): Sent {
  const full = reply.body === undefined ? Buffer.alloc(0) : encode(reply.body);
  const etag =
    request.method === 'GET' && reply.status === 200
      ? (reply.headers?.['etag'] ?? etagOf(full, login ?? ''))
      : undefined;
  const known = etag !== undefined && matches(request.headers['if-none-match'], etag);
  if (known && login !== undefined) limits.refund(login);
  const body = known ? Buffer.alloc(0) : full;
  const status = known ? 304 : reply.status;
  const contentType = body.length === 0 ? undefined : (reply.contentType ?? jsonType);
  response.writeHead(status, {
    date: new Date(now).toUTCString(),
    ...(login === undefined ? {} : rateHeaders(limits.look(login))),
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(status === 204 || status === 304 ? {} : { 'content-length': String(body.length) }),
    ...(etag === undefined ? {} : { etag, 'cache-control': 'private, max-age=60, s-maxage=60' }),
    vary: 'Accept, Authorization, Cookie, X-GitHub-OTP',
    'x-content-type-options': 'nosniff',
    'x-github-media-type': 'github.v3; format=json',
    ...reply.headers,
  });
  if (cut) response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
  else response.end(body);
  return { status, body, contentType };
}

const encode = (body: unknown): Buffer => (Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)));
