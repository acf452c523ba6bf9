import { generateKeyPairSync } from 'node:crypto';
import { createLocalGitHub } from '../../src/playground/local-github/server.ts';
import { freePort } from '../support/sshd.ts';

const SECRET = 'a secret of the tests';
const BOT = 'changeover[bot]';

/** A local GitHub whose issue 1 is where the runs are asked for. */
export interface Thread {
  readonly url: string;
  /** The server's environment, but for its journal. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes a comment as william, who may run and answer; gives its id. */
  write(body: string): Promise<number>;
  /** Whether the bot has answered a comment with words. */
  isAnswered(comment: number): boolean;
  /** How many comments of the bot's there are whose first line says so. */
  count(kind: string, run: string): number;
  /** All comments as they stand, for people. */
  all(): string;
  /** How often it was asked for comments since a moment. */
  looks(): number;
  /** Requests for what is not there, and comments that are doubled. */
  problems(): readonly string[];
  close(): Promise<void>;
}

export async function openThread(files: Readonly<Record<string, string>>): Promise<Thread> {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  // The same for all servers that come after another: GitHub knows one address.
  const port = await freePort();
  const github = await createLocalGitHub({
    app: { publicKey: pair.publicKey },
    seed: { files },
    webhook: { url: `http://127.0.0.1:${String(port)}/api/github/webhooks`, secret: SECRET },
  });
  const bodies = new Map<number, string>();
  const comments = new Map<number, string>();
  let looks = 0;
  github.onChange((change) => {
    if (change.kind !== 'comment') return;
    const { id, author, body } = change.comment;
    comments.set(id, `${new Date().toISOString()} ${String(id)} ${author.login}: ${body}`);
    if (author.login !== BOT) return;
    if (change.action === 'deleted') bodies.delete(change.comment.id);
    else bodies.set(change.comment.id, change.comment.body);
  });
  return {
    url: github.url,
    env: {
      APP_ID: '7001',
      PRIVATE_KEY: pair.privateKey,
      WEBHOOK_SECRET: SECRET,
      GITHUB_API_URL: github.url,
      PORT: String(port),
      CHANGEOVER_PACE: 'none',
      CHANGEOVER_LOOK_SECONDS: '1',
    },
    write: async (body) => {
      const answer = await fetch(`${github.url}/repos/acme/ops/issues/1/comments`, {
        method: 'POST',
        headers: { authorization: 'token william', 'content-type': 'application/json' },
        body: JSON.stringify({ body }),
      });
      const { id } = (await answer.json()) as { readonly id?: number };
      if (id === undefined) throw new Error(`a comment could not be written: ${String(answer.status)}`);
      return id;
    },
    isAnswered: (comment) =>
      [...bodies.values()].some((body) => body.startsWith(`<!-- changeover:reply=${String(comment)} -->`)),
    count: (kind, run) =>
      [...bodies.values()].filter((body) => body.startsWith(`<!-- changeover:run=${run} kind=${kind} `)).length,
    all: () => `${[...comments.values()].join('\n\n')}\n`,
    looks: () => {
      const all = github.requests.filter(({ method, path }) => method === 'GET' && path.endsWith('/issues/comments'));
      looks = Math.max(looks, all.length);
      return looks;
    },
    problems: () => github.unknownRequests.map((request) => `GitHub was asked for what is not there: ${request}`),
    close: () => github.close(),
  };
}
