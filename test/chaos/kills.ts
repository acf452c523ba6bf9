import { setImmediate as immediately, setTimeout as sleep } from 'node:timers/promises';
import type { Bot } from './bot.ts';
import type { ChaosHost, ChaosHosts } from './hosts.ts';
import { attemptOn, isSyncing, momentOn, sessionOf, type Moment } from './moment.ts';
import type { Random } from './random.ts';
import type { RunRecord } from './record.ts';

export const KINDS = {
  bot: 'the bot is killed (SIGKILL)',
  sshd: 'sshd and its connections are killed (SIGKILL), and start anew',
  cut: 'the link is taken down, and comes up again',
  swallow: 'packets of one direction are lost without a word (a black hole)',
  reset: 'all connections to the host are reset',
  stop: 'sshd stops in the midst of its connections (SIGSTOP), and goes on',
  job: 'all processes of a job are killed (SIGKILL), as when memory runs out',
} as const;
export type Kind = keyof typeof KINDS;

/** A kill that has hit. */
export interface Kill {
  readonly kind: Kind;
  readonly host: string | undefined;
  readonly moment: Moment;
  /** The bot was just waiting for its disk. */
  readonly syncing: boolean;
  /** For how long what was cut stayed so, in ms. */
  readonly forMs: number;
}

const WEIGHTS: readonly (readonly [Kind, number])[] = [
  ['bot', 40],
  ['sshd', 12],
  ['cut', 10],
  ['swallow', 10],
  ['reset', 10],
  ['stop', 6],
  ['job', 12],
];

/** What a kill may wait for, so that each is met; the others come whenever they come. */
type Aim = 'any' | 'sync' | Moment;
const AIMS: readonly (readonly [Aim, number])[] = [
  ['any', 40],
  ['sync', 10],
  ['before the first step', 6],
  ['job prepared', 8],
  ['job claimed', 10],
  ['job running', 10],
  ['job ended', 8],
  ['between steps', 8],
  ['at a prompt', 4],
  ['after the end', 4],
];
const AIMING_MS = 500;
/** They last for a millisecond or two, so one looks without a pause. */
const BRIEF: readonly Aim[] = ['sync', 'job prepared', 'job claimed'];
const EARLY_DROPPED = { bot: 0.6, other: 0.95 };
/** How many ms what is cut stays so: for a moment, longer than a link may be silent, or until it has been given up for good. */
const LASTING: readonly (readonly [readonly [number, number], number])[] = [
  [[30, 400], 68],
  [[800, 2_500], 24],
  [[3_000, 5_000], 8],
];

/** A host, and how all stood there when it was looked at. */
interface Seen extends Pick<Kill, 'moment' | 'syncing'> {
  readonly host: ChaosHost;
}

export interface Killing {
  /** Draws a kill and lets it hit, if there is what it could hit; resolves then, and not once its harm is over. */
  one(): Promise<Kill | undefined>;
  /** Resolves once all links and servers are as they should be. */
  healed(): Promise<void>;
}

export function killing(random: Random, hosts: ChaosHosts, bot: Bot, record: () => RunRecord): Killing {
  const harmed = new Map<ChaosHost, Promise<void>>();
  const momentOf = (host: ChaosHost): Moment => momentOn(host, bot.run(), record());

  function harm(host: ChaosHost, ms: number, end: () => void): void {
    const over = sleep(ms).then(() => {
      end();
      harmed.delete(host);
    });
    harmed.set(host, over);
  }

  /** Waits until a host is at that moment, or the bot at its disk; at most for a while, and then takes what there is. */
  async function aimed(aim: Aim): Promise<Seen | undefined> {
    for (const end = performance.now() + (aim === 'any' ? 0 : AIMING_MS); performance.now() < end;) {
      if (aim === 'sync' && isSyncing(bot.pid())) return seen(free(), true);
      const host = hosts.all.find((each) => !harmed.has(each) && aim !== 'sync' && momentOf(each) === aim);
      if (host !== undefined && aim !== 'any' && aim !== 'sync') return { host, moment: aim, syncing: false };
      await (BRIEF.includes(aim) ? immediately() : sleep(5));
    }
    return seen(free(), isSyncing(bot.pid()));
  }

  function free(): ChaosHost | undefined {
    const all = hosts.all.filter((each) => !harmed.has(each));
    return all[random.between(0, all.length - 1)];
  }

  const seen = (host: ChaosHost | undefined, syncing: boolean): Seen | undefined =>
    host === undefined ? undefined : { host, moment: momentOf(host), syncing };

  /** @returns for how long, or undefined where there was nothing to hit */
  async function hit(kind: Kind, host: ChaosHost): Promise<number | undefined> {
    const { sshd } = host.machine;
    const [least, most] = random.pick(LASTING);
    const ms = random.between(least, most);
    switch (kind) {
      case 'bot':
        return (await bot.kill()) ? 0 : undefined;
      case 'sshd':
        sshd.holdDown();
        sshd.killConnections();
        sshd.cutPower();
        harm(host, ms, () => {
          sshd.letUp();
        });
        return ms;
      case 'cut':
        host.network.cut();
        harm(host, ms, () => {
          host.network.restore();
        });
        return ms;
      case 'swallow':
        host.network.swallow(
          random.pick([
            ['there', 1],
            ['back', 1],
          ] as const),
        );
        harm(host, ms, () => {
          host.network.restore();
        });
        return ms;
      case 'reset':
        return host.network.reset() > 0 ? 0 : undefined;
      case 'stop':
        sshd.pause();
        harm(host, ms, () => {
          sshd.resume();
        });
        return ms;
      case 'job':
        return killJob(host) ? 0 : undefined;
    }
  }

  function killJob(host: ChaosHost): boolean {
    const [id, step] = [bot.run(), record().openStep()?.step];
    if (id === undefined || step === undefined) return false;
    const { pid, moment } = attemptOn(host, id, step);
    if (pid === undefined || (moment !== 'claimed' && moment !== 'running')) return false;
    // Its leader first: nothing shall be left that could write down how it ended.
    const members = [pid, ...sessionOf(pid).filter((each) => each !== pid)];
    for (const each of members) kill(each);
    return members.length > 0;
  }

  return {
    one: async () => {
      const [kind, aim] = [random.pick(WEIGHTS), random.pick(AIMS)];
      await sleep(random.between(0, 250));
      const found = await aimed(kind === 'job' && aim === 'any' ? 'job running' : aim);
      if (found === undefined) return undefined;
      const { host, ...how } = found;
      // Else most would come there: a host out of reach blocks the run, and a bot takes a while to start.
      const dropped = kind === 'bot' ? EARLY_DROPPED.bot : EARLY_DROPPED.other;
      if (how.moment === 'before the first step' && random.next() < dropped) return undefined;
      const forMs = await hit(kind, host);
      return forMs === undefined ? undefined : { kind, host: kind === 'bot' ? undefined : host.name, ...how, forMs };
    },
    healed: async () => {
      await Promise.all(harmed.values());
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
