import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { startLocalHost, type LocalHost, type Seed } from '../../src/playground/local-hosts/start-local-host.ts';

/** Starts a local host in a temporary folder; `end` stops it and removes the folder. */
export async function startTestHost(
  seed?: Seed,
  restarts = false,
): Promise<{ host: LocalHost; end: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'changeover-local-host-'));
  const host = await startLocalHost({ name: 'pryv', folder, restarts, ...(seed === undefined ? {} : { seed }) });
  const end = async (): Promise<void> => {
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { host, end };
}

/** Connects as a client would, checking the host key against the one that the host announces. */
export function connect(
  host: LocalHost,
  other: { username?: string; privateKey?: string; password?: string } = {},
): Promise<Client> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.on('ready', () => {
      resolve(client);
    });
    client.on('error', reject);
    client.connect({
      // ssh2 by itself leaves Nagle's algorithm on, which makes each command wait for 40 ms.
      sock: createConnection({ host: host.address, port: host.port, noDelay: true }).on('error', reject),
      username: host.user,
      ...(other.password === undefined ? { privateKey: host.clientKey.privateKey } : {}),
      ...other,
      hostVerifier: (key: Buffer) => fingerprint(key) === host.hostKey,
    });
  });
}

export function open(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(error);
    });
  });
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs a command to its end, with `input` on its stdin. */
export async function run(client: Client, command: string, input = ''): Promise<Ended> {
  const channel = await open(client, command);
  const ended = new Promise<{ code: number | null; signal: string | undefined }>((resolve) => {
    channel.on('exit', (code: number | null, signal?: string) => {
      resolve({ code, signal });
    });
    channel.on('close', () => {
      resolve({ code: null, signal: 'no exit seen' });
    });
  });
  channel.end(input);
  const [out, err, end] = await Promise.all([buffer(channel), buffer(channel.stderr), ended]);
  return { ...end, out: out.toString(), err: err.toString() };
}

/** Waits until something holds, for forty seconds at most. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2000; tries += 1) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error(`still not so after forty seconds: ${holds.toString()}`);
}

function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
