import type { AppSettings } from './app-settings.ts';
import type { Authenticator } from './auth.ts';
import type { RateLimits } from './rate-limits.ts';
import type { State } from './state.ts';
import type { Actor } from './types.ts';

export type Reply = {
  readonly status: number;
  /** Sent as JSON; a Buffer as it is, with `contentType`. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** What a route gets to work with. */
export type Context = {
  readonly state: State;
  /** `http://127.0.0.1:<port>`, the root of every URL in the answers. */
  readonly base: string;
  readonly app: AppSettings;
  readonly auth: Authenticator;
  readonly limits: RateLimits;
  readonly outsiders: 'read' | 'none';
};

export type ApiRequest = {
  readonly actor: Actor;
  readonly path: string;
  readonly params: ReadonlyMap<string, string>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly accept: Accept;
};

/** The media types that the local GitHub can answer in. */
export type Accept = 'json' | 'raw' | 'sha';

export type Handler = (request: ApiRequest, context: Context) => Reply;

export type Route = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** GitHub's own template; `{+name}` takes the rest of the path. */
  readonly path: string;
  /** Who is let in: `app` means the app's JWT, `any` both, `nobody` whoever asks. */
  readonly as: 'user' | 'app' | 'any' | 'nobody';
  /** The permission an app needs here; users are judged by the handler. */
  readonly needs?: readonly [name: string, level: 'read' | 'write'];
  readonly query?: readonly string[];
  readonly accepts?: readonly Accept[];
  readonly handle: Handler;
};

const documentation = 'https://docs.github.com/rest';

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

export function created(body: unknown): Reply {
  return { status: 201, body };
}

export const noContent: Reply = { status: 204 };

export function refusal(status: number, message: string, errors?: readonly unknown[]): Reply {
  const about = { message, ...(errors === undefined ? {} : { errors }), documentation_url: documentation };
  return { status, body: { ...about, status: String(status) } };
}

export const notFound = refusal(404, 'Not Found');

/** GitHub's 422 for a field that it cannot take. */
export function invalid(resource: string, field: string, code: string, message?: string): Reply {
  const error = { resource, code, field, ...(message === undefined ? {} : { message }) };
  return refusal(422, 'Validation Failed', [error]);
}

/** GitHub's 422 for a field that is not there or not of its type. */
export function invalidRequest(message: string): Reply {
  return refusal(422, `Invalid request.\n\n${message}`);
}
