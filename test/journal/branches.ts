import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import type { Clock, Journal, Lives } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createBranchStore } from '../../src/github/branch-store.ts';
import { patientClient } from '../../src/github/patient-client.ts';
import { createBranchJournal } from '../../src/journal/branch.ts';
import type { LocalGitHub } from '../../src/playground/local-github/server.ts';

export const PLACE = { owner: 'acme', repo: 'ops' } as const;

export interface WorkerOptions {
  /** The id of its workflow's run. */
  readonly id?: string;
  readonly attempt?: number;
  readonly lives?: Lives;
  /** Its machine stands still whenever it waits: what it would do later it never does. */
  readonly stuck?: true;
  /** As whom it writes. */
  readonly login?: string;
  /** Shows the time; waiting takes a hundredth of what it should. */
  readonly now?: Clock['now'];
  /** Another worker's, where it is on the same machine. */
  readonly spool?: string;
}

export interface BranchWorld {
  /** The journal as one worker has it, a machine for each unless told. */
  worker(github: LocalGitHub, options?: WorkerOptions): Journal;
  /** A folder on a machine. */
  spool(): string;
}

/** Journals on the branch of local GitHubs, whose folders go after each test. */
export function branchWorld(): BranchWorld {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  const spool = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'spool-'));
    folders.push(folder);
    return folder;
  };
  return {
    spool,
    worker: (github, options = {}) => {
      const { id = '1', attempt = 1, lives = () => Promise.resolve('yes'), now = () => systemClock.now() } = options;
      return createBranchJournal(
        createBranchStore(
          patientClient({ token: options.login ?? 'william', apiUrl: github.url, pace: 'none' }),
          PLACE,
        ),
        {
          clock: { now, sleep: options.stuck === true ? never : (ms, signal) => systemClock.sleep(ms / 100, signal) },
          worker: `test ${id}`,
          me: { id, attempt },
          lives,
          spool: options.spool ?? spool(),
          freshMs: 0,
        },
      );
    },
  };
}

const never = (): Promise<void> => new Promise(() => undefined);
