import { hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { Clock, Hosts, Journal, Logs, Secrets, Source } from '../engine/ports.ts';
import { follow } from '../engine/find-run.ts';
import { watched } from '../engine/watched.ts';
import { evolve } from '../run/evolve.ts';
import type { RunEvent, RunId, RunState } from '../run/types.ts';
import { view } from '../engine/view.ts';
import { progressLines } from '../thread/terminal-progress.ts';
import { plainStyle } from '../thread/terminal-style.ts';
import { colored } from './colors.ts';
import { EXIT } from './exit-codes.ts';
import type { Options, Session } from './session.ts';
import { workerName } from './worker-name.ts';

/** The rim's parts, which the entry makes. */
export interface Rim {
  readonly hosts: Hosts;
  readonly journal: Journal;
  readonly logs: Logs;
  readonly secrets: Secrets;
  readonly source: Source;
  readonly clock: Clock;
}

/** Opens the terminal as the place where a run is talked about: events as JSON lines, or as lines for people. */
export function openSession(options: Options, rim: Rim): Session & { close(): Promise<void> } {
  const interactive = process.stdin.isTTY && process.stdout.isTTY && !options.json;
  const style = options.color && process.stdout.isTTY ? colored : plainStyle;
  const states = new Map<RunId, RunState>();
  const stops = new Set<() => void>();
  let asking: AbortController | undefined;

  const say = (line: string): void => {
    if (!options.json) process.stdout.write(`${line}\n`);
  };
  const emit = (event: RunEvent): void => {
    if (options.json) process.stdout.write(`${JSON.stringify(event)}\n`);
  };

  function see(event: RunEvent): void {
    emit(event);
    const state = evolve(states.get(event.run), event);
    states.set(event.run, state);
    for (const line of progressLines(event, state, view, style)) say(line);
  }

  let told = false;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', unlessClosed);

  const onSignal = (): void => {
    // Whoever asks twice does not want to wait for a host that no longer answers; jobs go on by themselves.
    if (told) process.exit(EXIT.waiting);
    told = true;
    asking?.abort();
    for (const stop of stops) stop();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);

  return {
    options,
    style,
    interactive,
    user: `${userInfo().username}@${hostname()}`,
    workshop: {
      ...rim,
      journal: watched(rim.journal, see, (events) => {
        // One that cannot be followed is refused by whoever claimed it.
        const followed = follow(events);
        if (followed.kind === 'ok') states.set(followed.state.run, followed.state);
      }),
      conversation: { changed: () => undefined, settled: () => Promise.resolve() },
      worker: workerName(),
    },
    say,
    emit,
    complain: (line) => {
      process.stderr.write(`${line}\n`);
    },
    ask: async (question) => {
      asking = new AbortController();
      const lines = createInterface({ input: process.stdin, output: process.stdout });
      const closed = new Promise<undefined>((resolve) => {
        lines.once('close', () => {
          resolve(undefined);
        });
      });
      try {
        return await Promise.race([lines.question(question, { signal: asking.signal }).catch(() => undefined), closed]);
      } finally {
        lines.close();
      }
    },
    onStop: (stop) => {
      stops.clear();
      stops.add(stop);
      if (told) stop();
    },
    close: async () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
      await rim.hosts.end();
    },
  };
}

/** Whoever read our output may have gone (`| head`). The run goes on all the same, and its journal has every word. */
function unlessClosed(error: Error): void {
  if (!('code' in error && error.code === 'EPIPE')) throw error;
}
