import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostEnvironment, makeHostFolder, MARK } from '../../src/playground/local-hosts/host-folder.ts';
import { killProcessesOf, processesOf } from '../../src/playground/local-hosts/processes.ts';
import { differences, snapshot } from '../../src/playground/local-hosts/snapshot.ts';
import { writeCommandFault, writeFault, type FaultName } from '../../src/playground/local-hosts/faults.ts';
import type { Seed } from '../../src/playground/local-hosts/start-local-host.ts';
import { mkdtemp, rm } from 'node:fs/promises';

import { startSshd, type Sshd, type SshdOptions } from '../support/sshd.ts';

/** A machine behind a real OpenSSH server, with stand-in programs before the real ones in its PATH. */
export interface Machine {
  readonly sshd: Sshd;
  /** All its files lie here; `home` is the home folder. */
  readonly folder: string;
  path(name: string): string;
  /** Content of a file, or '' where there is none. */
  content(name: string): string;
  /** Its entry in an inventory. */
  entry(changes?: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** Runs `act` and says what it changed below `folder`; job folders count too where `everything` is set. */
  changedBy(act: () => Promise<unknown>, everything?: boolean): Promise<readonly string[]>;
  failCommand(text: string): Promise<void>;
  /** Puts a script before a program: shell text that sees the program's words, and may fail instead of going on. */
  before(program: string, text: string): void;
  setFault(name: FaultName, on: boolean): Promise<void>;
  /** Its processes, the connections' own shells among them. */
  processes(): Promise<readonly number[]>;
  /** Waits for a moment until it has none, since a connection's shell ends a little after what used it; gives those left. */
  left(): Promise<readonly number[]>;
  /** Kills all of them, as a loss of power would. */
  killProcesses(): Promise<void>;
  remove(): Promise<void>;
}

export async function startMachine(seed?: Seed, options: SshdOptions = {}): Promise<Machine> {
  const folder = await mkdtemp('/var/tmp/changeover-machine-');
  await makeHostFolder(folder);
  const mark = randomUUID();
  const env = hostEnvironment(folder, mark);
  const vars = (await seed?.(folder, env)) ?? {};
  const sshd = await startSshd({
    home: join(folder, 'home'),
    ...(env['PATH'] === undefined ? {} : { path: env['PATH'] }),
    env: { [MARK]: mark },
    ...options,
  });
  const path = (name: string): string => join(folder, name);
  return {
    sshd,
    folder,
    path,
    content: (name) => {
      try {
        return readFileSync(path(name), 'utf8');
      } catch {
        return '';
      }
    },
    entry: (changes = {}) => ({
      address: options.network?.address ?? '127.0.0.1',
      port: sshd.port,
      user: sshd.user,
      key: sshd.keyFile,
      host_key: sshd.hostKeySha256,
      vars,
      ...changes,
    }),
    changedBy: async (act, everything = false) => {
      const look = async (): Promise<readonly (readonly [string, string])[]> => [
        ...(await snapshot(folder)),
        ...(everything
          ? [...(await snapshot(path('home')))].map(([name, what]) => [`home: ${name}`, what] as const)
          : []),
      ];
      const before = new Map(await look());
      await act();
      return differences(before, new Map(await look()));
    },
    failCommand: (text) => writeCommandFault(folder, text),
    before: (program, text) => {
      const own = path(`bin/${program}`);
      const moved = path(`bin/${program}.itself`);
      if (existsSync(own)) renameSync(own, moved);
      const real = existsSync(moved)
        ? moved
        : ['/usr/bin', '/bin'].map((place) => join(place, program)).find((file) => existsSync(file));
      if (real === undefined) throw new Error(`${program} is not on this machine`);
      writeFileSync(own, `#!/bin/sh\nfolder='${folder}'\n${text}\nexec '${real}' "$@"\n`, { mode: 0o755 });
    },
    setFault: (name, on) => writeFault(folder, name, on),
    processes: () => processesOf(mark),
    left: async () => {
      let left = await processesOf(mark);
      for (let tries = 0; tries < 400 && left.length > 0; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 25));
        left = await processesOf(mark);
      }
      return left;
    },
    killProcesses: () => killProcessesOf(mark),
    remove: async () => {
      await sshd.stop();
      await killProcessesOf(mark);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
