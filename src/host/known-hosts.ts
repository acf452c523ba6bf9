import { createHmac, timingSafeEqual } from 'node:crypto';
import { type KeyType, keyType } from './host-key.ts';

/** What a `known_hosts` file says about one address and port. */
export interface KnownKeys {
  readonly keys: readonly Buffer[];
  readonly revoked: readonly Buffer[];
}

/**
 * Reads a `known_hosts` file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): plain and hashed names, `[host]:port`, `*`, `?`,
 * `!`, `@revoked`. `@cert-authority` lines are left out: host certificates are not supported.
 */
export function knownKeys(file: string, address: string, port: number): KnownKeys {
  const name = hostName(address, port);
  const keys: Buffer[] = [];
  const revoked: Buffer[] = [];
  for (const line of file.split('\n')) {
    const words = line.trim().split(/[ \t]+/);
    const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
    const [names, type, base64] = words;
    if (names === undefined || type === undefined || base64 === undefined || names.startsWith('#')) continue;
    if (!matches(names, name)) continue;
    const key = Buffer.from(base64, 'base64');
    if (marker === '@revoked') revoked.push(key);
    else if (marker === undefined) keys.push(key);
  }
  return { keys, revoked };
}

/** The types among these keys, so that a host with several keys is asked for one that can be compared. */
export function typesOf(keys: readonly Buffer[]): readonly KeyType[] {
  return [...new Set(keys.map(keyType).filter((type) => type !== undefined))];
}

/** How a host stands in `known_hosts`. */
export function hostName(address: string, port: number): string {
  const lower = address.toLowerCase();
  return port === 22 ? lower : `[${lower}]:${port}`;
}

/** The line by which a key becomes known. */
export function knownHostsLine(host: { readonly address: string; readonly port: number }, key: Buffer): string {
  return `${hostName(host.address, host.port)} ${keyType(key) ?? 'unknown'} ${key.toString('base64')}`;
}

function matches(names: string, name: string): boolean {
  const patterns = names.split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && matchesOne(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesOne(pattern, name));
}

function matchesOne(pattern: string, name: string): boolean {
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(pattern);
  if (hashed) {
    const wanted = Buffer.from(hashed[2] ?? '', 'base64');
    const found = createHmac('sha1', Buffer.from(hashed[1] ?? '', 'base64'))
      .update(name)
      .digest();
    return wanted.length === found.length && timingSafeEqual(wanted, found);
  }
  const source = pattern
    .toLowerCase()
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}
