import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConnectOptions } from './connect.ts';

export interface HostsOptions {
  /** Environment to take CHANGEOVER_SSH_KEY, CHANGEOVER_KNOWN_HOSTS and SSH_AUTH_SOCK from; default this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default CHANGEOVER_KNOWN_HOSTS, else `~/.ssh/known_hosts`. */
  readonly knownHosts?: string;
  readonly connectTimeoutMs?: number;
  /** A silent link counts as lost after three of these. */
  readonly keepaliveMs?: number;
  /** Waits between tries to get a lost link back; their number bounds the tries. */
  readonly reconnectWaitsMs?: readonly number[];
  /** Time a job past its time-out is given between TERM and KILL. */
  readonly timeoutGraceMs?: number;
}

export interface Settings extends ConnectOptions {
  readonly reconnectWaitsMs: readonly number[];
  readonly timeoutGraceMs: number;
}

export function defaults(options: HostsOptions): Settings {
  const env = options.env ?? process.env;
  return {
    env,
    knownHosts: options.knownHosts ?? env['CHANGEOVER_KNOWN_HOSTS'] ?? join(homedir(), '.ssh', 'known_hosts'),
    connectTimeoutMs: options.connectTimeoutMs ?? 20_000,
    keepaliveMs: options.keepaliveMs ?? 10_000,
    reconnectWaitsMs: options.reconnectWaitsMs ?? [200, 1_000, 3_000, 8_000, 16_000],
    timeoutGraceMs: options.timeoutGraceMs ?? 5_000,
  };
}
