import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConnectOptions } from './connect.ts';

export interface HostsOptions {
  /** Environment to take CHANGEOVER_SSH_KEY, CHANGEOVER_KNOWN_HOSTS and SSH_AUTH_SOCK from; default this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default CHANGEOVER_KNOWN_HOSTS, else `~/.ssh/known_hosts`. */
  readonly knownHosts?: string;
  /** What follows is by default what CHANGEOVER_LINK_SECONDS makes of it. */
  readonly connectTimeoutMs?: number;
  /** A silent link counts as lost after three of these. */
  readonly keepaliveMs?: number;
  /** Waits between tries to get a lost link back; their number bounds the tries. */
  readonly reconnectWaitsMs?: readonly number[];
  /** Time a job past its time-out is given between TERM and KILL. */
  readonly timeoutGraceMs?: number;
  /** They are stand-ins on one machine, each at a port of its own: so its id does not make them one. */
  readonly standIns?: boolean;
}

/** Connections to hosts so far. */
export interface Links {
  /** That are there now. */
  open: number;
  made: number;
  /** That could not be made. */
  failed: number;
}

export interface Settings extends ConnectOptions {
  readonly reconnectWaitsMs: readonly number[];
  readonly timeoutGraceMs: number;
  readonly standIns: boolean;
}

const LINK = 'CHANGEOVER_LINK_SECONDS';
/** How long a link may be silent before it is given up, where nothing else is set; all other waits go with it. */
const LINK_S = 30;
const MOST_S = 600;

/** What is wrong with the environment's settings for links to hosts, each with what to set. */
export function linkProblems(env: NonNullable<HostsOptions['env']>): readonly string[] {
  const text = env[LINK]?.trim() ?? '';
  if (text === '' || (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_S)) return [];
  return [
    `${LINK}: seconds, from 1 to ${MOST_S}, after which a link to a host that says nothing is given up; ${LINK_S} if it is not set`,
  ];
}

/** @throws Error where `linkProblems` finds any */
export function defaults(options: HostsOptions): Settings {
  const env = options.env ?? process.env;
  const [problem] = linkProblems(env);
  if (problem !== undefined) throw new Error(problem);
  const seconds = env[LINK]?.trim() ?? '';
  const part = seconds === '' ? 1 : Number(seconds) / LINK_S;
  return {
    env,
    knownHosts: options.knownHosts ?? env['CHANGEOVER_KNOWN_HOSTS'] ?? join(homedir(), '.ssh', 'known_hosts'),
    connectTimeoutMs: options.connectTimeoutMs ?? 20_000 * part,
    keepaliveMs: options.keepaliveMs ?? 10_000 * part,
    reconnectWaitsMs: options.reconnectWaitsMs ?? [200, 1_000, 3_000, 8_000, 16_000].map((wait) => wait * part),
    timeoutGraceMs: options.timeoutGraceMs ?? 5_000,
    standIns: options.standIns ?? false,
  };
}
