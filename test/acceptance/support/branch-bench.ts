import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBranchStore } from '../../../src/github/branch-store.ts';
import { patientClient } from '../../../src/github/patient-client.ts';
import { segmentPath, segmentsOf } from '../../../src/journal/branch-record.ts';
import type { RunEvent } from '../../../src/run/types.ts';
import { eventsIn } from '../workplace.ts';
import { atEnd, type Bench } from './thread-bench.ts';
import { type Running, startBuilt } from './thread-process.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What a workflow needs whose journal is on a branch. */
export const PERMISSIONS = { contents: 'write', issues: 'write', metadata: 'read', actions: 'write' } as const;

/** Jobs of workflows that have nothing in common but the repository: each has a runner of its own. */
export interface BranchBench {
  /** A job for a comment. @param id of its workflow's run; a new one unless given */
  jobFor(comment: number, id?: number, env?: Env): Promise<Running>;
  /** The id of a workflow's run that has not begun. */
  newRun(): number;
  /** A job for an event of another kind. */
  jobOf(name: string, payload: unknown, id?: number, env?: Env): Running;
  /** Writes a comment and lets the job for it end. */
  does(
    login: string,
    body: string,
  ): Promise<{ readonly id: number; readonly code: number | null; readonly said: string }>;
  /** Runs on the branch, as they are listed there. */
  runs(): Promise<readonly string[]>;
  /** A run's events on the branch; by default those of the only run. */
  events(run?: string): Promise<readonly RunEvent[]>;
  /** The same as it stands there. */
  text(run?: string): Promise<string>;
  /** All files of the branch. */
  files(): Promise<ReadonlyMap<string, string>>;
}

export function branchBench(bench: Bench, folder: string): BranchBench {
  const { github } = bench;
  const store = createBranchStore(patientClient({ token: 'william', apiUrl: github.url, pace: 'none' }), {
    owner: 'acme',
    repo: 'ops',
  });
  let last = 100;

  function start(name: string, payload: string, id = ++last, env: Env = {}): Running {
    const runner = mkdtempSync(join(folder, 'runner-'));
    const path = join(runner, 'event.json');
    writeFileSync(path, payload);
    github.workflows.set({ id, attempt: 1, status: 'in_progress' });
    const running = startBuilt('github-action.js', [], {
      HOME: folder,
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: name,
      GITHUB_EVENT_PATH: path,
      GITHUB_RUN_ID: String(id),
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_REPOSITORY: 'acme/ops',
      GITHUB_ACTOR: 'william',
      GITHUB_TRIGGERING_ACTOR: 'william',
      GITHUB_WORKFLOW_REF: 'acme/ops/.github/workflows/changeover.yml@refs/heads/main',
      GITHUB_REF_NAME: 'main',
      GITHUB_API_URL: github.url,
      RUNNER_TEMP: runner,
      INPUT_TOKEN: 'changeover[bot]',
      INPUT_LOGIN: 'changeover[bot]',
      CHANGEOVER_PACE: 'none',
      ...env,
    });
    atEnd(async () => {
      running.kill('SIGKILL');
      await running.ended;
    });
    void running.ended.then(({ signal }) => {
      // GitHub learns of a runner that has died later, and not by itself.
      if (signal === null) github.workflows.set({ id, attempt: 1, status: 'completed' });
    });
    return running;
  }

  const jobFor: BranchBench['jobFor'] = async (comment, id, env) =>
    start('issue_comment', await bench.eventOf(comment), id, env);

  async function runs(): Promise<readonly string[]> {
    return [...segmentsOf((await store.read()).files.keys()).keys()];
  }

  async function text(run?: string): Promise<string> {
    const { files: listed } = await store.read();
    const of = run ?? (await runs())[0] ?? '';
    const numbers = segmentsOf(listed.keys()).get(of) ?? [];
    const texts = await store.texts(numbers.map((number) => listed.get(segmentPath(of, number)) ?? ''));
    return texts.join('');
  }

  return {
    jobFor,
    newRun: () => ++last,
    jobOf: (name, payload, id, env) => start(name, JSON.stringify(payload), id, env),
    does: async (login, body) => {
      const { id } = await bench.writeUnheard(login, body);
      const { code, said } = await (await jobFor(id)).ended;
      return { id, code, said };
    },
    runs,
    text,
    events: async (run) => eventsIn(await text(run)),
    files: async () => (await store.read()).files,
  };
}
