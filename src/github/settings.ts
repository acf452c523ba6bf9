import { homedir } from 'node:os';
import { join } from 'node:path';

export type Env = Readonly<Record<string, string | undefined>>;

/** How the server is set up. */
export interface ServerSettings {
  readonly appId: number;
  /** PEM text, or the file that holds it. */
  readonly privateKey: { readonly text: string } | { readonly path: string };
  readonly webhookSecret: string;
  readonly port: number;
  readonly host: string;
  /** Of a GitHub Enterprise Server, or of the local GitHub. */
  readonly apiUrl: string | undefined;
  /** Folder of runs and logs. */
  readonly journal: string;
  /** `none`: GitHub's limits do not hold there, so calls are not spaced out. */
  readonly pace: 'github' | 'none';
  /** How often to look for comments that no webhook has brought. */
  readonly lookMs: number;
  /** How long a run waits for a person before the first reminder; 0: there is none. */
  readonly remindAfterMs: number;
  readonly logLevel: LogLevel;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type SettingsRead =
  | { readonly kind: 'ok'; readonly settings: ServerSettings }
  /** Everything that is missing or wrong, at once, each in a line that says what to set. */
  | { readonly kind: 'faulty'; readonly problems: readonly string[] };

const PROBOTS_SECRET = 'development';

/** Reads the server's environment variables. Nothing is guessed: above all no webhook secret. */
export function readSettings(env: Env): SettingsRead {
  const problems: string[] = [];
  const appId = numberIn(env, 'APP_ID', Number.MAX_SAFE_INTEGER);
  if (appId === undefined) problems.push('APP_ID: the number of the GitHub App, as on its settings page');
  const privateKey = keyIn(env);
  if (privateKey === undefined) {
    problems.push("PRIVATE_KEY: the App's private key (PEM text), or PRIVATE_KEY_PATH: the file that holds it");
  }
  const webhookSecret = wordIn(env, 'WEBHOOK_SECRET');
  if (webhookSecret === undefined) {
    problems.push("WEBHOOK_SECRET: the App's webhook secret; without it anybody could send commands");
  } else if (webhookSecret === PROBOTS_SECRET) {
    problems.push(
      'WEBHOOK_SECRET: another than "development", which Probot takes where none is set, so that all know it',
    );
  }
  const port = wordIn(env, 'PORT') === undefined ? 3000 : numberIn(env, 'PORT', 65_535);
  if (port === undefined) problems.push('PORT: a number up to 65535 (0 takes a free one)');
  const apiUrl = wordIn(env, 'GITHUB_API_URL');
  if (apiUrl !== undefined && !/^https?:\/\//.test(apiUrl)) {
    problems.push('GITHUB_API_URL: an address such as https://github.example.com/api/v3');
  }
  const pace = paceIn(env);
  if (pace === undefined) problems.push(PACE_PROBLEM);
  const lookSeconds = wordIn(env, LOOK) === undefined ? DEFAULT_LOOK_S : numberIn(env, LOOK, 3_600);
  if (lookSeconds === undefined || lookSeconds === 0) {
    problems.push(`${LOOK}: seconds, from 1 to 3600, between two looks for comments that no webhook has brought`);
  }
  const remindAfterMs = remindAfterIn(env);
  if (remindAfterMs === undefined) problems.push(REMIND_PROBLEM);
  const level = wordIn(env, 'LOG_LEVEL') ?? 'info';
  const logLevel = LOG_LEVELS.find((each) => each === level);
  if (logLevel === undefined) problems.push(`LOG_LEVEL: one of ${LOG_LEVELS.join(', ')}`);
  if (
    problems.length > 0 ||
    appId === undefined ||
    privateKey === undefined ||
    webhookSecret === undefined ||
    port === undefined ||
    pace === undefined ||
    lookSeconds === undefined ||
    remindAfterMs === undefined ||
    logLevel === undefined
  ) {
    return { kind: 'faulty', problems };
  }
  const host = wordIn(env, 'HOST') ?? '127.0.0.1';
  const journal = wordIn(env, 'CHANGEOVER_JOURNAL') ?? defaultJournal(env);
  const lookMs = lookSeconds * 1000;
  return {
    kind: 'ok',
    settings: { appId, privateKey, webhookSecret, port, host, apiUrl, journal, pace, lookMs, remindAfterMs, logLevel },
  };
}

/** The variable `name` without the space around it; undefined where that leaves nothing. */
export function wordIn(env: Env, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

const LOOK = 'CHANGEOVER_LOOK_SECONDS';
const DEFAULT_LOOK_S = 180;

const REMIND = 'CHANGEOVER_REMIND_SECONDS';
const DEFAULT_REMIND_S = 4 * 3_600;
const MOST_REMIND_S = 30 * 86_400;

export const REMIND_PROBLEM = `${REMIND}: seconds, up to ${String(MOST_REMIND_S)}, that a run waits for a person before the first reminder; 0: none`;

/** How long a run waits before the first reminder, in ms. @param name the variable that goes before */
export function remindAfterIn(env: Env, name = REMIND): number | undefined {
  const [set] = [name, REMIND].filter((each) => wordIn(env, each) !== undefined);
  const seconds = set === undefined ? DEFAULT_REMIND_S : numberIn(env, set, MOST_REMIND_S);
  return seconds === undefined ? undefined : seconds * 1000;
}

export const PACE_PROBLEM = 'CHANGEOVER_PACE: "github" (the default), or "none" for a GitHub without rate limits';

export function paceIn(env: Env): ServerSettings['pace'] | undefined {
  const word = wordIn(env, 'CHANGEOVER_PACE') ?? 'github';
  return word === 'github' || word === 'none' ? word : undefined;
}

function numberIn(env: Env, name: string, atMost: number): number | undefined {
  const word = wordIn(env, name) ?? '';
  return /^\d+$/.test(word) && Number(word) <= atMost ? Number(word) : undefined;
}

/** Many places to set a variable take one line only, so `\n` may stand for the line ends; and Docker keeps quotes around it. */
function keyIn(env: Env): ServerSettings['privateKey'] | undefined {
  const text = wordIn(env, 'PRIVATE_KEY');
  if (text !== undefined) return { text: text.replace(/^"(.*)"$/s, '$1').replaceAll('\\n', '\n') };
  const path = wordIn(env, 'PRIVATE_KEY_PATH');
  return path === undefined ? undefined : { path };
}

const defaultJournal = (env: Env): string =>
  join(wordIn(env, 'XDG_STATE_HOME') ?? join(homedir(), '.local', 'state'), 'changeover');
