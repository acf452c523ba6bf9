import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BranchStore, Lives, WorkflowRun } from '../engine/ports.ts';
import type { Place } from './api.ts';
import { createBranchStore } from './branch-store.ts';
import { plainClient } from './plain-client.ts';
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

/** What the journal needs of GitHub. It has a client of its own: words that wait for GitHub's pace hold no record up. */
export function openBranch(
  { place }: BranchSettings,
  { token, apiUrl }: { readonly token: string; readonly apiUrl: string | undefined },
): { readonly store: BranchStore; readonly lives: Lives } {
  const client = plainClient(token, apiUrl);
  return { store: createBranchStore(client, place), lives: livesOf(client, place) };
}
