import { createHmac, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect } from '@jest/globals';
import { type AppSettings, defaultApp } from '../../../src/playground/local-github/app-settings.ts';
import type { Files } from '../../../src/playground/local-github/git-store.ts';
import { createLocalGitHub, type LocalGitHub } from '../../../src/playground/local-github/server.ts';
import type { Delivery, WebhookTarget } from '../../../src/playground/local-github/webhooks.ts';
import type { RunEvent } from '../../../src/run/types.ts';
import { watchTraffic, type OpenApiChecker } from '../../support/openapi.ts';
import { type Machine, startMachine } from '../machine.ts';
import { eventsIn, until } from '../workplace.ts';
import { type Running, startBuilt } from './thread-process.ts';
import { type Words, wordsOf } from './thread-words.ts';

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
export const SECRET = 'a secret of the tests';

/** dist/server.js as it runs. */
export interface Bot extends Running {
  readonly url: string;
}

/** A strict local GitHub, the built server before it, and the journal between two servers' lives. */
export interface Bench {
  readonly github: LocalGitHub;
  readonly words: Words;
  readonly journal: string;
  /** The server's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts a server and sends the webhooks to it. */
  start(env?: Readonly<Record<string, string>>): Promise<Bot>;
  /** GitHub's clock goes on by so much. */
  pass(ms: number): void;
  /** Resolves once a server has looked through all comments since the cursor, after the one that is there. */
  looked(): Promise<void>;
  /** Puts files on the default branch. */
  commit(files: Files): void;
  /** Runs in the journal, oldest first. */
  runs(): readonly string[];
  /** A run's events; by default those of the newest. */
  events(run?: string): readonly RunEvent[];
  /** Waits for an event in the newest run. */
  happens(wanted: (event: RunEvent) => boolean): Promise<void>;
  /** Writes a comment whose event does not arrive; what is returned delivers it, as when it comes late. */
  writeUnheard(
    login: string,
    body: string,
    issue?: number,
  ): Promise<{ readonly id: number; readonly hear: () => Promise<void> }>;
  /** What GitHub sends about a comment that was written, as JSON. */
  eventOf(comment: number): Promise<string>;
  /** Delivers the event of a comment again. */
  deliverAgain(comment: number): Promise<void>;
  /** Delivers the event of a comment to several servers at once, as no GitHub would. */
  deliverTo(bots: readonly Bot[], comment: number): Promise<readonly number[]>;
  /** The bot's calls so far but those for its token and of its looking for comments, as `METHOD path status`. */
  calls(): readonly string[];
}

/** The inventory that leads to these machines, as JSON, which is YAML. */
export const inventoryOf = (machines: Readonly<Record<string, Machine | Readonly<Record<string, unknown>>>>): string =>
  JSON.stringify({
    hosts: Object.fromEntries(
      Object.entries(machines).map(([name, machine]) => [name, isMachine(machine) ? machine.entry() : machine]),
    ),
  });

const LOOKING = /\/access_tokens$|^\/app\/installations$|^\/installation\/repositories$|\/issues\/comments$/;

const isMachine = (value: object): value is Machine => 'sshd' in value;

const ends: (() => Promise<void>)[] = [];

/** All of them, whatever one of them has to say. */
async function endAll(): Promise<void> {
  const errors: unknown[] = [];
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    await end().catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}

/** Ends after each test what it has started, and looks at all that was said and asked in it. */
export function endAfterEach(): void {
  afterEach(endAll);
}

/** The same once, for tests that share what was started before them. */
export function endAfterAll(): void {
  afterAll(endAll);
}

/** What is to be done at the end; what was started last ends first. */
export function atEnd(end: () => Promise<void> | void): void {
  ends.push(async () => {
    await end();
  });
}

/** What most runs in an issue need: a machine behind a real sshd, called `one`, the procedure `/work demo`, and the bot. */
export async function openWork(
  checker: OpenApiChecker,
  work: string,
): Promise<{ readonly machine: Machine; readonly bench: Bench; readonly bot: Bot }> {
  const machine = await startMachine();
  atEnd(() => machine.remove());
  const files = { 'inventory.yml': inventoryOf({ one: machine }), 'procedures/demo/work.yml': work };
  const bench = await openBench(checker, files);
  return { machine, bench, bot: await bench.start() };
}

export async function openBench(
  checker: OpenApiChecker,
  files: Files,
  outsiders: 'read' | 'none' = 'read',
  permissions: AppSettings['permissions'] = defaultApp.permissions,
): Promise<Bench> {
  const { observe, problems } = watchTraffic(checker);
  let passed = 0;
  const clock = (): number => Date.now() + passed;
  const app = { publicKey: pair.publicKey, permissions };
  const github = await createLocalGitHub({ app, seed: { files }, outsiders, observe, clock });
  const words = wordsOf(github);
  const folder = mkdtempSync(join(tmpdir(), 'changeover-thread-'));
  const journal = join(folder, 'journal');
  atEnd(async () => {
    await github.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    expect(problems).toEqual([]);
    expect(github.unknownRequests).toEqual([]);
    words.expectWellFormed();
  });
  const env = {
    HOME: folder,
    APP_ID: '7001',
    PRIVATE_KEY: pair.privateKey,
    WEBHOOK_SECRET: SECRET,
    GITHUB_API_URL: github.url,
    PORT: '0',
    CHANGEOVER_JOURNAL: journal,
    CHANGEOVER_PACE: 'none',
  };

  let target: WebhookTarget | undefined;

  async function start(more: Readonly<Record<string, string>> = {}): Promise<Bot> {
    const running = startBuilt('server.js', [], { ...env, ...more });
    atEnd(async () => {
      running.kill('SIGKILL');
      await running.ended;
    });
    const [, url = ''] = await running.says(/"url":"(http[^"]+)".*Changeover listens/);
    target = { url: `${url}/api/github/webhooks`, secret: SECRET };
    github.webhooks.setTarget(target);
    return { ...running, url };
  }

  async function eventOf(comment: number): Promise<Delivery> {
    await github.webhooks.idle();
    const of = github.webhooks.log().find(({ action, payload }) => {
      const { id } = (payload['comment'] ?? {}) as { readonly id?: number };
      return action === 'created' && id === comment;
    });
    if (of === undefined) throw new Error(`The event of comment ${String(comment)} was never sent.`);
    return of;
  }

  async function deliverAgain(comment: number): Promise<void> {
    await github.webhooks.deliver((await eventOf(comment)).id);
  }

  async function deliverTo(bots: readonly Bot[], comment: number): Promise<readonly number[]> {
    const { id, payload } = await eventOf(comment);
    return Promise.all(bots.map(({ url }) => deliver(url, { id, payload: JSON.stringify(payload), secret: SECRET })));
  }

  const fileOf = (run: string): string => join(journal, 'runs', `${run}.jsonl`);
  const read = (run: string): readonly RunEvent[] => {
    const text = readFileSync(fileOf(run), 'utf8');
    return eventsIn(text.slice(0, text.lastIndexOf('\n') + 1));
  };
  const runs = (): readonly string[] => {
    const names = existsSync(join(journal, 'runs')) ? readdirSync(join(journal, 'runs')) : [];
    const ids = names.filter((name) => name.endsWith('.jsonl')).map((name) => name.slice(0, -'.jsonl'.length));
    const begun = new Map(ids.map((run) => [run, read(run)[0]?.at ?? '']));
    return ids.sort((a, b) => (begun.get(a) ?? '').localeCompare(begun.get(b) ?? ''));
  };
  const events = (run = runs().at(-1)): readonly RunEvent[] => (run === undefined ? [] : read(run));

  return {
    github,
    words,
    journal,
    env,
    start,
    pass: (ms) => {
      passed += ms;
    },
    looked: async () => {
      const from = github.requests.length;
      const isLook = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
        method === 'GET' && path === '/repos/acme/ops/issues/comments';
      // Two: the first may have begun before this.
      await until(() => github.requests.slice(from).filter(isLook).length >= 2);
    },
    commit: (changed) => {
      github.commit(changed, 'Change it');
    },
    runs,
    events,
    eventOf: async (comment) => JSON.stringify((await eventOf(comment)).payload),
    deliverAgain,
    deliverTo,
    writeUnheard: async (login, body, issue) => {
      // Nobody listens there.
      github.webhooks.setTarget({ url: 'http://127.0.0.1:9/', secret: SECRET });
      const id = await words.write(login, body, issue);
      await github.webhooks.idle();
      github.webhooks.setTarget(target);
      return { id, hear: () => deliverAgain(id) };
    },
    happens: (wanted) => until(() => events().some(wanted)),
    calls: () =>
      github.requests
        .filter(({ login, path }) => login === 'changeover[bot]' && !LOOKING.test(path))
        .map(({ method, path, status }) => `${method} ${path} ${String(status)}`),
  };
}

/**
 * Sends a comment's event to a server, signed with a secret or not at all; gives the answer's status.
 * @param signed what the signature is made for, where that is something else than what is sent.
 */
export async function deliver(
  url: string,
  it: {
    readonly id: string;
    readonly payload: string;
    readonly secret: string | undefined;
    readonly signed?: string;
    readonly event?: string;
  },
): Promise<number> {
  const { id, payload, secret, signed = payload, event = 'issue_comment' } = it;
  const signature =
    secret === undefined
      ? {}
      : { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(signed).digest('hex')}` };
  const answer = await fetch(`${url}/api/github/webhooks`, {
    method: 'POST',
    body: payload,
    headers: {
      'content-type': 'application/json',
      'x-github-delivery': id,
      'x-github-event': event,
      ...signature,
    },
  });
  await answer.arrayBuffer();
  return answer.status;
}
