import { readFile } from 'node:fs/promises';
import { Probot } from 'probot';
import { createApp } from './app.ts';
import { readDelivery } from './boundary.ts';
import type { ParsedComment } from '../thread/parse-comment.ts';
import { LOOK_ON_MS } from './keep-looking.ts';
import { probotOptions } from './octokit.ts';
import type { Rim } from './repository.ts';
import { type Env, type LogLevel, PACE_PROBLEM, paceIn, REMIND_PROBLEM, remindAfterIn, wordIn } from './settings.ts';
import { LATE_MS } from './too-late.ts';

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
  const journal = wordIn(env, 'INPUT_JOURNAL') ?? wordIn(env, 'CHANGEOVER_JOURNAL');
  const pace = paceIn(env);
  const remindAfterMs = remindAfterIn(env, 'INPUT_REMIND_SECONDS');
  const problems = [
    ...(eventName === undefined ? ['GITHUB_EVENT_NAME is not set: this program runs as a GitHub Action'] : []),
    ...(eventPath === undefined ? ['GITHUB_EVENT_PATH is not set: this program runs as a GitHub Action'] : []),
    ...(token === undefined ? ['token: give `${{ github.token }}`, or set GITHUB_TOKEN'] : []),
    ...(journal === undefined
      ? ['journal: a folder on the disk of a self-hosted runner that outlives the job, or set CHANGEOVER_JOURNAL']
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

/** A job costs somebody's runner: it waits five minutes for a GitHub that does not take its words. */
const MOST_WAITS = 30;

/** A job that is cancelled gets 7.5 s between SIGINT and SIGTERM. */
const DRAIN_MS = 6_000;

/**
 * Follows the comment for which the job was started, and works until its run is over or waits for a person. Meanwhile it
 * looks through the issue: an answer to its run need not wait for a job of its own, and a command whose job has died is
 * found by a later one. So are runs whose job was told to end.
 * @param told resolves when this job is told to end: it gives its runs back, says so, and ends
 * @returns the exit code: 1 where Changeover itself failed, or could not say what it had to. A run that fails is told in
 * the thread, and is no fault of the job's: it does not turn red.
 */
export async function runAction(settings: ActionSettings, rim: Rim, told: Promise<void>): Promise<0 | 1> {
  const { eventPath, token, login, id } = settings;
  const { event, delivery } = readDelivery(id, await readFile(eventPath, 'utf8'));
  const { owner, repo, issue, comment } = event;
  const place = { owner, repo };
  const probot = new Probot({ ...probotOptions(settings), githubToken: token });
  await probot.ready();
  const client = await probot.auth();
  const app = createApp({
    rim,
    clientFor: () => Promise.resolve(client),
    speaker: { login },
    scopes: () => Promise.resolve([{ place, issue, begin: comment.createdAt }]),
    remindAfterMs: settings.remindAfterMs,
    leaves: ({ parsed }, ageMs) => !isDecision(parsed) && ageMs <= LATE_MS,
    log: probot.log,
  });
  await probot.load(app.load);
  await probot.receive(delivery);
  await Promise.race([work().then(sayTheRest), told.then(() => app.drain(DRAIN_MS))]);
  const unsaid = await app.unsaid();
  await app.drain(0);
  await rim.hosts.end();
  return app.failures() === 0 && unsaid === 'no' ? 0 : 1;

  async function work(): Promise<void> {
    await app.sayLeftIn(place);
    await app.pickUpStoppedIn(place);
    await app.remind();
    const idle = app.idle().then(() => true);
    for (let over = false, afresh = true; !over; afresh = false) {
      const waiting = new AbortController();
      over = await Promise.race([idle, rim.clock.sleep(LOOK_ON_MS, waiting.signal).then(() => false)]);
      waiting.abort();
      await app.look(afresh);
    }
    await app.idle();
  }

  async function sayTheRest(): Promise<void> {
    for (let waits = 0; waits < MOST_WAITS && (await app.unsaid()) === 'still'; waits += 1) {
      await rim.clock.sleep(LOOK_ON_MS);
    }
  }
}

const isDecision = (parsed: ParsedComment): boolean =>
  parsed.kind === 'command' && ['decision', 'approve'].includes(parsed.command.kind);
