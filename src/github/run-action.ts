import { readFile } from 'node:fs/promises';
import { Probot } from 'probot';
import { createApp } from './app.ts';
import { readDelivery } from './boundary.ts';
import { probotOptions } from './octokit.ts';
import type { Rim } from './repository.ts';
import { type Env, type LogLevel, PACE_PROBLEM, paceIn, wordIn } from './settings.ts';

/** How an Actions job is set up: its event and the token it acts with. */
export interface ActionSettings {
  readonly eventName: string;
  readonly eventPath: string;
  readonly token: string;
  /** Folder of runs and logs; it must outlive the job. */
  readonly journal: string;
  readonly apiUrl: string | undefined;
  readonly pace: 'github' | 'none';
  /** The login that comments made with the token carry. */
  readonly login: string;
  readonly id: string;
  readonly logLevel: LogLevel;
}

export type ActionSettingsRead =
  | { readonly kind: 'ok'; readonly settings: ActionSettings }
  | { readonly kind: 'faulty'; readonly problems: readonly string[] }
  /** The workflow started for an event in which there is nothing to do. */
  | { readonly kind: 'nothing'; readonly why: string };

/** Reads the variables that GitHub Actions sets, and the inputs. */
export function readActionSettings(env: Env): ActionSettingsRead {
  const eventName = wordIn(env, 'GITHUB_EVENT_NAME');
  const eventPath = wordIn(env, 'GITHUB_EVENT_PATH');
  if (eventName !== undefined && eventName !== 'issue_comment') {
    const why = `Changeover follows comments (on: issue_comment: types: [created]); there is nothing to do for ${eventName}.`;
    return { kind: 'nothing', why };
  }
  const token = wordIn(env, 'INPUT_TOKEN') ?? wordIn(env, 'GITHUB_TOKEN');
  const journal = wordIn(env, 'INPUT_JOURNAL') ?? wordIn(env, 'CHANGEOVER_JOURNAL');
  const pace = paceIn(env);
  const problems = [
    ...(eventName === undefined ? ['GITHUB_EVENT_NAME is not set: this program runs as a GitHub Action'] : []),
    ...(eventPath === undefined ? ['GITHUB_EVENT_PATH is not set: this program runs as a GitHub Action'] : []),
    ...(token === undefined ? ['token: give `${{ github.token }}`, or set GITHUB_TOKEN'] : []),
    ...(journal === undefined
      ? ['journal: a folder on the disk of a self-hosted runner that outlives the job, or set CHANGEOVER_JOURNAL']
      : []),
    ...(pace === undefined ? [PACE_PROBLEM] : []),
  ];
  if (
    eventName === undefined ||
    eventPath === undefined ||
    token === undefined ||
    journal === undefined ||
    pace === undefined
  ) {
    return { kind: 'faulty', problems };
  }
  const apiUrl = wordIn(env, 'GITHUB_API_URL');
  const login = wordIn(env, 'INPUT_LOGIN') ?? 'github-actions[bot]';
  const id = wordIn(env, 'GITHUB_RUN_ID') ?? 'local';
  const logLevel = wordIn(env, 'RUNNER_DEBUG') === '1' ? 'debug' : 'info';
  return { kind: 'ok', settings: { eventName, eventPath, token, journal, apiUrl, pace, login, id, logLevel } };
}

/**
 * Follows the one comment for which the job was started, and works until its run is over or waits for a person.
 * @returns the exit code: 1 where Changeover itself failed. A run that fails is told in the thread, and is no fault of the
 * job's: it does not turn red.
 */
export async function runAction(settings: ActionSettings, rim: Rim): Promise<0 | 1> {
  const { eventPath, token, login, id } = settings;
  const probot = new Probot({ ...probotOptions(settings), githubToken: token });
  await probot.ready();
  const client = await probot.auth();
  const app = createApp({
    rim,
    clientFor: () => Promise.resolve(client),
    speaker: { login },
    log: probot.log,
  });
  await probot.load(app.load);
  await probot.receive(readDelivery(id, await readFile(eventPath, 'utf8')));
  await app.idle();
  await rim.hosts.end();
  return app.failures() === 0 ? 0 : 1;
}
