import { INVENTORY, PROCEDURES } from '../engine/workshop.ts';
import { type BranchSettings, branchIn } from './action-branch.ts';
import type { Place } from './api.ts';
import { EVENTS } from './cause.ts';
import { type Handover, readHandover } from './handover.ts';
import { HANDOVER_PROBLEM, handoverAfterIn, type Next, nextIn } from './handover-settings.ts';
import { isPathWithin, type Layout } from './layout.ts';
import { type Env, type LogLevel, PACE_PROBLEM, paceIn, REMIND_PROBLEM, remindAfterIn, wordIn } from './settings.ts';

const PARTS = ['all', 'answer', 'work'] as const;

/**
 * What a job does. `answer`: all that can be done without the hosts, and it says whether there is more to do; `work`: the
 * rest, by a job that has the key.
 */
export type Part = (typeof PARTS)[number];

/** How an Actions job is set up: its event and the token it acts with. */
export interface ActionSettings extends Next {
  readonly eventName: (typeof EVENTS)[number];
  readonly eventPath: string;
  readonly token: string;
  /** Folder of runs and logs, which must outlive the job; or the branch of the repository. */
  readonly journal: string | BranchSettings;
  readonly apiUrl: string | undefined;
  readonly pace: 'github' | 'none';
  /** The login that comments made with the token carry. */
  readonly login: string;
  /** The workflow run's. */
  readonly id: string;
  /** 1, and one more each time that somebody runs the job again. */
  readonly attempt: number;
  /** Whoever ran it again; undefined where nobody did. */
  readonly triggeredBy: string | undefined;
  /** Where people see the workflow's run. */
  readonly url: string | undefined;
  readonly place: Place;
  readonly part: Part;
  readonly layout: Layout;
  /** How long a run waits for a person before the first reminder; 0: there is none. */
  readonly remindAfterMs: number;
  readonly logLevel: LogLevel;
  /** A run that an earlier job hands over to this one. */
  readonly handover?: Handover;
}

export type ActionSettingsRead =
  | { readonly kind: 'ok'; readonly settings: ActionSettings }
  | { readonly kind: 'faulty'; readonly problems: readonly string[] }
  /** The workflow started for an event in which there is nothing to do. */
  | { readonly kind: 'nothing'; readonly why: string };

export const tokenIn = (env: Env): string | undefined => wordIn(env, 'INPUT_TOKEN') ?? wordIn(env, 'GITHUB_TOKEN');

export const loginIn = (env: Env): string => wordIn(env, 'INPUT_LOGIN') ?? 'github-actions[bot]';

/** A variable that GitHub sets for every job. */
const NO_JOB = 'is not set: this program runs as a GitHub Action';

/** Reads the variables that GitHub Actions sets, and the inputs. */
export function readActionSettings(env: Env): ActionSettingsRead {
  const problems: string[] = [];
  const wanted = (name: string): string | undefined => {
    const value = wordIn(env, name);
    if (value === undefined) problems.push(`${name} ${NO_JOB}`);
    return value;
  };
  const named = wanted('GITHUB_EVENT_NAME');
  const eventName = EVENTS.find((each) => each === named);
  if (named !== undefined && eventName === undefined) {
    return { kind: 'nothing', why: `Changeover follows ${EVENTS.join(', ')}; there is nothing to do for ${named}.` };
  }
  const eventPath = wanted('GITHUB_EVENT_PATH');
  const place = placeIn(wanted('GITHUB_REPOSITORY'));
  const attempt = Number(wordIn(env, 'GITHUB_RUN_ATTEMPT') ?? '1');
  // Whoever ran it first has given the command, which names them.
  const triggeredBy = attempt === 1 ? undefined : wanted('GITHUB_TRIGGERING_ACTOR');
  const token = tokenIn(env);
  if (token === undefined) problems.push('token: give `${{ github.token }}`, or set GITHUB_TOKEN');
  const journal = wordIn(env, 'INPUT_JOURNAL') ?? wordIn(env, 'CHANGEOVER_JOURNAL') ?? branchIn(env);
  if (journal === undefined) {
    problems.push(
      'journal: a folder on the disk of a self-hosted runner that outlives the job, or set CHANGEOVER_JOURNAL; to keep it ' +
        'on a branch instead, GITHUB_REPOSITORY and GITHUB_RUN_ID, which a workflow sets',
    );
  }
  const layout = {
    inventory: wordIn(env, 'INPUT_INVENTORY') ?? INVENTORY,
    procedures: wordIn(env, 'INPUT_PROCEDURES') ?? PROCEDURES,
  };
  for (const [name, path] of Object.entries(layout)) {
    if (!isPathWithin(path)) problems.push(`${name}: a path in the repository, as \`ops/${name}\``);
  }
  const pace = paceIn(env);
  if (pace === undefined) problems.push(PACE_PROBLEM);
  const remindAfterMs = remindAfterIn(env, 'INPUT_REMIND_SECONDS');
  if (remindAfterMs === undefined) problems.push(REMIND_PROBLEM);
  const handed = eventName === 'workflow_dispatch' ? wordIn(env, 'INPUT_HANDOVER') : undefined;
  const handover = handed === undefined ? undefined : readHandover(handed);
  if (handed !== undefined && handover === undefined)
    problems.push('handover: a run and its nonce, which only a job gives');
  const handoverMs = handoverAfterIn(env);
  if (handoverMs === undefined) problems.push(HANDOVER_PROBLEM);
  const givenPart = wordIn(env, 'INPUT_PART') ?? 'all';
  const part = PARTS.find((each) => each === givenPart);
  if (part === undefined) problems.push(`part: one of ${PARTS.join(', ')}`);
  if (
    problems.length > 0 ||
    eventName === undefined ||
    eventPath === undefined ||
    place === undefined ||
    token === undefined ||
    journal === undefined ||
    pace === undefined ||
    remindAfterMs === undefined ||
    handoverMs === undefined ||
    part === undefined
  ) {
    return { kind: 'faulty', problems };
  }
  return {
    kind: 'ok',
    settings: {
      ...{ eventName, eventPath, place, triggeredBy, token, journal, pace, remindAfterMs, part, layout },
      apiUrl: wordIn(env, 'GITHUB_API_URL'),
      login: loginIn(env),
      id: wordIn(env, 'GITHUB_RUN_ID') ?? 'local',
      attempt,
      url: runUrlIn(env),
      logLevel: wordIn(env, 'RUNNER_DEBUG') === '1' ? 'debug' : 'info',
      ...(handover === undefined ? {} : { handover }),
      ...nextIn(env, handoverMs),
    },
  };
}

/** Where people see the workflow's run and its log. */
export function runUrlIn(env: Env): string | undefined {
  const [server, repository, id] = [
    wordIn(env, 'GITHUB_SERVER_URL'),
    wordIn(env, 'GITHUB_REPOSITORY'),
    wordIn(env, 'GITHUB_RUN_ID'),
  ];
  const known = server !== undefined && repository !== undefined && id !== undefined;
  return known ? `${server}/${repository}/actions/runs/${id}` : undefined;
}

function placeIn(name: string | undefined): Place | undefined {
  const [owner, repo] = name?.split('/') ?? [];
  return owner === undefined || repo === undefined ? undefined : { owner, repo };
}
