import type { Probot } from 'probot';
import type { Clock } from '../../src/engine/ports.ts';
import { type App, createApp } from '../../src/github/app.ts';
import { keepLooking } from '../../src/github/keep-looking.ts';
import { retryWait } from '../../src/github/schedule.ts';
import { defaults } from '../../src/host/options.ts';
import { createSecrets } from '../../src/host/secrets.ts';
import { steadyTime } from '../../src/run/steady-time.ts';
import type { Disk } from './disk.ts';
import { APP, PLACE, type SimGitHub } from './github.ts';
import type { Process, Scheduler } from './scheduler.ts';
import { type Network, simHosts } from './ssh.ts';

/** A server of Changeover, all of it but its sockets: the app, its runs, its hosts and its words. */
export interface Bot extends Process {
  readonly app: App;
  /** A webhook comes in. */
  readonly hear: (payload: unknown) => void;
}

const SETTINGS = defaults({ env: {} });
const LOOK_MS = 180_000;

export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly github: SimGitHub;
  readonly disk: Disk;
  readonly log: (of: Process, message: string, fields: object) => void;
}

/** Starts one, as `start-server.ts` does: what was left is taken up, and comments are looked for from then on. */
export async function startBot(name: string, skewMs: number, around: Surroundings): Promise<Bot> {
  const { scheduler, network, github, disk, log } = around;
  const process: Process = { name, alive: true, stalledUntil: 0, skewMs };
  // As the machine's is: set wrong, it is put right little by little.
  const steady = steadyTime(
    () => scheduler.now + process.skewMs,
    () => scheduler.now,
  );
  const clock: Clock = {
    now: () => new Date(steady()).toISOString(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const done = (): void => {
          atom.cancelled = true;
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const atom = scheduler.after(Math.max(0, ms), 'a timer', process, done);
        signal?.addEventListener('abort', done);
      }),
  };
  const client = github.clientOf(process);
  const say = (fields: object, message: string): void => {
    log(process, message, fields);
  };
  const app = createApp({
    rim: {
      hosts: simHosts(network, process, SETTINGS),
      journal: disk.journalOf(process, clock),
      logs: disk.logsOf(),
      secrets: createSecrets({}),
      clock,
      worker: name,
    },
    clientFor: () => Promise.resolve(client),
    speaker: { app: APP },
    scopes: () => Promise.resolve([{ place: PLACE }]),
    log: { info: say, warn: say, error: say },
  });
  let hear: Bot['hear'] = () => undefined;
  void app.load(
    {
      on: (_event: string, handler: (event: { readonly payload: unknown }) => void) => {
        hear = (payload) => {
          handler({ payload });
        };
      },
    } as unknown as Probot,
    {} as never,
  );
  const pickUp = async (): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        await app.pickUpAll();
        return;
      } catch (error) {
        say({ error }, 'not picked up yet');
        await clock.sleep(retryWait(tries));
      }
    }
  };
  const bot = Object.assign(process, { app, hear });
  await scheduler.within(process, () => {
    void pickUp();
    void keepLooking(app, clock, LOOK_MS, new AbortController().signal);
  });
  return bot;
}
