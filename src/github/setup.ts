import { createServer, type Server } from 'node:http';
import { resolve as absolute } from 'node:path';
import { type Conversion, convert } from './app-manifest.ts';
import { credentialsText, reserve, type Reserved } from './credentials-file.ts';
import { patientClient } from './patient-client.ts';
import { installPage, openDesk } from './setup-desk.ts';

export interface SetUpOptions {
  /** Where GitHub will reach the server. */
  readonly url: string;
  readonly organization?: string | undefined;
  /** For the credentials; it must not be there yet. */
  readonly file: string;
  /** On 127.0.0.1; 0: a free one. */
  readonly port: number;
  readonly apiUrl: string | undefined;
  /** `app.yml`. */
  readonly manifest: string;
  /** What starts the server with that file. */
  readonly serve: string;
  readonly say: (text: string) => void;
  readonly complain: (text: string) => void;
  /** Resolves when it is to end. */
  readonly told: Promise<void>;
}

/** GitHub's codes count for so long. */
const LONGEST_MS = 3_600_000;
const LATE = 'An hour has passed, and GitHub has sent nobody back. Start again: changeover setup';
const STOPPED =
  'Stopped; nothing was written. Where you have confirmed the App at GitHub meanwhile, delete it there, and start again.';

/**
 * Registers a GitHub App by a page in the browser of whoever types it, and writes what the App is to a file.
 * @returns exit code: 0 written · 1 not registered · 2 it could not begin
 */
export async function setUp(options: SetUpOptions): Promise<0 | 1 | 2> {
  const { complain } = options;
  const faults = faultsOf(options);
  for (const fault of faults) complain(fault);
  if (faults.length > 0) return 2;
  const file = absolute(options.file);
  const reserved = await reserve(file).catch((error: unknown) => {
    complain(
      codeOf(error) === 'EEXIST'
        ? `${file} is there already, and nothing is overwritten. Move it away, or name another by --file.`
        : `${file} cannot be written: ${wordsOf(error)}. Name another by --file.`,
    );
  });
  if (reserved === undefined) return 2;
  const server = createServer();
  try {
    const port = await listen(server, options.port);
    if (typeof port === 'number') return await register(options, server, port, file, reserved);
    complain(`127.0.0.1:${String(options.port)} cannot be listened at: ${port.why}. Name another by --port.`);
    return 2;
  } finally {
    await reserved.release();
    server.close();
    server.closeAllConnections();
  }
}

async function register(
  { complain, say, told, ...options }: SetUpOptions,
  server: Server,
  port: number,
  file: string,
  reserved: Reserved,
): Promise<0 | 1> {
  const client = patientClient({ apiUrl: options.apiUrl, pace: 'none' });
  const organization = options.organization;
  const desk = openDesk({
    ...options,
    organization,
    port,
    file,
    convert: async (code) => {
      const got = await convertAndWrite(code);
      if (got.kind === 'later') complain(`GitHub was asked, and did not answer: ${got.why}. Load the page again.`);
      return got;
    },
  });

  async function convertAndWrite(code: string): Promise<Conversion> {
    const got = await convert(client, code);
    if (got.kind === 'later') return got;
    if (got.kind === 'refused') return { kind: 'refused', why: refusedText(got.why) };
    try {
      await reserved.write(credentialsText(got.app, options.apiUrl));
      return got;
    } catch (error) {
      return { kind: 'refused', why: unwrittenText(file, error, got.app.htmlUrl) };
    }
  }

  server.on('request', desk.hear);
  say(`The App's number, private key and webhook secret will be written to ${file}, which you alone can read.`);
  say(`Open this in a browser on this machine. It is for you alone. Ctrl+C ends it, and so does an hour.`);
  say(`\n  ${desk.address}\n`);
  const clock = new AbortController();
  const end = await Promise.race([
    desk.ended,
    told.then(() => ({ kind: 'refused', why: STOPPED }) as const),
    after(LONGEST_MS, clock.signal).then(() => ({ kind: 'refused', why: LATE }) as const),
  ]);
  clock.abort();
  if (end.kind === 'refused') {
    complain(end.why);
    return 1;
  }
  say(`${end.app.name} is registered, and ${file} is written. What is left:`);
  say(`1. Install the App in the repository that holds procedures/ and inventory.yml: ${installPage(end.app)}`);
  say(`2. Start the server: ${options.serve}`);
  return 0;
}

function faultsOf({ url, organization, port, apiUrl }: SetUpOptions): readonly string[] {
  const given = [
    [isAddress(url), `--url ${url}: where GitHub will reach the server, such as https://changeover.example.org`],
    [
      organization === undefined || /^[\w-]+$/.test(organization),
      `--organization ${organization ?? ''}: its name in addresses, such as acme`,
    ],
    [Number.isInteger(port) && port >= 0 && port <= 65_535, '--port: a number up to 65535 (0 takes a free one)'],
    [
      apiUrl === undefined || isAddress(apiUrl),
      'GITHUB_API_URL: an address such as https://github.example.com/api/v3, or not set',
    ],
  ] as const;
  return given.flatMap(([isRight, fault]) => (isRight ? [] : [fault]));
}

const isAddress = (text: string): boolean => /^https?:\/\/[^/]/.test(text) && URL.canParse(text);

const refusedText = (why: string): string =>
  `GitHub did not take the code: ${why}. A code counts once, and for an hour. Delete the App at GitHub if it is there, ` +
  'and start again: changeover setup';

const unwrittenText = (file: string, error: unknown, page: string): string =>
  `${file} could not be written: ${wordsOf(error)}. The App is there: make a private key and a webhook secret on its ` +
  `page, ${page}, or delete it there and start again: changeover setup`;

async function listen(server: Server, port: number): Promise<number | { readonly why: string }> {
  return new Promise((resolve) => {
    server.once('error', (error) => {
      resolve({ why: codeOf(error) === 'EADDRINUSE' ? 'the port is taken' : error.message });
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function after(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
    });
  });
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
