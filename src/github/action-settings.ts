import { type BranchSettings, branchIn } from './action-branch.ts';
import { type Env, type LogLevel, PACE_PROBLEM, paceIn, REMIND_PROBLEM, remindAfterIn, wordIn } from './settings.ts';

/** How an Actions job is set up: its event and the token it acts with. */
export interface ActionSettings {
  readonly eventName: string;
  readonly eventPath: string;
  readonly token: string;
  /** Folder of runs and logs, which must outlive the job; or the branch of the repository. */
  readonly journal: string | BranchSettings;
  readonly apiUrl: string | undefined;
  readonly pace: 'github' | 'none';
  /** The login that comments made with the token carry. */
  readonly login: string;
  readonly id: string;
  /** How long a run waits for a person before the first reminder; 0: there is none. */
  readonly remindAfterMs: number;
  readonly logLevel: LogLevel;
}

export type ActionSettingsRead =
  | { readonly kind: 'ok'; readonly settings: ActionSettings }
  | { readonly kind: 'faulty'; readonly problems: readonly string[] }
  /** The workflow started for an event in which there is nothing to do. */
  | { readonly kind: 'nothing'; readonly why: string };

export const tokenIn = (env: Env): string | undefined => wordIn(env, 'INPUT_TOKEN') ?? wordIn(env, 'GITHUB_TOKEN');

export const loginIn = (env: Env): string => wordIn(env, 'INPUT_LOGIN') ?? 'github-actions[bot]';

/** Reads the variables that GitHub Actions sets, and the inputs. */
export function readActionSettings(env: Env): ActionSettingsRead {
  const eventName = wordIn(env, 'GITHUB_EVENT_NAME');
  const eventPath = wordIn(env, 'GITHUB_EVENT_PATH');
  if (eventName !== undefined && eventName !== 'issue_comment') {
    const why = `Changeover follows comments (on: issue_comment: types: [created]); there is nothing to do for ${eventName}.`;
    return { kind: 'nothing', why };
  }
  const token = tokenIn(env);
  const journal = wordIn(env, 'INPUT_JOURNAL') ?? wordIn(env, 'CHANGEOVER_JOURNAL') ?? branchIn(env);
  const pace = paceIn(env);
  const remindAfterMs = remindAfterIn(env, 'INPUT_REMIND_SECONDS');
  const problems = [
    ...(eventName === undefined ? ['GITHUB_EVENT_NAME is not set: this program runs as a GitHub Action'] : []),
    ...(eventPath === undefined ? ['GITHUB_EVENT_PATH is not set: this program runs as a GitHub Action'] : []),
    ...(token === undefined ? ['token: give `${{ github.token }}`, or set GITHUB_TOKEN'] : []),
    ...(journal === undefined
      ? [
          'journal: a folder on the disk of a self-hosted runner that outlives the job, or set CHANGEOVER_JOURNAL; to keep it ' +
            'on a branch instead, GITHUB_REPOSITORY and GITHUB_RUN_ID, which a workflow sets',
        ]
      : []),
    ...(pace === undefined ? [PACE_PROBLEM] : []),
    ...(remindAfterMs === undefined ? [REMIND_PROBLEM] : []),
  ];
  if (
    eventName === undefined ||
    eventPath === undefined ||
    token === undefined ||
    journal === undefined ||
    pace === undefined ||
    remindAfterMs === undefined
  ) {
    return { kind: 'faulty', problems };
  }
  const apiUrl = wordIn(env, 'GITHUB_API_URL');
  const login = loginIn(env);
  const id = wordIn(env, 'GITHUB_RUN_ID') ?? 'local';
  const logLevel = wordIn(env, 'RUNNER_DEBUG') === '1' ? 'debug' : 'info';
  return {
    kind: 'ok',
    settings: { eventName, eventPath, token, journal, apiUrl, pace, login, id, remindAfterMs, logLevel },
  };
}
