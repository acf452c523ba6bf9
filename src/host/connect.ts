import { readFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { NodeSSH } from 'node-ssh';
import type { Client } from 'ssh2';
import type { PlanHost } from '../plan/types.ts';
import { type Credentials, credentials } from './credentials.ts';
import { CannotConnect, wordsOf } from './faults.ts';
import { fingerprint, KEY_TYPES, keyType, type KeyType, proofsOf } from './host-key.ts';
import { knownKeys, type KnownKeys, typesOf } from './known-hosts.ts';

export interface ConnectOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of the `known_hosts` file; it need not exist. */
  readonly knownHosts: string;
  /** From dialling to being logged in. */
  readonly connectTimeoutMs: number;
  /** A silent link is asked this often whether it lives, three times, and then given up. */
  readonly keepaliveMs: number;
}

/** Where the bytes go: straight to the host, or through a connection to its jump host. */
export type Dial = (host: PlanHost, timeoutMs: number) => Promise<Duplex>;

/**
 * Logs in to a host, having checked its key.
 * @throws CannotConnect
 */
export async function connect(host: PlanHost, dial: Dial, options: ConnectOptions): Promise<Client> {
  const known = await readKnown(host, options.knownHosts);
  const login = await credentials(host, options.env);
  let mismatch: Buffer | undefined;
  // A pinned fingerprint does not say its type: a host with several keys is asked for one after the other.
  for (const types of host.hostKey === undefined ? [typesFor(host, known)] : PINNED_TRIES) {
    const tried = await tryConnect(host, dial, login, options, types, (key) => verdict(host, known, key));
    if (tried.kind === 'connected') return tried.client;
    if (tried.kind === 'failed') {
      // "No matching host key": it has none of these types.
      if (host.hostKey !== undefined && /no matching host key/i.test(tried.why)) continue;
      throw new CannotConnect(...explain(host, tried.why));
    }
    if (tried.verdict !== 'changed' || host.hostKey === undefined) throw refusal(host, tried.verdict, tried.key, known);
    mismatch = tried.key;
  }
  throw mismatch === undefined
    ? new CannotConnect(`${at(host)} shows no host key of a type we know (${KEY_TYPES.join(', ')})`, true)
    : refusal(host, 'changed', mismatch, known);
}

const PINNED_TRIES: readonly (readonly KeyType[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['ssh-rsa'],
];

type Verdict = 'good' | 'unknown' | 'changed' | 'revoked';
type Tried =
  | { readonly kind: 'connected'; readonly client: Client }
  | { readonly kind: 'refused'; readonly verdict: Exclude<Verdict, 'good'>; readonly key: Buffer }
  | { readonly kind: 'failed'; readonly why: string };

async function tryConnect(
  host: PlanHost,
  dial: Dial,
  login: Credentials,
  options: ConnectOptions,
  types: readonly KeyType[],
  judge: (key: Buffer) => Verdict,
): Promise<Tried> {
  const socket = await dial(host, options.connectTimeoutMs);
  const ssh = new NodeSSH();
  const seen: { refused?: { verdict: Exclude<Verdict, 'good'>; key: Buffer } } = {};
  try {
    await ssh.connect({
      sock: socket,
      username: host.user,
      ...login,
      readyTimeout: options.connectTimeoutMs,
      keepaliveInterval: options.keepaliveMs,
      keepaliveCountMax: 3,
      algorithms: { serverHostKey: proofsOf(types) },
      hostVerifier: (key: Buffer) => {
        const judged = judge(key);
        if (judged !== 'good') seen.refused = { verdict: judged, key };
        return judged === 'good';
      },
    });
    const client = ssh.connection;
    if (client === null) throw new Error('the connection ended at once');
    // Without a listener a reset or a keepalive time-out would end the whole process. `close` follows and is acted upon.
    client.on('error', () => undefined);
    return { kind: 'connected', client };
  } catch (error) {
    socket.destroy();
    return seen.refused ? { kind: 'refused', ...seen.refused } : { kind: 'failed', why: wordsOf(error) };
  }
}

/** Shows a host's key without logging in. @throws CannotConnect */
export async function showKey(host: PlanHost, dial: Dial, options: ConnectOptions): Promise<Buffer> {
  const tried = await tryConnect(host, dial, { privateKey: '' }, options, KEY_TYPES, () => 'unknown');
  if (tried.kind === 'refused') return tried.key;
  throw new CannotConnect(...explain(host, tried.kind === 'failed' ? tried.why : 'it showed no key'));
}

/** A TCP connection without Nagle's delay, which would cost 40 ms a command. @throws CannotConnect */
export async function dialTcp(host: PlanHost, timeoutMs: number): Promise<Socket> {
  const socket = connectTcp({ host: host.address, port: host.port, noDelay: true });
  const timer = setTimeout(() => {
    socket.destroy(new Error(`no answer within ${Math.ceil(timeoutMs / 1000)} s`));
  }, timeoutMs);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    return socket;
  } catch (error) {
    throw new CannotConnect(...explain(host, wordsOf(error)));
  } finally {
    clearTimeout(timer);
    socket.on('error', () => undefined);
  }
}

async function readKnown(host: PlanHost, path: string): Promise<KnownKeys> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return knownKeys(text, host.address, host.port);
}

function typesFor(host: PlanHost, known: KnownKeys): readonly KeyType[] {
  const types = typesOf(known.keys);
  return types.length > 0 && host.hostKey === undefined ? types : KEY_TYPES;
}

function verdict(host: PlanHost, known: KnownKeys, key: Buffer): Verdict {
  if (known.revoked.some((other) => other.equals(key))) return 'revoked';
  if (host.hostKey !== undefined) return host.hostKey.replace(/=+$/, '') === fingerprint(key) ? 'good' : 'changed';
  if (known.keys.some((other) => other.equals(key))) return 'good';
  return known.keys.length > 0 ? 'changed' : 'unknown';
}

function refusal(host: PlanHost, judged: Exclude<Verdict, 'good'>, key: Buffer, known: KnownKeys): CannotConnect {
  const shown = `${keyType(key) ?? 'unknown'} ${fingerprint(key)}`;
  switch (judged) {
    case 'unknown':
      return new CannotConnect(
        `${at(host)}: its host key is not known here: ${shown}. Compare it with what its administrator says, then type: changeover trust ${host.name}`,
        true,
      );
    case 'revoked':
      return new CannotConnect(
        `${at(host)}: WARNING: it shows a REVOKED host key: ${shown}. Somebody may be standing between us and the host. Nothing was sent; ask its administrator`,
        true,
      );
    case 'changed': {
      const wanted = host.hostKey ?? known.keys.map(fingerprint).join(', ');
      const where = host.hostKey === undefined ? 'its lines in known_hosts' : '`host_key` in the inventory';
      return new CannotConnect(
        `${at(host)}: WARNING: its host key HAS CHANGED: it shows ${shown}, known is ${wanted}. Somebody may be standing between us and the host. Nothing was sent; only if its administrator confirms the new key, correct ${where}`,
        true,
      );
    }
  }
}

function explain(host: PlanHost, why: string): [message: string, lasting: boolean] {
  if (/authentication methods failed/i.test(why)) {
    return [
      `${at(host)} does not let ${host.user} in with this key; add its public half to ~/.ssh/authorized_keys there, or correct \`user\` or \`key\` in the inventory`,
      true,
    ];
  }
  if (/no matching host key/i.test(why)) {
    return [
      `${at(host)}: WARNING: it no longer has a host key of the type that known_hosts holds. Only if its administrator confirms a new key, remove the old lines and type: changeover trust ${host.name}`,
      true,
    ];
  }
  if (/failed to (connect to|retrieve identities from) agent|ENOENT.*agent|connect ENOENT/i.test(why)) {
    return [
      `${at(host)}: the agent at SSH_AUTH_SOCK does not answer (${why}); start it and add a key with ssh-add`,
      true,
    ];
  }
  return [`${at(host)} cannot be reached: ${why}`, false];
}

function at(host: PlanHost): string {
  return `${host.name} (${host.address}, port ${host.port})`;
}
