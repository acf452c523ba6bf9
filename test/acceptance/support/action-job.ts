import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd, type Bench } from './thread-bench.ts';
import { type Running, startBuilt } from './thread-process.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A folder that is a runner's, for its jobs. */
export function makeRunner(): string {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-action-'));
  atEnd(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A job of a workflow, with the variables that GitHub Actions sets. */
export const startJob = (folder: string, env: Env): Running =>
  startBuilt('github-action.js', [], {
    HOME: folder,
    RUNNER_TEMP: folder,
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: 'issue_comment',
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_REPOSITORY: 'acme/ops',
    GITHUB_ACTOR: 'william',
    GITHUB_TRIGGERING_ACTOR: 'william',
    // The local GitHub takes a login for a token; a workflow's own is the bot's there.
    INPUT_TOKEN: 'changeover[bot]',
    INPUT_LOGIN: 'changeover[bot]',
    CHANGEOVER_PACE: 'none',
    ...env,
  });

/** The job that GitHub starts for an event; it is killed at the end of its test where it still runs. */
export function startJobFor(bench: Bench, folder: string, payload: string, env: Env = {}): Running {
  const path = join(folder, `event-${String((events += 1))}.json`);
  writeFileSync(path, payload);
  const running = startJob(folder, {
    GITHUB_EVENT_PATH: path,
    GITHUB_API_URL: bench.github.url,
    INPUT_JOURNAL: bench.journal,
    ...env,
  });
  atEnd(async () => {
    running.kill('SIGKILL');
    await running.ended;
  });
  return running;
}

let events = 0;
