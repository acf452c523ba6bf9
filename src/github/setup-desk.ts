import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Conversion, type Manifest, manifestOf, registerPage, webOf } from './app-manifest.ts';
import type { RegisteredApp } from './boundary.ts';
import { type Page, PAGE_HEADERS, pageText } from './setup-page.ts';

export interface DeskOptions {
  readonly port: number;
  /** Where GitHub will reach the server. */
  readonly url: string;
  readonly organization: string | undefined;
  readonly apiUrl: string | undefined;
  /** `app.yml`. */
  readonly manifest: string;
  /** Where the credentials will be. */
  readonly file: string;
  /** What starts the server with them. */
  readonly serve: string;
  /** Does with a code what is to be done with it. */
  readonly convert: (code: string) => Promise<Conversion>;
}

/** How it ended, once the browser has been told. */
export type Ended = Exclude<Conversion, { kind: 'later' }>;

/** What answers the browser. */
export interface Desk {
  readonly address: string;
  readonly hear: (request: IncomingMessage, response: ServerResponse) => void;
  readonly ended: Promise<Ended>;
}

export const installPage = ({ htmlUrl }: RegisteredApp): string => `${htmlUrl}/installations/new`;

/**
 * Two pages: one, at an address that only the terminal shows, leads to GitHub's own with the manifest filled in; to the other
 * GitHub sends the browser back, with a code and with what only the first page has told it. Whoever else shares the machine
 * can reach the port, and any page can send a browser there: neither knows address and state.
 */
export function openDesk({ convert, ...options }: DeskOptions): Desk {
  const own = `127.0.0.1:${String(options.port)}`;
  const [secret, state] = [randomBytes(24).toString('base64url'), randomBytes(24).toString('base64url')];
  const first = firstPage(manifestOf(options.manifest, options.url, `http://${own}/registered`), state, options);
  let converting: Promise<Conversion> | undefined;
  let finish = (_end: Ended): void => undefined;
  const ended = new Promise<Ended>((resolve) => {
    finish = resolve;
  });

  function answer(response: ServerResponse, status: number, page: Page): void {
    response.writeHead(status, PAGE_HEADERS).end(pageText(page));
  }

  async function take(response: ServerResponse, code: string): Promise<void> {
    // A page that is loaded twice gets the same answer.
    converting ??= convert(code);
    const got = await converting;
    if (got.kind === 'later') converting = undefined;
    else
      response.once('close', () => {
        finish(got);
      });
    answer(response, STATUS[got.kind], lastPage(got, options));
  }

  function hear(request: IncomingMessage, response: ServerResponse): void {
    const asked = `http://${own}${request.url ?? '/'}`;
    const { pathname, searchParams } = new URL(URL.canParse(asked) ? asked : `http://${own}/`);
    const [code, given] = [searchParams.get('code') ?? '', searchParams.get('state') ?? ''];
    const refuse = (status: number, title: string): void => {
      answer(response, status, { title, says: ['Open the address that stands in the terminal.'] });
    };
    // A name of somebody else's that leads here is no way in (DNS rebinding).
    if (request.headers.host !== own) refuse(403, 'This is not the address');
    else if (request.method !== 'GET') refuse(405, 'There is nothing to send here');
    else if (isSame(pathname, `/${secret}`)) answer(response, 200, first);
    else if (pathname !== '/registered') refuse(404, 'There is no such page');
    else if (!isSame(given, state)) refuse(403, 'This answers another question');
    else if (code === '') refuse(400, 'GitHub has sent no code');
    else void take(response, code);
  }

  return { address: `http://${own}/${secret}`, hear, ended };
}

const STATUS = { registered: 200, later: 503, refused: 502 } as const;

function firstPage(
  manifest: Manifest,
  state: string,
  { organization, apiUrl, file }: Pick<DeskOptions, 'organization' | 'apiUrl' | 'file'>,
): Page {
  const web = webOf(apiUrl);
  const { host } = new URL(web);
  const permissions = Object.entries(manifest.default_permissions).map(([name, level]) => `${name}: ${level}`);
  return {
    title: 'Register Changeover as a GitHub App',
    says: [
      'GitHub shows the same once more, and registers nothing before you confirm it there. No two Apps have the same ' +
        `name: change it there if ${manifest.name} is taken.`,
    ],
    rows: [
      ['At', `${host}, ${organization === undefined ? 'in your own account' : `in the organization ${organization}`}`],
      ['Name', manifest.name],
      ['Webhooks go to', manifest.hook_attributes.url],
      ['May', permissions.join(', ')],
      ['Hears of', manifest.default_events.join(', ')],
      ['Its keys are written to', file],
    ],
    form: {
      action: registerPage(web, organization, state),
      fields: { manifest: JSON.stringify(manifest) },
      button: `Go on to ${host}`,
    },
  };
}

function lastPage(got: Conversion, { file, serve }: Pick<DeskOptions, 'file' | 'serve'>): Page {
  switch (got.kind) {
    case 'later':
      return {
        title: 'GitHub did not answer',
        says: [got.why, 'Load this page again to try once more: the code counts for an hour.'],
      };
    case 'refused':
      return { title: 'It did not work', says: [got.why] };
    case 'registered':
      return {
        title: `${got.app.name} is registered`,
        says: [
          `Its number, private key and webhook secret are in ${file}. Two things are left: install the App in the ` +
            'repository that holds procedures/ and inventory.yml, and start the server.',
        ],
        links: [{ href: installPage(got.app), text: 'Install it' }],
        command: serve,
      };
  }
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}
