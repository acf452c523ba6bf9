import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BranchStore, Lives, WorkflowRun } from '../engine/ports.ts';
import { systemClock } from '../engine/system-clock.ts';
import type { Client, Place } from './api.ts';
import { createBranchStore } from './branch-store.ts';
import { hasStatus } from './failure.ts';
import { patiently } from './patience.ts';
import { patientClient } from './patient-client.ts';
import { type Env, wordIn } from './settings.ts';
import { livesOf } from './workflow-runs.ts';

/** How a job keeps its journal on the branch of its repository. */
export interface BranchSettings {
  readonly place: Place;
  readonly me: WorkflowRun;
  /** Folder on the runner's disk for what is not on the branch yet, and for logs. */
  readonly spool: string;
}

/** Reads what GitHub Actions sets; undefined where this is no job of a workflow's. */
export function branchIn(env: Env): BranchSettings | undefined {
  const [, owner, repo] = /^([^/]+)\/([^/]+)$/.exec(wordIn(env, 'GITHUB_REPOSITORY') ?? '') ?? [];
  const id = wordIn(env, 'GITHUB_RUN_ID');
  if (owner === undefined || repo === undefined || id === undefined) return undefined;
  const attempt = Number(wordIn(env, 'GITHUB_RUN_ATTEMPT') ?? '1');
  const spool = wordIn(env, 'CHANGEOVER_SPOOL') ?? join(wordIn(env, 'RUNNER_TEMP') ?? tmpdir(), 'changeover');
  return { place: { owner, repo }, me: { id, attempt: Number.isInteger(attempt) ? attempt : 1 }, spool };
}

/**
 * What the journal needs of GitHub. It has a client of its own, whose calls are spaced out by themselves: words that wait
 * for GitHub's pace hold no record up.
 */
export function openBranch(
  { place }: BranchSettings,
  how: { readonly token: string; readonly apiUrl: string | undefined; readonly pace: 'github' | 'none' },
): { readonly store: BranchStore; readonly lives: Lives } {
  const client = patientReads(patientClient({ ...how, id: 'journal' }));
  return { store: createBranchStore(client, place, { reads }), lives: livesOf(client, place) };
}

/** What is read is waited for so long where GitHub is in trouble or asks for patience: a job has little else to do then. */
const READ_MS = 30_000;

/** Asks again what changes nothing. */
const reads = <T>(ask: () => Promise<T>): Promise<T> =>
  patiently(ask, {
    clock: systemClock,
    forMs: READ_MS,
    signal: new AbortController().signal,
    log: () => undefined,
  });

/** What is to be written is repeated by who knows what became of it. */
function patientReads(client: Client): Client {
  return {
    request: async (route, parameters) => {
      if (!route.startsWith('GET ')) return client.request(route, parameters);
      const asked = await reads(async () => {
        try {
          return { kind: 'ok', answer: await client.request(route, parameters) } as const;
        } catch (error) {
          // That nothing has changed is an answer.
          if (hasStatus(error, 304)) return { kind: 'same', error } as const;
          throw error;
        }
      });
      if (asked.kind === 'same') throw asked.error;
      return asked.answer;
    },
  };
}
