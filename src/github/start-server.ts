import { createPrivateKey } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import { Probot } from 'probot';
import type { Clock } from '../engine/ports.ts';
import { watched } from '../engine/watched.ts';
import type { Client, Place } from './api.ts';
import { createApp, type App } from './app.ts';
import { readInstallation } from './boundary.ts';
import { createReach, heardFetch } from './calls.ts';
import { createCensus } from './census.ts';
import { fetchWithin } from './fetch-within.ts';
import { createInstalled } from './installed.ts';
import { keepLooking } from './keep-looking.ts';
import { createMetrics, type Looked } from './metrics.ts';
import { probotOptions } from './octokit.ts';
import { createProbes } from './probes.ts';
import { keepReminding } from './reminders.ts';
import type { Rim } from './repository.ts';
import { retryWait } from './schedule.ts';
import type { ServerSettings } from './settings.ts';
import { createWebhooks, WEBHOOKS } from './webhooks.ts';

/** A server that runs. */
export interface RunningServer {
  /** `http://<host>:<port>`. */
  readonly url: string;
  /** Resolves when every command is followed, every run is over or waits for a person, and all is said. */
  idle(): Promise<void>;
  /** Takes no new work, gives the runs back, says what is still to be said, and ends. Jobs go on on their hosts. */
  stop(): Promise<void>;
}

/** For words at the end; most service managers kill after 90 s. */
const DRAIN_MS = 30_000;
/** For answers that are being sent; what is still open then is cut. */
const ANSWER_MS = 2_000;
/** For what is still to be tidied on hosts, of which one may not answer. */
const HOSTS_MS = 10_000;

/** What can be asked of a server's surroundings besides what it works with. */
export interface Surroundings {
  /** Rejects where nothing can be written into the journal. */
  readonly tryToWrite: () => Promise<void>;
  readonly links: Looked['links'];
}

/** Starts the Probot app behind its own HTTP server. Signals are left to whoever starts it. */
export async function startServer(
  settings: ServerSettings,
  given: Rim,
  { tryToWrite, links }: Surroundings,
): Promise<RunningServer> {
  const { appId, privateKey, webhookSecret } = settings;
  const { clock } = given;
  const privatePem = await pemOf(privateKey);
  const metrics = createMetrics({ census: createCensus(given.journal), links, failures: () => app.failures() });
  const reach = createReach(clock);
  const call = heardFetch(fetchWithin(), (result) => {
    metrics.call(result);
    reach.heard(result);
  });
  const journal = watched(given.journal, (event) => {
    metrics.event(event);
  });
  const rim = { ...given, journal };
  const probot = new Probot({ ...probotOptions(settings, call), appId, privateKey: privatePem, secret: webhookSecret });
  await probot.ready();
  const app = createApp({
    rim,
    clientFor: (place, installation) => clientFor(probot, place, installation),
    speaker: { app: appId },
    remindAfterMs: settings.remindAfterMs,
    scopes: createInstalled((installation) => probot.auth(installation)),
    log: probot.log,
  });
  await probot.load(app.load);
  const stopping = new AbortController();
  const isDraining = (): boolean => stopping.signal.aborted;
  const probes = createProbes({ clock, metrics, reach, tryToWrite, isDraining });
  const webhooks = createWebhooks({
    verify: (body, signature) => probot.webhooks.verify(body, signature),
    receive: (delivery) => probot.receive(delivery),
    isDraining,
    counted: (result) => {
      metrics.webhook(result);
    },
    log: probot.log,
  });
  const server = createServer((request, response) => {
    if (isDraining()) response.setHeader('connection', 'close');
    if (probes(request, response) || webhooks(request, response)) return;
    response.writeHead(404, { 'content-type': 'text/plain' }).end(`Changeover listens at POST ${WEBHOOKS}.\n`);
  });
  const url = await listen(server, settings);
  probot.log.info({ url, webhooks: WEBHOOKS }, 'Changeover listens.');
  void keepPickingUp(app, rim, probot.log, stopping.signal);
  void keepLooking(app, rim.clock, settings.lookMs, stopping.signal);
  void keepReminding(() => app.remind(), rim.clock, settings.remindAfterMs, stopping.signal);
  return {
    url,
    idle: () => app.idle(),
    stop: async () => {
      stopping.abort();
      await app.drain(DRAIN_MS);
      await close(server, clock);
      await atMost(HOSTS_MS, rim.hosts.end(), clock);
      probot.log.info({}, 'Changeover has stopped.');
    },
  };
}

/** @throws where it is no private key, which would show only with the first command. */
async function pemOf(key: ServerSettings['privateKey']): Promise<string> {
  const name = 'text' in key ? 'PRIVATE_KEY' : `The file ${key.path} that PRIVATE_KEY_PATH names`;
  const text = 'text' in key ? key.text : await readKey(key.path, name);
  try {
    createPrivateKey(text);
    return text;
  } catch {
    throw new Error(`${name} holds no private key. Give the PEM file that GitHub made for the App.`);
  }
}

async function readKey(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
    });
  }
}

/** Acts as the App's installation in a repository, which is looked up where no event has named it. */
async function clientFor(probot: Probot, place: Place, installation: number | undefined): Promise<Client> {
  if (installation !== undefined) return probot.auth(installation);
  const app: Client = await probot.auth();
  const found = await app.request('GET /repos/{owner}/{repo}/installation', { ...place });
  return probot.auth(readInstallation(found.data));
}

/** Runs left by an earlier process are taken up as soon as GitHub can be asked. */
async function keepPickingUp(app: App, { clock }: Rim, log: Probot['log'], signal: AbortSignal): Promise<void> {
  for (let tries = 1; !signal.aborted; tries += 1) {
    try {
      await app.pickUpAll();
      return;
    } catch (error) {
      log.warn({ err: error }, 'Runs of before could not be taken up yet.');
      await clock.sleep(retryWait(tries), signal);
    }
  }
}

async function listen(server: Server, { host, port }: Pick<ServerSettings, 'host' | 'port'>): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new Error(`Cannot listen at ${host}:${String(port)} (${error.message}). Set HOST and PORT.`));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
  const address = server.address();
  const at = address === null || typeof address === 'string' ? port : address.port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${String(at)}`;
}

/** Lets the answers that are being sent come to their end. Whoever else keeps a connection open must not keep the server. */
async function close(server: Server, clock: Clock): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeIdleConnections();
  await atMost(ANSWER_MS, closed, clock);
  server.closeAllConnections();
  await closed;
}

/** Waits for it, but no longer than that. */
async function atMost(ms: number, work: Promise<void>, clock: Clock): Promise<void> {
  const inTime = new AbortController();
  await Promise.race([work, clock.sleep(ms, inTime.signal)]);
  inTime.abort();
}
