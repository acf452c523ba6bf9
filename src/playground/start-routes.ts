import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './local-github/wire.ts';
import { askedFault, type FaultSwitches } from './start-faults.ts';
import type { Feed } from './start-feed.ts';

/** What the page needs besides GitHub's API; GET /_playground/state. */
export type PlaygroundState = {
  readonly repository: { readonly owner: string; readonly name: string };
  readonly logins: readonly { readonly login: string; readonly name: string; readonly role: string }[];
  /** Where all files lie. */
  readonly folder: string;
  readonly hosts: readonly { readonly name: string; readonly folder: string; readonly user: string }[];
};

export type Routes = {
  /** Folder with index.html, main.js and main.css. */
  readonly page: URL;
  readonly state: PlaygroundState;
  readonly feed: Feed;
  readonly faults: FaultSwitches;
};

type Answer = { readonly status: number; readonly type: string; readonly body: string | Buffer };

const HTML = 'text/html; charset=utf-8';
const ASSETS: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/': { file: 'index.html', type: HTML },
  '/main.js': { file: 'main.js', type: 'text/javascript; charset=utf-8' },
  '/main.css': { file: 'main.css', type: 'text/css; charset=utf-8' },
};

/** What comments bring is shown, never run: neither scripts, nor styles, nor anything from another place. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The local GitHub's `extra`: the page, its files, and what it needs besides the API. Says whether it took the request. */
export function createRoutes(routes: Routes): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const { owner, name } = routes.state.repository;
  const issuePage = new RegExp(`^/${owner}/${name}/issues(/[0-9]+)?$`);

  const assetAt = (path: string) => (issuePage.test(path) ? ASSETS['/'] : ASSETS[path]);

  const answerOf = async (request: IncomingMessage, path: string): Promise<Answer> => {
    const { method } = request;
    if (path === '/_playground/state') return method === 'GET' ? json(200, routes.state) : notAllowed('GET');
    if (path === '/_playground/faults') {
      if (method === 'GET') return json(200, await routes.faults.all());
      return method === 'POST' ? await switchFault(request, routes) : notAllowed('GET or POST');
    }
    const there = 'GET /_playground/state, GET /_playground/events, GET and POST /_playground/faults';
    return json(404, { message: `There is no ${path} here, only ${there}.` });
  };

  return async (request, response) => {
    const path = (request.url ?? '/').replace(/[?#].*$/s, '');
    const asset = assetAt(path);
    if (path === '/_playground/events' && request.method === 'GET') {
      routes.feed.open(response);
    } else if (path.startsWith('/_playground/')) {
      write(response, await answerOf(request, path));
    } else if (asset !== undefined && (request.method === 'GET' || request.method === 'HEAD')) {
      write(response, { status: 200, type: asset.type, body: await readFile(new URL(asset.file, routes.page)) });
    } else {
      return false;
    }
    return true;
  };
}

async function switchFault(request: IncomingMessage, { faults }: Pick<Routes, 'faults'>): Promise<Answer> {
  const body = await readBody(request);
  const asked = askedFault(body?.toString() ?? '', request.headers['content-type']);
  if (asked.kind === 'wrong') return json(400, { message: asked.why });
  await faults.turn(asked.name, asked.on);
  return json(200, await faults.all());
}

const notAllowed = (allowed: string): Answer => json(405, { message: `Only ${allowed} is possible here.` });

const json = (status: number, body: unknown): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(body),
});

function write(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(type === HTML ? { 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer' } : {}),
  });
  // For HEAD, Node leaves the body out by itself.
  response.end(body);
}
