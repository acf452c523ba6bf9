import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { spawnSync } from '../support/run-sync.ts';

/** A network of one host: a namespace that a pair of virtual interfaces joins to ours. It needs root and iproute2. */
export interface Network {
  readonly address: string;
  /** The words that start a program in it. */
  readonly enter: readonly string[];
  /** Takes the link away: what is sent is refused here. `restore` brings it back. */
  cut(): void;
  /** Packets of one direction go to nobody, and nobody is told: a black hole. `restore` ends it. */
  swallow(direction: 'there' | 'back'): void;
  restore(): void;
  /** Resets the present connections; says how many there were. */
  reset(): number;
  remove(): void;
}

/** A station that there is not: what is sent to it is lost. */
const NOBODY = '02:00:00:00:00:01';
const PREFIX = 'co-chaos-';

/** Why no network can be made here, or undefined. */
export function whyNoNetworks(): string | undefined {
  if (userInfo().uid !== 0) return 'only root may make network namespaces';
  const tried = spawnSync('ip', ['netns', 'exec', 'none', 'true'], { encoding: 'utf8' });
  if (tried.error !== undefined) return 'not on this machine: ip (iproute2)';
  try {
    const network = makeNetwork();
    network.remove();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function makeNetwork(): Network {
  removeLeft();
  for (let tries = 1; ; tries += 1) {
    try {
      return make(`${PREFIX}${String(process.pid)}-${randomInt(2 ** 24).toString(16)}`);
    } catch (error) {
      // Its subnet may be in use.
      if (tries === 5) throw error;
    }
  }
}

function make(namespace: string): Network {
  const number = randomInt(2 ** 24);
  const [ours, theirs] = [`co${number.toString(16)}a`, `co${number.toString(16)}b`];
  // 198.18.0.0/15 is set aside for measurements between networks (RFC 2544); each gets four addresses of it.
  const base = (198 << 24) + (18 << 16) + randomInt(2 ** 15) * 4;
  const [here, there] = [written(base + 1), written(base + 2)];
  const inside = (...words: readonly string[]): string => ip('-n', namespace, ...words);
  ip('netns', 'add', namespace);
  const remove = (): void => {
    spawnSync('ip', ['link', 'del', ours]);
    spawnSync('ip', ['netns', 'del', namespace]);
  };
  try {
    if (ip('route', 'show', `${written(base)}/30`) !== '') throw new Error(`${written(base)}/30 is in use`);
    ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs, 'netns', namespace);
    ip('addr', 'add', `${here}/30`, 'dev', ours);
    ip('link', 'set', ours, 'up');
    inside('addr', 'add', `${there}/30`, 'dev', theirs);
    inside('link', 'set', theirs, 'up');
    inside('link', 'set', 'lo', 'up');
  } catch (error) {
    remove();
    throw error;
  }
  return {
    address: there,
    enter: ['ip', 'netns', 'exec', namespace],
    cut: () => {
      ip('link', 'set', ours, 'down');
    },
    swallow: (direction) => {
      const lost = ['lladdr', NOBODY, 'nud', 'permanent'];
      if (direction === 'there') ip('neigh', 'replace', there, 'dev', ours, ...lost);
      else inside('neigh', 'replace', here, 'dev', theirs, ...lost);
    },
    restore: () => {
      ip('link', 'set', ours, 'up');
      spawnSync('ip', ['neigh', 'del', there, 'dev', ours]);
      spawnSync('ip', ['-n', namespace, 'neigh', 'del', here, 'dev', theirs]);
    },
    reset: () => {
      const done = spawnSync('ss', ['-HtnK', 'dst', there], { encoding: 'utf8' });
      return done.stdout.split('\n').filter((line) => line !== '').length;
    },
    remove,
  };
}

/** Those of a process that has been killed. */
function removeLeft(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const [, name, pid] = /^(co-chaos-(\d+)-\S*)/.exec(line) ?? [];
    // With the namespace its interface goes, and with that the one on our side.
    if (name !== undefined && !existsSync(`/proc/${pid ?? ''}`)) spawnSync('ip', ['netns', 'del', name]);
  }
}

function ip(...words: readonly string[]): string {
  const done = spawnSync('ip', words, { encoding: 'utf8' });
  if (done.status === 0) return done.stdout;
  throw new Error(`ip ${words.join(' ')}: ${done.error?.message ?? done.stderr.trim()}`);
}

const written = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
