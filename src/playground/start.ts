import { generateKeyPair, randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { defaultApp } from './local-github/app-settings.ts';
import { defaultSeed } from './local-github/seed.ts';
import { createLocalGitHub, type LocalGitHub } from './local-github/server.ts';
import { createTroubles } from './local-github/troubles.ts';
import type { Change } from './local-github/types.ts';
import type { LocalHost } from './local-hosts/start-local-host.ts';
import { faultSwitches, watchFaults } from './start-faults.ts';
import { createFeed, type Feed } from './start-feed.ts';
import { inventoryOf, shippedProcedures } from './start-files.ts';
import { makeFolder } from './start-folder.ts';
import { GROUPS, startHosts, type StandIns } from './start-hosts.ts';
import { createRoutes, type PlaygroundState } from './start-routes.ts';

/** How the app between GitHub and hosts is set up: the environment variables of the real server. */
export type AppEnvironment = Readonly<Record<string, string>>;

/** The app as it runs. */
export type RunningApp = {
  /** `http://127.0.0.1:<port>`; webhooks go to its `/api/github/webhooks`. */
  readonly url: string;
  readonly stop: () => Promise<void>;
};

export type PlaygroundOptions = {
  /** Where the local GitHub listens; 0 takes a free port. */
  readonly port: number;
  /** Folder with the page as it was built: index.html, main.js, main.css. */
  readonly page: URL;
  /** Folder with the procedures that the repository gets. */
  readonly procedures: URL;
  /** Starts the app behind the webhooks. */
  readonly startApp: (environment: AppEnvironment) => Promise<RunningApp>;
  /** Leaves the folder with the hosts' files and the journal where it is. */
  readonly keep?: boolean;
};

export type Playground = {
  /** `http://127.0.0.1:<port>`: the page, and the local GitHub's API. */
  readonly url: string;
  /** The temporary folder with everything in it. */
  readonly folder: string;
  readonly github: LocalGitHub;
  /** Pryv's. */
  readonly host: LocalHost;
  /** nbhosting's. */
  readonly boxes: readonly LocalHost[];
  /** Stops everything, kills what runs on the hosts, and removes the folder unless it is to be kept. */
  readonly close: () => Promise<void>;
};

type End = () => unknown;

/**
 * Starts the whole playground: stand-in hosts behind real SSH, a strict local GitHub, and the real app between them.
 * Throws, with nothing left behind, where it is not Linux, the port is taken, or a part is missing.
 */
export async function startPlayground(options: PlaygroundOptions): Promise<Playground> {
  refuseOtherSystems();
  // What was started last ends first.
  const ends: End[] = [];
  const close = async (): Promise<void> => {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
  };
  try {
    const folder = await makeFolder();
    if (options.keep !== true) {
      // What was noted last may still be on its way to the disk.
      ends.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
    }
    const hosts = await startHosts(folder, (host) => ends.push(host.stop));
    const github = await startGitHub(options, folder, hosts, ends);
    return { url: github.url, folder, github, host: hosts.pryv, boxes: hosts.boxes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts the local GitHub with the app behind its webhooks. */
async function startGitHub(
  { port, page, procedures, startApp }: PlaygroundOptions,
  folder: string,
  { pryv: host, boxes }: StandIns,
  ends: End[],
): Promise<LocalGitHub> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const secret = randomBytes(32).toString('hex');
  const feed = createFeed();
  const hosts = [host, ...boxes];
  const files = { 'inventory.yml': inventoryOf(hosts, GROUPS), ...(await shippedProcedures(procedures)) };
  const faultsChanged = (): void => {
    feed.say({ kind: 'faults' });
  };
  const troubles = createTroubles();
  const faults = faultSwitches(host, troubles, faultsChanged);
  const github = await createLocalGitHub({
    port,
    seed: { files: { ...defaultSeed.files, ...files } },
    app: { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    troubles,
    extra: createRoutes({ page, feed, state: stateOf(folder, hosts), faults }),
  }).catch((error: unknown) => {
    throw explained(error, port);
  });
  ends.push(() => github.close());
  ends.push(feed.close);
  ends.push(
    github.onChange((change) => {
      tell(feed, change);
    }),
  );
  ends.push(watchFaults(host, faultsChanged));
  const app = await startApp({
    APP_ID: String(defaultApp.id),
    PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    WEBHOOK_SECRET: secret,
    GITHUB_API_URL: github.url,
    HOST: '127.0.0.1',
    PORT: '0',
    CHANGEOVER_JOURNAL: join(folder, 'journal'),
    // Nobody's limits hold here, so nothing is spaced out.
    CHANGEOVER_PACE: 'none',
    // Who switches lost webhooks on wants to see what follows.
    CHANGEOVER_LOOK_SECONDS: '10',
    LOG_LEVEL: 'warn',
  });
  ends.push(() => stopApp(app, hosts));
  // Nobody waits for words that GitHub does not take.
  ends.push(() => {
    troubles.set(undefined);
  });
  github.webhooks.setTarget({ url: new URL('/api/github/webhooks', app.url).href, secret });
  return github;
}

/** The app ends as soon as nothing holds it up; a command that hangs on a host would, so those are killed meanwhile. */
async function stopApp(app: RunningApp, hosts: readonly LocalHost[]): Promise<void> {
  const stopped = app.stop().then(() => true);
  for (let over = false; !over; over = await Promise.race([stopped, sleep(100, false)])) {
    for (const host of hosts) for (const pid of await host.processes()) kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function refuseOtherSystems(): void {
  if (process.platform === 'linux') return;
  throw new Error(
    `The playground needs Linux, this is ${process.platform}: its stand-in hosts rely on /proc and setsid. ` +
      'On Windows start it inside WSL, on macOS in a Linux virtual machine or container.',
  );
}

function explained(error: unknown, port: number): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new Error(
      `Port ${port} is taken, perhaps by another playground. Name another one: npm start -- --port ${port + 1}, ` +
        'or --port 0 for a free one.',
      { cause: error },
    );
  }
  if (code === 'EACCES') {
    return new Error(`Port ${port} may not be used by this user. Name another one, such as --port 3000.`, {
      cause: error,
    });
  }
  return error;
}

function stateOf(folder: string, hosts: readonly LocalHost[]): PlaygroundState {
  const { organization, repository, users } = defaultSeed;
  return {
    repository: { owner: organization, name: repository },
    logins: users.flatMap(({ login, name, role }) => (role === undefined ? [] : [{ login, name, role }])),
    folder,
    hosts: hosts.map(({ name, folder: own, user }) => ({ name, folder: own, user })),
  };
}

/** Commits show nowhere on the page. */
function tell(feed: Feed, change: Change): void {
  switch (change.kind) {
    case 'issue':
      feed.say({ kind: 'issues' });
      break;
    case 'comment':
      feed.say({ kind: 'thread', issue: change.issue.number });
      break;
    case 'reaction':
      feed.say({ kind: 'thread' });
      break;
    case 'commit':
      break;
  }
}
