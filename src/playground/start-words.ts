import { parseArgs } from 'node:util';
import type { Playground } from './start.ts';

export const DEFAULT_PORT = 3000;

export type Arguments =
  | { readonly kind: 'start'; readonly port: number; readonly keep: boolean }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly why: string };

export const USAGE = `Usage: npm start -- [--port N] [--keep]

Starts a playground on this machine: a small GitHub, the real Changeover, and stand-in hosts behind real SSH.

  --port N  where it listens on 127.0.0.1 (default ${DEFAULT_PORT}; 0 takes a free port)
  --keep    leaves its folder there when it stops
`;

/** Reads the words after the program's name. */
export function readArguments(words: readonly string[]): Arguments {
  let values: { readonly port?: string; readonly keep?: boolean; readonly help?: boolean };
  try {
    const options = { port: { type: 'string' }, keep: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    ({ values } = parseArgs({ args: [...words], options }));
  } catch (error) {
    return { kind: 'wrong', why: error instanceof Error ? error.message : String(error) };
  }
  const { port = String(DEFAULT_PORT), keep = false, help = false } = values;
  if (help) return { kind: 'help' };
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    return { kind: 'wrong', why: `--port must be a number from 0 to 65535, not "${port}".` };
  }
  return { kind: 'start', port: Number(port), keep };
}

/** What the start says: what runs, what is real, where the files are, and what to type. */
export function welcome({ url, folder, host, boxes }: Playground, keep: boolean): string {
  const names = boxes.map(({ name }) => name).join(' and ');
  return `The playground runs: ${url}/

  Real:       Changeover itself, signed webhooks, SSH, jobs, the journal.
  Stand-ins:  the host ${host.name} with its docker, docker-compose, systemctl, sudo and rsync, MongoDB's and
              Redis' tools and Pryv's scripts; the nbhosting boxes ${names} and their restarts; and
              GitHub. The hosts' commands run on this machine as you (${host.user}).
  Files:      ${folder} (${keep ? 'kept when this stops' : 'removed when this stops'})
              ${host.folder} is that host's, journal/ Changeover's.

Open ${url}/ and type in the comment box of issue 1

  /upgrade pryv 1.6 dryrun    what would happen; nothing is changed
  /upgrade pryv 1.6           does it
  /rollback                   goes back, when a step has failed (the page can make one fail)

and in that of issue 2

  /report nbhosting                                   what the boxes are for, run and hold
  /swap nbhosting thurst thermals f27 f29 dryrun      what the change of Fedora would do
  /handover nbhosting thurst thermals                 moves production to the other box
  /swap nbhosting thurst thermals f27 f29             does all of it

Ctrl+C stops everything.
`;
}
