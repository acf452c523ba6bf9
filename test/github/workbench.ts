import { generateKeyPairSync } from 'node:crypto';
import { afterEach } from '@jest/globals';
import { createSecrets } from '../../src/host/secrets.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import type { Clock, Host, Hosts, Journal, Logs } from '../../src/engine/ports.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import type { Rim } from '../../src/github/repository.ts';
import { type RunningServer, startServer } from '../../src/github/start-server.ts';
import type { LocalGitHub, LocalGitHubOptions } from '../../src/playground/local-github/server.ts';
import type { JobReport, JobOrder } from '../../src/run/types.ts';
import { fastClock } from './fake-time.ts';
import { speaker } from '../support/local-github.ts';
import { wellHost } from '../support/well-host.ts';

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
export const SECRET = 'of the tests';

export const PROCEDURE = `description: Upgrade the demo
params:
  version:
    description: the new version
    type: string
    pattern: '^\\d+\\.\\d+$'
    required: true
hosts: [alpha]
steps:
  - id: fetch
    name: Fetch the new version
    run: fetch "$version"
    on_rollback: {leave: the download harms nothing}
  - id: switch
    name: Switch over
    run: switch "$version"
    on_rollback: {run: switch back}
`;

export const FILES = {
  'inventory.yml': 'hosts:\n  alpha: {address: alpha.example.org, user: root}\n',
  'procedures/demo/upgrade.yml': PROCEDURE,
};

/** A local GitHub with the demo's files, which knows the bot's key. */
export const withDemo: LocalGitHubOptions = {
  app: { publicKey: pair.publicKey },
  seed: { files: FILES },
};

export const finished = (end: 'done' | 'failed'): JobReport => ({
  kind: 'finished',
  reached: 'apply',
  exitCode: end === 'done' ? 0 : 1,
  end,
  durationMs: 5,
  bytes: { out: 0, err: 0 },
  survivors: 0,
  cut: false,
});

/** Hosts that answer every job as they are told, and remember which they were asked for. */
export function obedientHosts(
  answer: (order: JobOrder) => Promise<JobReport> | JobReport = () => finished('done'),
): Hosts & {
  readonly jobs: readonly string[];
} {
  const jobs: string[] = [];
  const started = new Map<string, Promise<JobReport>>();
  const host: Host = {
    ...wellHost('root'),
    ensureJob: async (order, _sink, claimed) => {
      const { phase, step, attempt } = order.job;
      const key = `${order.run} ${phase} ${step} ${String(attempt)}`;
      const known = started.get(key);
      if (known !== undefined) return known;
      jobs.push(`${phase} ${step} ${String(attempt)}`);
      claimed({ pid: 4, bootId: 'b' });
      const report = Promise.resolve(answer(order));
      started.set(key, report);
      return report;
    },
    settle: async (order) =>
      started.get(`${order.run} ${order.job.phase} ${order.job.step} ${String(order.job.attempt)}`) ?? { kind: 'void' },
  };
  return { jobs, host: () => host, end: () => Promise.resolve() };
}

/** Logs in memory of jobs that print nothing but their step's name. */
export const memoryLogs = (): Logs => ({
  open: () =>
    Promise.resolve({
      offsets: () => ({ out: 0, err: 0 }),
      write: () => Promise.resolve(),
      seal: () =>
        Promise.resolve({
          sha256: 'c'.repeat(64),
          stdout: { text: '' },
          stderr: { text: '' },
          bytes: { out: 0, err: 0 },
        }),
    }),
  read: (_run, job) => Promise.resolve({ out: `this is ${job.step}\n`, err: '', omittedBytes: 0 }),
});

export interface Bot {
  readonly server: RunningServer;
  /** Writes a comment and waits until the bot has done and said all it has to. */
  say(login: string, body: string, issue?: number): Promise<number>;
  /** The same without waiting. */
  write(login: string, body: string, issue?: number): Promise<number>;
  quiet(): Promise<void>;
}

export interface Comment {
  readonly id: number;
  readonly body: string;
  readonly login: string;
}

const ends: (() => Promise<void>)[] = [];

/** Stops the bots of a test. Call it after `localGitHubs`, whose own ends then come after these. */
export function stopBots(): void {
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
}

export interface BotOptions {
  readonly hosts?: Hosts;
  readonly journal?: Journal;
  readonly clock?: Clock;
  readonly logs?: Logs;
  readonly pace?: 'github' | 'none';
  /** How often it looks for comments that no webhook has brought. */
  readonly lookMs?: number;
  /** How long a run waits for a person before the first reminder; 0, as here: there is none. */
  readonly remindAfterMs?: number;
  readonly tryToWrite?: () => Promise<void>;
}

/** One for all bots: for one that follows another, time must not go back. */
const together = fastClock(20);

/** The real server against a local GitHub, by signed webhooks. */
export async function startBot(github: LocalGitHub, options: BotOptions = {}): Promise<Bot> {
  const clock = options.clock ?? together;
  const worker = `test ${String(ends.length)}`;
  const rim: Rim = {
    hosts: options.hosts ?? obedientHosts(),
    journal: options.journal ?? createMemoryJournal({ clock, worker }),
    logs: options.logs ?? memoryLogs(),
    secrets: createSecrets({}),
    clock,
    worker,
  };
  const server = await startServer(
    {
      appId: 7001,
      privateKey: { text: pair.privateKey },
      webhookSecret: SECRET,
      port: 0,
      host: '127.0.0.1',
      apiUrl: github.url,
      journal: '/nowhere',
      pace: options.pace ?? 'none',
      lookMs: options.lookMs ?? 180_000,
      remindAfterMs: options.remindAfterMs ?? 0,
      logLevel: 'fatal',
    },
    rim,
    {
      tryToWrite: options.tryToWrite ?? (() => Promise.resolve()),
      links: () => ({ open: 2, made: 3, failed: 1 }),
    },
  );
  ends.push(() => server.stop());
  github.webhooks.setTarget({ url: `${server.url}/api/github/webhooks`, secret: SECRET });
  const write = async (login: string, body: string, issue = 1): Promise<number> => {
    const { status, body: made } = await speaker(github, login)('POST', comments(issue), { body });
    if (status !== 201) throw new Error(`The comment was not made: ${String(status)}`);
    return idOf(made);
  };
  const quiet = async (): Promise<void> => {
    // The bot's own comments are events as well.
    for (let turn = 0; turn < 3; turn += 1) {
      await github.webhooks.idle();
      await server.idle();
    }
  };
  return {
    server,
    write,
    quiet,
    say: async (login, body, issue) => {
      const id = await write(login, body, issue);
      await quiet();
      return id;
    },
  };
}

const comments = (issue: number): string => `/repos/acme/ops/issues/${String(issue)}/comments`;

/** An issue's comments, oldest first. */
export async function thread(github: LocalGitHub, issue = 1): Promise<readonly Comment[]> {
  const { body } = await speaker(github, 'rita')('GET', `${comments(issue)}?per_page=100`);
  const listed = body as readonly {
    readonly id: number;
    readonly body: string;
    readonly user: { readonly login: string };
  }[];
  return listed.map((each) => ({ id: each.id, body: each.body, login: each.user.login }));
}

/** What the bot said. */
export const answers = async (github: LocalGitHub, issue = 1): Promise<readonly string[]> =>
  (await thread(github, issue)).filter(({ login }) => login === 'changeover[bot]').map(({ body }) => body);

/** By which the bot looks for comments that no webhook has brought, whatever else it does. */
const LOOKING = ['/app/installations', '/installation/repositories', '/repos/acme/ops/issues/comments'];

/** The bot's calls so far, as `METHOD path`, but those for its token and of its looking for comments. */
export const calls = (github: LocalGitHub): readonly string[] =>
  github.requests
    .filter(
      ({ login, path }) => login === 'changeover[bot]' && !LOOKING.includes(path) && !path.endsWith('/access_tokens'),
    )
    .map(({ method, path, status }) => `${method} ${path} ${String(status)}`);

export async function eyesOn(github: LocalGitHub, comment: number): Promise<number> {
  const { body } = await speaker(github, 'rita')('GET', `/repos/acme/ops/issues/comments/${String(comment)}/reactions`);
  return (body as readonly { readonly content: string }[]).filter(({ content }) => content === 'eyes').length;
}

const idOf = (made: unknown): number => (made as { readonly id: number }).id;

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(10);
}
