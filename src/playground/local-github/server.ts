import { randomBytes } from 'node:crypto';
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { acceptOf } from './accept.ts';
import { answer, type Answer, type Asked } from './answer.ts';
import { defaultApp, type AppSettings } from './app-settings.ts';
import { createAuthenticator } from './auth.ts';
import { parsedBody, type Exchange, type LoggedRequest } from './exchange.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import type { Files } from './git-store.ts';
import { foreign } from './guard.ts';
import { eventOf } from './payloads.ts';
import { createRateLimits } from './rate-limits.ts';
import { refusal, type Context, type Reply } from './reply.ts';
import { codeload, CODELOAD } from './routes/git.ts';
import { defaultSeed, type Seed } from './seed.ts';
import { commitFiles, createState } from './state.ts';
import { createTroubles, type Troubles } from './troubles.ts';
import type { Change, Dispatch, NewApp, Role, WorkflowRun } from './types.ts';
import { createWebhooks, type Webhooks, type WebhookTarget } from './webhooks.ts';
import { readBody, send, type Asker, type Sent } from './wire.ts';

export type LocalGitHubOptions = {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly seed?: Partial<Seed>;
  readonly app?: Partial<AppSettings>;
  readonly webhook?: WebhookTarget;
  /** What the permission of somebody without a role is: `read`, as in a public repository, unless told. */
  readonly outsiders?: 'read' | 'none';
  /** Requests an hour for each login; 5000 unless told. */
  readonly rateLimit?: number;
  /** Milliseconds since 1970, for the times of issues, comments and commits. */
  readonly clock?: () => number;
  /** What is wrong between GitHub and the app; nothing at first unless given. */
  readonly troubles?: Troubles;
  /** Told every exchange with the REST API once it is over. */
  readonly observe?: (exchange: Exchange) => void;
  /** Gets each request first and says whether it has taken it; foreign hosts and origins are already refused. */
  readonly extra?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
};

export type LocalGitHub = {
  /** `http://127.0.0.1:<port>`, Octokit's `baseUrl`. */
  readonly url: string;
  readonly port: number;
  /** The REST requests so far, oldest first (the last ten thousand). */
  readonly requests: readonly LoggedRequest[];
  /** What was asked for and is not there, in words. A test that leaves any here has failed. */
  readonly unknownRequests: readonly string[];
  readonly faults: Faults;
  readonly troubles: Troubles;
  readonly webhooks: Pick<Webhooks, 'setTarget' | 'deliver' | 'log' | 'idle'>;
  /** Adds a commit to the default branch (`null` removes a file) and returns its SHA. */
  readonly commit: (files: Files, message: string) => string;
  /** Renames the default branch, as people do: what was asked for by its old name is not there any more. */
  readonly renameDefaultBranch: (name: string) => void;
  /** Gives a login another role, or none. Throws for an unknown login. */
  readonly setRole: (login: string, role: Role | undefined) => void;
  /** As where somebody has confirmed GitHub's page for a new App. @returns the code with which the browser is sent back */
  readonly registerApp: (app: NewApp) => string;
  /** Runs of workflows, which only a test changes, and those that were to be started. */
  readonly workflows: { readonly set: (run: WorkflowRun) => void; readonly dispatches: readonly Dispatch[] };
  /** Calls back after every change; returns what ends that. */
  readonly onChange: (listener: (change: Change) => void) => () => void;
  readonly close: () => Promise<void>;
};

const keptRequests = 10_000;

/** Starts a GitHub of one repository on 127.0.0.1, in memory: strict, with GitHub's own paths, shapes and refusals. */
export async function createLocalGitHub(options: LocalGitHubOptions = {}): Promise<LocalGitHub> {
  const app = { ...defaultApp, ...options.app };
  const clock = options.clock ?? Date.now;
  const state = createState({ ...defaultSeed, ...options.seed }, app.slug, clock);
  const faults = createFaults();
  const troubles = options.troubles ?? createTroubles();
  const webhooks = createWebhooks(app, options.webhook);
  const requests: LoggedRequest[] = [];
  const unknownRequests: string[] = [];
  const closing = new AbortController();

  const server = createServer();
  const port = await listen(server, options.port ?? 0);
  const context: Context = {
    state,
    base: `http://127.0.0.1:${String(port)}`,
    app,
    auth: createAuthenticator(state, app),
    limits: createRateLimits(options.rateLimit ?? 5000),
    outsiders: options.outsiders ?? 'read',
  };

  state.onChange((change) => {
    const event = eventOf(context, change);
    if (event !== undefined) webhooks.send(event, troubles.deliver());
  });

  const record = (asked: Asked, { actor, unknown }: Partial<Answer>, sent: Sent, fault: Fault | undefined): void => {
    const { method, path, query } = asked;
    const login = actor?.user.login;
    if (requests.length === keptRequests) requests.shift();
    const search = query.size === 0 ? '' : `?${query.toString()}`;
    requests.push({ method, path, query: search, status: sent.status, login, at: new Date().toISOString() });
    if (unknown !== undefined) unknownRequests.push(unknown);
    options.observe?.({
      method,
      path,
      query,
      login,
      requestBody: parsedBody(asked.body, undefined),
      status: sent.status,
      contentType: sent.contentType,
      responseBody: parsedBody(sent.body, sent.contentType),
      faulty: fault !== undefined,
      unknown: unknown !== undefined,
    });
  };

  const isByApp = ({ authorization }: Asked): boolean =>
    ['app', 'installation'].includes(context.auth.identify(authorization).kind);

  const asker = (login?: string): Asker => ({ login, limits: context.limits, now: clock() });

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const strange = foreign(request, port);
    if (strange !== undefined) {
      request.resume();
      send(request, response, refusal(403, strange), asker());
      return;
    }
    if (await options.extra?.(request, response)) return;
    const body = await readBody(request);
    const asked = askedOf(request, body ?? Buffer.alloc(0));
    if (asked.path.startsWith(CODELOAD)) {
      send(request, response, codeload(asked.path, state), asker());
      return;
    }
    const byApp = isByApp(asked);
    const fault = faults.strike(asked.method, asked.path, byApp) ?? (byApp ? troubles.strike(clock()) : undefined);
    if (fault?.delayMs !== undefined) await delay(fault.delayMs, undefined, { signal: closing.signal });
    const unanswered = fault?.dropConnection === true || fault?.hangsUntil !== undefined;
    const replaced = fault?.status !== undefined || unanswered;
    const answered: Partial<Answer> =
      body === undefined
        ? { reply: refusal(413, 'Payload too large') }
        : replaced && fault.applied !== true
          ? {}
          : answer(asked, context);
    if (unanswered) {
      await abortOf(fault.hangsUntil);
      record(asked, answered, { status: 0, body: Buffer.alloc(0), contentType: undefined }, fault);
      request.socket.destroy();
      return;
    }
    const login = answered.actor?.user.login;
    const reply = replaced ? replyOf(fault) : (answered.reply ?? refusal(500, 'No answer'));
    const sent = send(request, response, reply, asker(login), fault?.cut);
    record(asked, answered, sent, replaced ? fault : undefined);
  };

  server.on('request', (request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (closing.signal.aborted || response.headersSent) request.socket.destroy();
      else send(request, response, refusal(500, `The local GitHub failed: ${String(error)}`), asker());
    });
  });

  return {
    url: context.base,
    port,
    requests,
    unknownRequests,
    faults,
    troubles,
    webhooks,
    commit: (files, message) => commitFiles(state, files, message),
    renameDefaultBranch: state.git.renameDefaultBranch,
    setRole: (login, role) => {
      const user = state.users.get(login.toLowerCase());
      if (user === undefined) throw new Error(`The local GitHub has no user ${login}; name them in the seed's users.`);
      if (role === undefined) state.roles.delete(user.id);
      else state.roles.set(user.id, role);
    },
    registerApp: (made) => {
      const code = randomBytes(20).toString('hex');
      state.codes.set(code, made);
      return code;
    },
    workflows: {
      set: (run) => {
        state.workflowRuns.set(run.id, run);
      },
      dispatches: state.dispatches,
    },
    onChange: state.onChange,
    close: async () => {
      closing.abort();
      troubles.set(undefined);
      await webhooks.close();
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The local GitHub has no port.');
  return address.port;
}

function askedOf(request: IncomingMessage, body: Buffer): Asked {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const { accept, authorization } = request.headers;
  const method = request.method ?? 'GET';
  return { method, path: url.pathname, query: url.searchParams, authorization, accept: acceptOf(accept), body };
}

/** Resolves once it is aborted; at once where there is nothing to wait for. */
async function abortOf(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined || signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

function replyOf({ status, headers, body }: Fault): Reply {
  const given = status ?? 500;
  return {
    status: given,
    body: body ?? { message: STATUS_CODES[given] ?? 'Fault' },
    ...(headers === undefined ? {} : { headers }),
  };
}
