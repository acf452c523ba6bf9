import type { Host, Hosts } from '../../src/engine/ports.ts';
import { CannotConnect, LinkLost } from '../../src/host/faults.ts';
import { SshHost } from '../../src/host/host.ts';
import type { Connection, Link } from '../../src/host/link.ts';
import type { Settings } from '../../src/host/options.ts';
import type { Shell, TakeBytes } from '../../src/host/shell.ts';
import type { PlanHost } from '../../src/plan/types.ts';
import type { SimHost } from './kit.ts';
import { itemIn, readRequest } from './kit-folder.ts';
import type { Process, Scheduler } from './scheduler.ts';

const NET_MS = 2;

export interface Network {
  readonly scheduler: Scheduler;
  host(name: string): SimHost;
  /** What a read-only script of a simulated procedure says. */
  read(host: SimHost, what: string, subject: string, item: string): { readonly code: number; readonly stdout: string };
  readonly connections: Set<SimConnection>;
  /** Until then nothing passes between anybody and this host, and nobody is told. */
  readonly silentUntil: Map<string, number>;
}

type Request = Parameters<Shell['request']>;
type Channel = Awaited<ReturnType<Connection['channel']>>;

/** A connection: what `link.ts` makes of one of ssh2. What is asked over it comes to the real kit's stand-in. */
export class SimConnection {
  readonly #network: Network;
  readonly of: Process;
  readonly host: SimHost;
  readonly #boots: number;
  readonly #waiting = new Set<() => void>();
  readonly #onClose: () => void;
  closed = false;
  /** What was on its way when the link broke reaches the host all the same, so much later; undefined: it does not. */
  #lateMs: number | undefined;

  constructor(network: Network, of: Process, host: SimHost, onClose: () => void) {
    this.#network = network;
    this.of = of;
    this.host = host;
    this.#boots = host.boots;
    this.#onClose = onClose;
    network.connections.add(this);
  }

  /** The process at this end has died. */
  abandon(lateMs: number | undefined): void {
    this.closed = true;
    this.#lateMs = lateMs;
    this.#network.connections.delete(this);
  }

  /** The link breaks; whoever waits for something is told. */
  drop(lateMs: number | undefined): void {
    if (this.closed) return;
    this.closed = true;
    this.#lateMs = lateMs;
    this.#network.connections.delete(this);
    this.#network.scheduler.after(0, 'a lost link is noticed', this.of, () => {
      this.#onClose();
      for (const lost of this.#waiting) lost();
    });
  }

  async control(): Promise<SimConnection> {
    return Promise.resolve(this);
  }

  async withJobShell<T>(use: (shell: SimConnection) => Promise<T>): Promise<T> {
    return use(this);
  }

  async end(): Promise<void> {
    this.#network.connections.delete(this);
    const was = this.closed;
    this.closed = true;
    if (!was) {
      this.#onClose();
      for (const lost of this.#waiting) lost();
    }
    return Promise.resolve();
  }

  async request(text: Request[0], limitMs: Request[1], take?: TakeBytes): Promise<readonly string[]> {
    const { verb } = readRequest(text);
    return this.#exchange(verb, limitMs, (answer) => {
      this.host.ask(text, this.of, (lines, out) => {
        answer(async () => {
          if (out !== undefined) await take?.('out', out.from, Buffer.from(out.text));
          return lines;
        });
      });
    });
  }

  /** A channel for one read-only script. */
  async channel(): Promise<Channel> {
    const network = this.#network;
    let sent: (script: string) => void = () => undefined;
    const text = new Promise<string>((resolve) => (sent = resolve));
    const result = text.then(async (script) =>
      this.#exchange<{ mark: string; code: number; stdout: string }>('a read', 600_000, (answer) => {
        const mark = /co:[0-9a-f]+/.exec(script)?.[0] ?? '';
        const told = readOn(network, this.host, script);
        answer(async () => Promise.resolve({ mark, ...told }));
      }),
    );
    result.catch(() => undefined);
    const listeners: (() => void)[] = [];
    async function* stream(of: 'out' | 'err'): AsyncGenerator<Buffer> {
      const { mark, stdout } = await result;
      yield Buffer.from(`${mark}\n${of === 'out' ? stdout : ''}`);
    }
    const channel = {
      [Symbol.asyncIterator]: () => stream('out'),
      stderr: { [Symbol.asyncIterator]: () => stream('err') },
      end: (script: string) => {
        sent(script);
      },
      once: (_name: string, listener: () => void) => listeners.push(listener),
      destroy: () => {
        for (const listener of listeners.splice(0)) listener();
      },
    };
    const exit = result.then(
      ({ code }) => ({ code, signal: undefined }),
      () => undefined,
    );
    return Promise.resolve({ channel, asked: performance.now(), exit, free: () => undefined } as unknown as Channel);
  }

  /** Something goes to the host and something comes back, each in its time, or the link breaks in between. */
  async #exchange<T>(
    name: string,
    limitMs: number,
    ask: (answer: (told: () => Promise<T>) => void) => void,
  ): Promise<T> {
    const { scheduler } = this.#network;
    return new Promise((resolve, reject) => {
      let over = false;
      const lost = (): void => {
        over = true;
        this.#waiting.delete(lost);
        timer.cancelled = true;
        reject(new LinkLost('the connection ended'));
      };
      this.#waiting.add(lost);
      const timer = scheduler.after(limitMs, 'a timer', this.of, lost);
      if (this.closed) {
        lost();
        return;
      }
      this.#carry(`${name} arrives`, () => {
        ask((told) => {
          scheduler.after(scheduler.latency(NET_MS), `${name} is answered`, this.of, () => {
            if (over || this.closed || this.#isCut()) return;
            timer.cancelled = true;
            this.#waiting.delete(lost);
            told().then(resolve, reject);
          });
        });
      });
    });
  }

  /** Takes something to the host, at once or late, or loses it. */
  #carry(name: string, arrive: () => void): void {
    const { scheduler } = this.#network;
    const late = (): void => {
      if (!this.#isCut()) arrive();
    };
    const inTime = (): void => {
      if (this.#isCut()) return;
      if (!this.closed) arrive();
      else if (this.#lateMs !== undefined) scheduler.after(this.#lateMs, name, undefined, late, this.of);
    };
    scheduler.after(scheduler.latency(NET_MS), name, undefined, inTime, this.of);
  }

  /** The host has gone down since, or nothing passes. */
  #isCut(): boolean {
    const silent = this.#network.silentUntil.get(this.host.name) ?? 0;
    return !this.host.up || this.host.boots !== this.#boots || silent > this.#network.scheduler.now;
  }
}

/** The way from a process to its hosts, by the real `SshHost` and what follows jobs in it. */
export function simHosts(network: Network, of: Process, settings: Settings): Hosts {
  const hosts = new Map<string, Host>();
  return {
    host: (planned: PlanHost) => {
      const host = hosts.get(planned.name) ?? new SshHost(planned, simLink(network, of, planned), settings);
      hosts.set(planned.name, host);
      return host;
    },
    end: () => Promise.resolve(),
  };
}

function simLink(network: Network, of: Process, { name }: PlanHost): Link {
  let made: Promise<SimConnection> | undefined;
  const host = network.host(name);
  const { scheduler } = network;
  const connection = (): Promise<SimConnection> => {
    if (made !== undefined) return made;
    const mine = new Promise<SimConnection>((resolve, reject) => {
      const silent = (network.silentUntil.get(name) ?? 0) > scheduler.now;
      scheduler.after(silent ? 20_000 : 20, 'a host is connected', of, () => {
        if (!host.up || silent) reject(new CannotConnect(`${name} cannot be reached`, false));
        else resolve(new SimConnection(network, of, host, forget));
      });
    });
    const forget = (): void => {
      if (made === mine) made = undefined;
    };
    made = mine;
    mine.catch(forget);
    return mine;
  };
  return { connection } as unknown as Link;
}

function readOn(network: Network, host: SimHost, script: string): { readonly code: number; readonly stdout: string } {
  if (script.includes('echo noproc')) {
    const id = Buffer.from(host.name).toString('hex').padEnd(32, '0').slice(0, 32);
    return { code: 0, stdout: `machine ${id}\nboot ${host.boot}\nuser root\nfiles ext2/ext3\ndone\n` };
  }
  const [, what, subject = ''] = /sim (has|fact|free) (\w+)/.exec(script) ?? [];
  if (what === undefined) return { code: 0, stdout: '' };
  return network.read(host, what, subject, itemIn(script));
}
