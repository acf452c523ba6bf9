import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { PlanHost } from '../plan/types.ts';
import { connect, type Dial, dialTcp, showKey } from './connect.ts';
import { CannotConnect, LinkLost, wordsOf } from './faults.ts';
import { JOBS, type Kit, SHORT } from './kit.ts';
import type { Links, Settings } from './options.ts';
import { Shell } from './shell.ts';
import { Slots } from './slots.ts';

/** sshd frees a channel late: six that come and go quickly fail, four never did. */
const CHANNELS = 4;
/** Job shells wait for their job; the other channels stay for following, killing and reading. */
const JOB_SHELLS = 2;
const CHANNEL_TRIES = 20;
const CHANNEL_LIMIT_MS = 60_000;

/** One connection, for as long as it lasts. */
export class Connection {
  readonly client: Client;
  readonly #slots = new Slots(CHANNELS);
  readonly #jobShells = new Set<{ shell: Promise<Shell>; busy: boolean }>();
  readonly #jobSlots = new Slots(JOB_SHELLS);
  #control: Promise<Shell> | undefined;
  #closed = false;
  /** One for all who end it: each would listen otherwise. */
  readonly #gone: Promise<void>;

  constructor(client: Client, onClose: () => void) {
    this.client = client;
    // Its end ends every channel and every pending opening, so nobody waits for ever.
    this.#gone = new Promise((resolve) => {
      client.once('close', () => {
        this.#closed = true;
        onClose();
        resolve();
      });
    });
  }

  /** A channel running `command`, and the function that gives its slot back. */
  async channel(command: string): Promise<Opened & { free: () => void }> {
    const free = await this.#slots.take();
    try {
      return { ...(await this.#open(command)), free };
    } catch (error) {
      free();
      throw error;
    }
  }

  /** The shell for short requests; it stays. */
  async control(): Promise<Shell> {
    this.#control ??= this.#shell(SHORT);
    return this.#control;
  }

  /** Lends a shell that may be kept busy for as long as a job takes. */
  async withJobShell<T>(use: (shell: Shell) => Promise<T>): Promise<T> {
    const free = await this.#jobSlots.take();
    const entry = [...this.#jobShells].find((each) => !each.busy) ?? { shell: this.#shell(JOBS), busy: true };
    this.#jobShells.add(entry);
    entry.busy = true;
    let shell: Shell | undefined;
    try {
      shell = await entry.shell;
      return await use(shell);
    } finally {
      if (shell === undefined || shell.ended) this.#jobShells.delete(entry);
      entry.busy = false;
      free();
    }
  }

  /** Gives it up; resolves when the next use makes a new one. */
  async end(): Promise<void> {
    if (!this.#closed) this.client.destroy();
    await this.#gone;
  }

  async #shell(kit: Kit): Promise<Shell> {
    const { channel, free } = await this.channel('exec sh');
    channel.once('close', free);
    return Shell.over(channel, kit);
  }

  async #open(command: string): Promise<Opened> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await openOnce(this.client, command);
      } catch (error) {
        // Reason 2: the server has not yet freed a channel that has ended. It never began, so trying again is safe.
        if (error instanceof LinkLost || !isOpenFailure(error) || tries >= CHANNEL_TRIES) {
          throw error instanceof LinkLost ? error : new LinkLost(`no channel could be opened: ${wordsOf(error)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 10 * tries));
      }
    }
  }
}

export const noLinks = (): Links => ({ open: 0, made: 0, failed: 0 });

/** The way to a host: connects when first needed, and again after the connection was lost. */
export class Link {
  readonly #host: PlanHost;
  readonly #settings: Settings;
  readonly #via: Link | undefined;
  readonly #counted: Links;
  #connection: Promise<Connection> | undefined;
  #ended = false;

  /** @param counted where its connections are counted */
  constructor(host: PlanHost, settings: Settings, via: Link | undefined, counted: Links = noLinks()) {
    this.#counted = counted;
    this.#host = host;
    this.#settings = settings;
    this.#via = via;
  }

  /** The connection, made if there is none. @throws CannotConnect */
  async connection(): Promise<Connection> {
    if (this.#ended) throw new CannotConnect(`${this.#host.name}: all connections have been ended`, true);
    if (!this.#connection) {
      const made = this.#connect();
      this.#connection = made;
      made.catch(() => {
        this.#forget(made);
      });
    }
    return this.#connection;
  }

  /** Ends the connection, for good. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#connection?.then(
      async (connection) => connection.end(),
      () => undefined,
    );
  }

  async showKey(): Promise<Buffer> {
    return showKey(this.#host, this.#dial(), this.#settings);
  }

  async #connect(): Promise<Connection> {
    const client = await connect(this.#host, this.#dial(), this.#settings).catch((error: unknown) => {
      this.#counted.failed += 1;
      throw error;
    });
    this.#counted.made += 1;
    this.#counted.open += 1;
    const made = this.#connection;
    return new Connection(client, () => {
      this.#counted.open -= 1;
      this.#forget(made);
    });
  }

  #forget(made: Promise<Connection> | undefined): void {
    if (made !== undefined && this.#connection === made) this.#connection = undefined;
  }

  #dial(): Dial {
    const via = this.#via;
    return via ? async (host) => via.#forward(host) : dialTcp;
  }

  async #forward(host: PlanHost): Promise<Duplex> {
    const { client } = await this.connection();
    return new Promise((resolve, reject) => {
      client.forwardOut('127.0.0.1', 0, host.address, host.port, (error, stream) => {
        if (!error) {
          stream.on('error', () => undefined);
          resolve(stream);
          return;
        }
        const from = this.#host.name;
        reject(
          new CannotConnect(
            `${host.name} (${host.address}, port ${host.port}) cannot be reached from its jump host ${from}: ${error.message}`,
            false,
          ),
        );
      });
    });
  }
}

/** A channel whose command was begun. */
export interface Opened {
  readonly channel: ClientChannel;
  /** When the host was asked for it, by `performance.now()`: its command cannot have begun before. */
  readonly asked: number;
  /** How its command ended; undefined where the channel closed and nothing had told. */
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | undefined } | undefined>;
}

async function openOnce(client: Client, command: string): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const asked = performance.now();
    const timer = setTimeout(() => {
      reject(new LinkLost('the host opens no channel'));
    }, CHANNEL_LIMIT_MS);
    client.exec(command, (error, channel) => {
      clearTimeout(timer);
      if (error) {
        reject(error);
        return;
      }
      channel.on('error', () => undefined);
      // Here and not later: its end may have come together with its beginning, and is told once.
      const exit = new Promise<Awaited<Opened['exit']>>((tell) => {
        channel.once('exit', (code: number | null, signal?: string) => {
          tell({ code, signal });
        });
        channel.once('close', () => {
          tell(undefined);
        });
      });
      resolve({ channel, asked, exit });
    });
  });
}

function isOpenFailure(error: unknown): boolean {
  return error instanceof Error && 'reason' in error && Number(error.reason) === 2;
}
