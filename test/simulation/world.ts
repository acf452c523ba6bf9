import { chance } from '../run/world.ts';
import type { RunEvent } from '../../src/run/types.ts';
import { type Bot, startBot, type Surroundings } from './bot.ts';
import { Disk, type Kept } from './disk.ts';
import { rawOf, type SimComment, SimGitHub } from './github.ts';
import { AWAY_MS, type Delivery, type History, type Trouble, type When } from './history.ts';
import { SimHost } from './kit.ts';
import type { Fate } from './kit-folder.ts';
import { atRest, heard, type Turn } from './at-rest.ts';
import { Broken, Laws } from './laws.ts';
import { filesOf, textOf } from './procedures.ts';
import { olivia, People, william } from './people.ts';
import { pointsOf } from './points.ts';
import { type Atom, Scheduler, takeTimers } from './scheduler.ts';
import { words } from './keep.ts';
import type { Network, SimConnection } from './ssh.ts';

/** Nothing goes wrong any more from here on, so that every run can come to its end; by how many servers there are. */
const CALM_AT = { 1: 500, 2: 1_200 } as const;
const MOST_ATOMS = 12_000;

/** Counts what a history met. */
export interface Counts {
  readonly event: (type: string) => void;
  /** Something of this kind went wrong just before these points. */
  readonly trouble: (kind: Trouble['do'], points: readonly string[]) => void;
  /** It was played to its end. */
  readonly played: (atoms: number) => void;
}

/** A history as it is played, from the first comment to the rest after the last run's end. */
export class World {
  readonly #history: History;
  readonly #counts: Counts;
  readonly #scheduler: Scheduler;
  readonly #laws: Laws;
  readonly #disk: Disk;
  readonly #github: SimGitHub;
  readonly #hosts = new Map<string, SimHost>();
  readonly #network: Network;
  readonly #around: Surroundings;
  readonly #bots: Bot[] = [];
  readonly #seen = new Map<string, number>();
  readonly #trace: ((line: string) => void) | undefined;
  #troubles: { readonly when: When; readonly trouble: Trouble }[];
  readonly #people: People;
  #deliveries: Delivery[];
  #starting = 0;
  #skewMs = 0;
  /** When runs were taken up and ended, by the clock of the world and no process's own. */
  readonly #turns: Turn[] = [];
  #calm = false;
  #broken: Error | undefined;
  /** Two processes have lived at once: each may have spoken of what the other was just saying. */
  #together = false;

  constructor(history: History, counts: Counts, trace?: (line: string) => void) {
    this.#history = history;
    this.#counts = counts;
    this.#trace = trace;
    this.#scheduler = new Scheduler(history.jitter === 0 ? undefined : chance(history.jitter));
    this.#scheduler.before = (atom) => {
      this.#before(atom);
    };
    this.#troubles = [...history.troubles];
    this.#deliveries = [...history.deliveries];
    this.#laws = new Laws({
      seen: (event) => {
        counts.event(event.type);
      },
    });
    this.#disk = new Disk(this.#scheduler, (kept, events) => {
      this.#guarded(() => {
        this.#written(kept, events);
      });
    });
    const watcher = {
      fateOf: (
        host: string,
        script: { readonly step: string; readonly item: string; readonly what: string },
        job: { readonly attempt: number },
      ) => this.#fateOf(`${host}${script.what}${script.step}${script.item}`, job.attempt),
      worked: (name: string, work: Parameters<Laws['worked']>[1]) => {
        this.#trace?.(
          `        ${name} does ${work.job.phase} ${work.job.step}[${work.job.item}] #${String(work.job.attempt)} of ${work.run}`,
        );
        this.#guarded(() => {
          this.#laws.worked(this.#host(name), work, (locked, run) => this.#isLockedFor(locked, run));
        });
      },
      barred: (name: string, run: string, by: string) => {
        this.#trace?.(`        ${name} bars ${run} for ${by}`);
        this.#guarded(() => {
          this.#laws.barred(name, run, by);
        });
      },
    };
    for (const name of ['alpha', 'beta']) this.#hosts.set(name, new SimHost(name, this.#scheduler, watcher));
    this.#github = new SimGitHub(this.#scheduler, {
      files: filesOf(textOf(history.procedure)),
      people: [olivia, william],
      hear: (comment) => {
        this.#deliver(comment, this.#deliveries.shift() ?? 'once');
      },
    });
    this.#people = new People(this.#scheduler, this.#github, this.#laws.states, history.reactions);
    this.#network = {
      scheduler: this.#scheduler,
      host: (name) => this.#host(name),
      read: (host, what, subject, item) => this.#read(host, what, subject, item),
      connections: new Set<SimConnection>(),
      silentUntil: new Map<string, number>(),
    };
    this.#around = {
      scheduler: this.#scheduler,
      network: this.#network,
      github: this.#github,
      disk: this.#disk,
      log: (of, message, fields) => {
        this.#trace?.(`        ${of.name} logs: ${message} ${wordsOf(fields)}`);
      },
    };
  }

  /** @throws Broken where a promise was not kept */
  async play(): Promise<void> {
    const putBack = takeTimers(this.#scheduler);
    words.short = this.#history.words === 'short';
    try {
      for (let server = 0; server < this.#history.servers; server += 1) await this.#start();
      this.#lockByHand();
      this.#scheduler.after(10, 'people', undefined, () => {
        this.#github.write(olivia, 1, this.#history.dryrun ? '/upgrade pryv dryrun' : '/upgrade pryv');
      });
      const { secondAfterMs } = this.#history;
      if (secondAfterMs !== undefined) {
        this.#scheduler.after(10 + secondAfterMs, 'people', undefined, () => {
          this.#github.write(william, 2, '/upgrade pryv');
        });
      }
      this.#people.nag();
      while (await this.#scheduler.step()) {
        if (this.#broken !== undefined) throw this.#broken;
        if (this.#starting > 0) await this.#startDue();
        if (this.#scheduler.count > MOST_ATOMS) throw new Broken(`it does not come to rest: ${this.#unrest()}`);
        if (!this.#isOver()) this.#resting = undefined;
        else if (await this.#isIdle()) break;
      }
      if (this.#broken !== undefined) throw this.#broken;
      atRest(this.#laws, this.#disk, this.#together ? [] : this.#github.comments, this.#hosts);
      // One that stands still hears nothing, nor does anybody while GitHub does not answer; one comment less, and a look passes one over.
      const isDeaf = this.#history.troubles.some(({ trouble }) => ['stall', 'github', 'delete'].includes(trouble.do));
      if (!isDeaf) heard(this.#github.comments, this.#turns);
      this.#counts.played(this.#scheduler.count);
    } finally {
      putBack();
    }
  }

  #isLockedFor(name: string, run: string): boolean {
    const word = this.#disk.byHand.get(name);
    return word?.lock !== undefined && [...this.#disk.runs.keys()].indexOf(run) >= word.runs;
  }

  #unrest(): string {
    const runs = [...this.#laws.states.values()].map(({ run, status }) => `${run} ${status}`);
    return runs.join(', ');
  }

  #guarded(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.#broken ??= error as Error;
    }
  }

  #host(name: string): SimHost {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`There is no host ${name}.`);
    return host;
  }

  // What goes wrong

  #before(atom: Atom): void {
    const { name } = atom;
    const points = pointsOf(name);
    for (const point of points) this.#seen.set(point, (this.#seen.get(point) ?? 0) + 1);
    this.#trace?.(
      `${String(this.#scheduler.count).padStart(5)} ${new Date(this.#scheduler.now).toISOString().slice(11)} ${atom.of?.name ?? '-'} ${name}`,
    );
    if (this.#scheduler.count >= CALM_AT[this.#history.servers]) this.#calmDown();
    if (this.#troubles.length === 0) return;
    const due = this.#troubles.filter(({ when }) =>
      'atom' in when
        ? when.atom <= this.#scheduler.count
        : points.includes(when.point) && this.#seen.get(when.point) === when.nth + 1,
    );
    if (due.length === 0) return;
    this.#troubles = this.#troubles.filter((each) => !due.includes(each));
    for (const { trouble } of due) this.#befall(trouble, atom, points);
  }

  #calmDown(): void {
    if (this.#calm) return;
    this.#calm = true;
    this.#troubles = [];
    this.#deliveries = [];
    this.#people.calm = true;
    this.#github.mood = 'well';
    this.#network.silentUntil.clear();
    for (const host of this.#hosts.values()) host.up = true;
    for (const bot of this.#bots) bot.stalledUntil = 0;
  }

  /** Counts what befalls somebody, and as of these points only where they are theirs, or nobody's. */
  #befall(trouble: Trouble, { whose }: Atom, points: readonly string[]): void {
    const living = this.#bots.filter(({ alive }) => alive);
    const bot = living.find((each) => each === whose) ?? living[0];
    if (!this.#does(trouble, bot)) return;
    this.#trace?.(`        ! ${JSON.stringify(trouble)} of ${bot?.name ?? 'nobody'}`);
    this.#counts.trouble(trouble.do, whose === undefined || whose === bot ? points : []);
  }

  /** @returns whether there was anybody or anything that it could befall */
  #does(trouble: Trouble, bot: Bot | undefined): boolean {
    const scheduler = this.#scheduler;
    switch (trouble.do) {
      case 'crash':
        if (bot === undefined) return false;
        this.#kill(bot, trouble.lateMs, trouble.awayMs);
        return true;
      case 'stall':
        if (bot === undefined) return false;
        bot.stalledUntil = scheduler.now + trouble.seconds * 1000;
        if (trouble.robbed) {
          // Somebody takes it for dead, and deletes its claim by hand.
          for (const kept of this.#disk.runs.values()) if (kept.owner?.of === bot) kept.owner = undefined;
          this.#starting += 1;
        }
        return true;
      case 'second':
        this.#starting += 1;
        return true;
      case 'drain':
        if (bot === undefined) return false;
        void scheduler.within(bot, () => {
          void bot.app.drain(30_000).then(() => {
            this.#kill(bot);
          });
        });
        return true;
      case 'drop': {
        const broken = [...this.#network.connections].filter((each) => each.host.name === trouble.host);
        for (const each of broken) each.drop(trouble.lateMs);
        return broken.length > 0;
      }
      case 'silence':
        this.#network.silentUntil.set(trouble.host, scheduler.now + trouble.seconds * 1000);
        return true;
      case 'reboot': {
        const host = this.#host(trouble.host);
        if (!host.up) return false;
        host.goDown();
        for (const each of [...this.#network.connections]) if (each.host === host) each.drop(undefined);
        scheduler.after(trouble.seconds * 1000, 'host: is back', undefined, () => {
          host.up = true;
        });
        return true;
      }
      case 'github':
        this.#github.mood = trouble.mood;
        scheduler.after(trouble.seconds * 1000, 'github: is back', undefined, () => {
          this.#github.mood = 'well';
        });
        return true;
      case 'delete': {
        const there = this.#github.comments.filter((each) => each.by === 'app' && !each.deleted);
        const comment = there[trouble.nth % Math.max(1, there.length)];
        if (comment !== undefined) comment.deleted = true;
        return comment !== undefined;
      }
      case 'clock':
        this.#skewMs = trouble.minutes * 60_000;
        if (bot !== undefined) bot.skewMs += this.#skewMs;
        return true;
      case 'say':
        this.#github.write(william, 1, `/${trouble.word}`);
        return true;
    }
  }

  #kill(bot: Bot, lateMs: number | undefined = 0, awayMs = AWAY_MS): void {
    if (!bot.alive) return;
    bot.alive = false;
    for (const each of [...this.#network.connections]) if (each.of === bot) each.abandon(lateMs);
    this.#scheduler.after(awayMs, 'service manager starts it anew', undefined, () => {
      if (!this.#calm || !this.#bots.some(({ alive }) => alive)) this.#starting = this.#calm ? 1 : this.#starting + 1;
    });
  }

  // Processes

  async #startDue(): Promise<void> {
    while (this.#starting > 0) {
      this.#starting -= 1;
      await this.#start();
    }
  }

  async #start(): Promise<void> {
    if (this.#bots.length >= 10) return;
    if (this.#bots.some(({ alive }) => alive)) this.#together = true;
    this.#bots.push(await startBot(`bot ${String(this.#bots.length + 1)}`, this.#skewMs, this.#around));
  }

  // People and webhooks

  #deliver(comment: SimComment, how: Delivery): void {
    if (how === 'lost') return;
    const times = how === 'twice' ? [5, 60] : how === 'late' ? [9_000] : [5];
    for (const ms of times) {
      this.#scheduler.after(ms, 'webhook', undefined, () => {
        const payload = {
          action: 'created',
          issue: { number: comment.issue },
          comment: rawOf(comment),
          repository: { name: 'ops', owner: { login: 'acme' } },
          sender: { type: 'User' },
        };
        for (const bot of this.#hearers(comment)) {
          if (bot.stalledUntil > this.#scheduler.now) continue;
          this.#scheduler.after(0, 'a webhook comes in', bot, () => {
            bot.hear(payload);
          });
        }
      });
    }
  }

  /** Where there are two from the beginning, each hears of every other comment; else whoever lives hears of all. */
  #hearers({ id }: SimComment): readonly Bot[] {
    const living = this.#bots.filter(({ alive }) => alive);
    return this.#history.servers === 1 ? living : living.slice(id % living.length, (id % living.length) + 1);
  }

  #lockByHand(): void {
    const { byHand } = this.#history;
    if (byHand === undefined) return;
    this.#scheduler.after(byHand.afterMs, 'people', undefined, () => {
      this.#github.write(olivia, 3, `/lock ${byHand.host} its disk is being replaced`);
    });
    this.#scheduler.after(byHand.afterMs + byHand.forMs, 'people', undefined, () => {
      this.#github.write(olivia, 3, `/unlock ${byHand.host}`);
    });
  }

  #written(kept: Kept, events: readonly RunEvent[]): void {
    if (this.#trace !== undefined) for (const event of events) this.#trace(`        + ${told(event)}`);
    this.#laws.written(kept, events, this.#hosts);
    for (const { run, type } of events)
      if (type === 'run_started' || type === 'run_finished') this.#turns.push({ run, type, at: this.#scheduler.now });
    for (const event of events)
      if (event.type === 'prompt_opened') this.#people.asked(kept.run, event.prompt, event.answers);
  }

  // The end

  #isOver(): boolean {
    if (this.#disk.runs.size === 0 && this.#scheduler.now - START < 1_200_000) return false;
    for (const state of this.#laws.states.values()) if (state.endedAt === undefined) return false;
    return this.#github.comments.every(
      ({ id, by, created }) =>
        by === 'app' ||
        this.#disk.accepted.get(`comment-${String(id)}`) !== undefined ||
        this.#scheduler.now - Date.parse(created) > 1_200_000,
    );
  }

  /** Whether those that live have been asked for the moment when they have nothing more to do, and how many have not come to it. */
  #resting: { readonly bots: readonly Bot[]; left: number } | undefined;

  /** Every process that lives has nothing to do or to say any more. */
  async #isIdle(): Promise<boolean> {
    this.#calmDown();
    const bots = this.#bots.filter(({ alive }) => alive);
    if (bots.length === 0) return false;
    const known = this.#resting;
    if (known?.bots.length === bots.length && bots.every((bot) => known.bots.includes(bot))) return known.left === 0;
    const resting = { bots, left: bots.length };
    this.#resting = resting;
    for (const bot of bots) {
      await this.#scheduler.within(bot, () => {
        void this.#rest(bot).then(() => {
          resting.left -= 1;
        });
      });
    }
    return false;
  }

  async #rest(bot: Bot): Promise<void> {
    for (;;) {
      await bot.app.idle();
      if ((await bot.app.unsaid()) !== 'still') return;
      await this.#moment(bot);
    }
  }

  #moment(bot: Bot): Promise<void> {
    return new Promise((resolve) => {
      this.#scheduler.after(1_000, 'a timer', bot, () => {
        resolve();
      });
    });
  }

  // What hosts are like

  #fateOf(key: string, attempt: number): Fate {
    const { fates } = this.#history;
    let sum = attempt;
    for (let index = 0; index < key.length; index += 1) sum = (sum * 31 + key.charCodeAt(index)) % 65_521;
    return fates[sum % Math.max(1, fates.length)] ?? { how: 'done', ms: 5 };
  }

  #read(
    host: SimHost,
    what: string,
    subject: string,
    item: string,
  ): { readonly code: number; readonly stdout: string } {
    if (what === 'has') return { code: host.inPlace.has(`${subject} ${item}`) ? 0 : 1, stdout: '' };
    // What is waited for comes in time, or does not.
    const fate = this.#fateOf(`${host.name}${subject}`, Math.floor(this.#scheduler.now / 10_000));
    return { code: fate.how === 'done' ? 0 : 1, stdout: '' };
  }
}

const START = Date.parse('2026-11-22T05:00:00.000Z');

const wordsOf = (fields: object): string =>
  JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.stack : value));

function told({ run, seq, type, ...rest }: RunEvent): string {
  const words = type === 'run_requested' ? '' : JSON.stringify({ ...rest, at: undefined, prev: undefined });
  return `${run} ${String(seq)} ${type} ${words.slice(0, 300)}`;
}
