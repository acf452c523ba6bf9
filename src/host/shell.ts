import type { ClientChannel } from 'ssh2';
import { ByteReader } from './byte-reader.ts';
import { LinkLost } from './faults.ts';
import { newNonce } from './job-text.ts';
import type { Kit } from './kit.ts';

/** Raw bytes of a job's stream, from an offset on. */
export type TakeBytes = (stream: 'out' | 'err', offset: number, bytes: Buffer) => Promise<void>;

/** Node's longest; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Longer than a run takes from one step to the next. */
const A_MOMENT_MS = 20;

/** A channel on which one `sh` answers requests, one after the other. */
export class Shell {
  readonly #channel: ClientChannel;
  readonly #reader: ByteReader;
  readonly #tag: string;
  readonly #kit: Kit;
  #last: Promise<unknown>;
  #ended = false;
  /** Whether what goes before the next request has been written. */
  #prepared = false;
  #preparing: NodeJS.Timeout | undefined;

  private constructor(channel: ClientChannel, kit: Kit, tag: string) {
    this.#channel = channel;
    this.#reader = new ByteReader(channel);
    this.#tag = tag;
    this.#kit = kit;
    this.#last = Promise.resolve();
    channel.stderr.resume();
  }

  /** @param channel of `exec sh`. Nothing is waited for: the first request's answer shows whether it works. */
  static over(channel: ClientChannel, kit: Kit): Shell {
    const tag = `co:${newNonce()}`;
    const shell = new Shell(channel, kit, tag);
    channel.write(kit.bootstrap(tag));
    shell.#last = shell.#until('ready').then(() => {
      shell.#prepare();
    });
    shell.#last.catch(() => undefined);
    return shell;
  }

  /**
   * Sends a request of the kit and gives back its answer's lines, without tag, as words.
   * @param limitMs the host has this long; past it the channel is given up.
   * @throws LinkLost
   */
  async request(text: string, limitMs: number, take: TakeBytes = refuseBytes): Promise<readonly string[]> {
    const before = this.#last.catch((cause: unknown) => {
      throw new LinkLost('an earlier request on this channel failed', { cause });
    });
    const { waits } = this.#kit;
    if (!waits) this.#write(text);
    const answer = before.then(async () => {
      if (waits) this.#write(text);
      const timer = setTimeout(
        () => {
          this.end();
        },
        Math.min(limitMs, LONGEST_TIMER_MS),
      );
      try {
        const lines = await this.#until('over', take);
        this.#prepare();
        return lines;
      } catch (error) {
        // What is left of this answer would be taken for the next one's.
        this.end();
        throw error;
      } finally {
        clearTimeout(timer);
      }
    });
    this.#last = answer;
    return answer;
  }

  /** It takes no more requests. */
  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#preparing);
    this.#channel.destroy();
  }

  #write(text: string): void {
    clearTimeout(this.#preparing);
    this.#channel.write(`${this.#prepared ? '' : this.#kit.before}${this.#kit.request(text)}`);
    this.#prepared = false;
  }

  /** In a moment: a request that follows at once brings it itself, and saves a packet. */
  #prepare(): void {
    if (this.#kit.before === '') return;
    this.#preparing = setTimeout(() => {
      this.#channel.write(this.#kit.before);
      this.#prepared = true;
    }, A_MOMENT_MS);
  }

  async #until(word: string, take: TakeBytes = refuseBytes): Promise<readonly string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.#reader.line();
      // Login files may print before we begin.
      if (!line.startsWith(`${this.#tag} `)) continue;
      const said = line.slice(this.#tag.length + 1);
      if (said === word) return lines;
      const data = /^data (out|err) (\d+) (\d+)$/.exec(said);
      if (data) await this.#data(data[1] === 'err' ? 'err' : 'out', Number(data[2]), Number(data[3]), take);
      else lines.push(said);
    }
  }

  async #data(stream: 'out' | 'err', offset: number, count: number, take: TakeBytes): Promise<void> {
    let done = 0;
    while (done < count) {
      const bytes = await this.#reader.some(count - done);
      await take(stream, offset + done, bytes);
      done += bytes.length;
    }
  }
}

async function refuseBytes(): Promise<void> {
  return Promise.reject(new LinkLost('the host sent bytes that were not asked for'));
}
