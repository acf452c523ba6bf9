import { type BranchSettings, branchIn } from './action-branch.ts';
import { type Handover, readHandover, type Workflow } from './handover.ts';
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
  /** A run that an earlier job hands over to this one. */
  readonly handover?: Handover;
  /** When this job hands its runs over, and to a job of which workflow; absent: it does not. */
  readonly next?: { readonly afterMs: number; readonly workflow: Workflow };
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
  const handed = eventName === 'workflow_dispatch' ? wordIn(env, 'INPUT_HANDOVER') : undefined;
  if (eventName !== undefined && eventName !== 'issue_comment' && handed === undefined) {
    const why = `Changeover follows comments (on: issue_comment: types: [created]); there is nothing to do for ${eventName}.`;
    return { kind: 'nothing', why };
  }
  const token = tokenIn(env);
  const journal = wordIn(env, 'INPUT_JOURNAL') ?? wordIn(env, 'CHANGEOVER_JOURNAL') ?? branchIn(env);
  const pace = paceIn(env);
  const remindAfterMs = remindAfterIn(env, 'INPUT_REMIND_SECONDS');
  const handover = handed === undefined ? undefined : readHandover(handed);
  const handoverMs = handoverAfterIn(env);
  const problems = [
    ...(handed !== undefined && handover === undefined
      ? ['handover: a run and its nonce, which only a job gives']
      : []),
    ...(handoverMs === undefined ? [HANDOVER_PROBLEM] : []),
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
    remindAfterMs === undefined ||
    handoverMs === undefined ||
    problems.length > 0
  ) {
    return { kind: 'faulty', problems };
  }
  const apiUrl = wordIn(env, 'GITHUB_API_URL');
  const login = loginIn(env);
  const id = wordIn(env, 'GITHUB_RUN_ID') ?? 'local';
  const logLevel = wordIn(env, 'RUNNER_DEBUG') === '1' ? 'debug' : 'info';
  return {
    kind: 'ok',
    settings: {
      ...{ eventName, eventPath, token, journal, apiUrl, pace, login, id, remindAfterMs, logLevel },
      ...(handover === undefined ? {} : { handover }),
      ...nextIn(env, handoverMs),
    },
  };
}

const HANDOVER = 'CHANGEOVER_HANDOVER_SECONDS';
/** GitHub ends a job on its own runners after six hours. */
const DEFAULT_HANDOVER_S = 20_400;
const MOST_HANDOVER_S = 5 * 86_400;
const HANDOVER_PROBLEM = `${HANDOVER}: seconds, up to ${String(MOST_HANDOVER_S)}, after which a job hands its runs over to a new one; 0: never`;

function handoverAfterIn(env: Env): number | undefined {
  const word = wordIn(env, 'INPUT_HANDOVER_SECONDS') ?? wordIn(env, 'CHANGEOVER_HANDOVER_SECONDS');
  const seconds = word === undefined ? DEFAULT_HANDOVER_S : /^\d+$/.test(word) ? Number(word) : undefined;
  return seconds === undefined || seconds > MOST_HANDOVER_S ? undefined : seconds * 1000;
}

/** The workflow of this job, as GitHub names it: `owner/repo/.github/workflows/file.yml@refs/heads/main`. */
function nextIn(env: Env, afterMs: number): Pick<ActionSettings, 'next'> {
  const [, file, ref] = /\/([^/@]+)@refs\/heads\/(.+)$/.exec(wordIn(env, 'GITHUB_WORKFLOW_REF') ?? '') ?? [];
  return file === undefined || ref === undefined || afterMs === 0 ? {} : { next: { afterMs, workflow: { file, ref } } };
}
